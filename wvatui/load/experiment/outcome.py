"""The outcome of a run, stage by stage."""

from dataclasses import dataclass, field

from wvatui.core import events as ev
from wvatui.load.experiment.plan import ExperimentPlan, ExperimentStage

BAD = ("failed", "timed out", "skipped")


@dataclass(slots=True)
class StageReport:
    """One stage. Times are UTC epoch seconds."""

    stage: ExperimentStage
    status: str = "waiting"
    """One of "waiting", "running", "done", "cut" (deleted at the stage's end while it ran),
    "failed", "timed out", "skipped", "not reached", "interrupted"."""
    reason: str = ""
    job: str = ""
    """Name of the Job created for it."""
    started_at: float | None = None
    ended_at: float | None = None
    tail: str = ""
    """End of a failed job's log."""


@dataclass(slots=True)
class RunReport:
    """The report of a run, filled in while the run goes on."""

    plan: ExperimentPlan
    stages: list[StageReport] = field(default_factory=list)
    begun_at: float | None = None
    """T+0, UTC epoch seconds."""
    load_ended_at: float | None = None
    ended_at: float | None = None
    phase: str = "before"
    """One of "before", "reset", "load", "tail", "over"."""
    ended: str = ""
    """One of "finished", "stopped" (after a failure), "interrupted"; empty: still running."""
    warnings: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """Problems outside the stages."""
    unwritten: bool = False
    """Whether a file of its folder is missing or incomplete."""

    def __post_init__(self) -> None:
        if not self.stages:
            self.stages = [StageReport(stage) for stage in self.plan.stages]

    @property
    def ok(self) -> bool:
        """Whether everything planned has happened."""
        return self.ended == "finished" and not any(stage.status in BAD for stage in self.stages)

    def counted(self) -> str:
        """The stages by status, like "2 done, 1 skipped"."""
        counts: dict[str, int] = {}
        for stage in self.stages:
            counts[stage.status] = counts.get(stage.status, 0) + 1
        return ", ".join(f"{count} {status}" for status, count in counts.items())

    @property
    def active(self) -> list[StageReport]:
        """Stages that are running."""
        return [stage for stage in self.stages if stage.status == "running"]

    def event(self, now: float) -> ev.Experiment:
        """The run's state as an event of the recording."""
        experiment = self.plan.experiment
        return ev.Experiment(
            now,
            name=experiment.name,
            mode=experiment.mode,
            phase=self.phase,
            begun_at=self.begun_at,
            end_s=self.plan.end_s,
            tail_s=experiment.tail_s,
            ended=self.ended,
            stages=tuple(_told(stage) for stage in self.stages),
        )


def _told(report: StageReport) -> ev.PlannedStage:
    stage = report.stage
    return ev.PlannedStage(
        stage.name, stage.start_s, stage.end_s, stage.rate, report.status, report.job
    )
