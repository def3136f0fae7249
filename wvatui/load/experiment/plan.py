"""An experiment as frozen values, and its timeline: which stage offers what load when. Pure.

Times are seconds from the start of the load, T+0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wvatui.core import events as ev
from wvatui.core.lines import clean, many
from wvatui.core.redact import redacted_text
from wvatui.load.make.beside import known_data
from wvatui.load.read.detect import LoadPlan as Load
from wvatui.load.read.detect import plan_of
from wvatui.load.read.scalers import ScalerManifest
from wvatui.load.read.tools.run import UNKNOWN, length_of

WAIT_S = 1800.0
"""Seconds to wait for a job when the file sets no limit."""
TAIL_S = 300.0
GRACE_S = 300.0
"""Seconds that a job may continue after its planned end to report its results."""
MODES = ("capacity-based", "model-based", "hybrid", "hpa")


@dataclass(frozen=True, slots=True)
class WorkloadManifest:
    """The Job of a workload, as in its file. Empty `body`: the file does not exist."""

    path: Path
    body: Mapping[str, Any]
    beside: tuple[Mapping[str, Any], ...] = ()
    """ConfigMaps and Secrets in the same file, which are created and removed with the Job."""

    @property
    def missing(self) -> bool:
        """Whether the file does not exist, so that the workload is skipped."""
        return not self.body

    @property
    def name(self) -> str:
        """The Job's own name."""
        return str(self.body.get("metadata", {}).get("name") or "")


@dataclass(frozen=True, slots=True)
class ExperimentWorkload:
    """One load of an experiment. Times in seconds."""

    name: str
    manifest: WorkloadManifest
    description: str = ""
    start_delay_s: float = 0.0
    """From the start of the experiment; in a sequence, from the end of the previous workload."""
    duration_s: float | None = None
    """None: until its job is done, or, where `wait` is off, until the run ends."""
    wait: bool = False
    """Whether the next workload starts only when this one's job is done."""
    timeout_s: float = WAIT_S
    """How long to wait for its job."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Scale to 0, then to `replicas`, and wait until they are ready, all before the run begins."""

    replicas: int
    timeout_s: float = 900.0
    pause_s: float = 0.0
    """Seconds to pause after that."""


@dataclass(frozen=True, slots=True)
class ExperimentSettings:
    """An experiment as in its file. Durations are in seconds."""

    path: Path
    source: bytes
    """The file, byte for byte."""
    name: str
    workloads: tuple[ExperimentWorkload, ...]
    parallel: bool
    description: str = ""
    mode: str = ""
    """One of MODES; empty: any."""
    namespace: str = ""
    controller_namespace: str = ""
    controller_prefix: str = ""
    deployment: str = ""
    model_name: str = ""
    interval_s: float = 5.0
    base_dir: str = "experiment-data"
    tail_s: float | None = TAIL_S
    """Time to record after the last job; None: until the replicas have settled."""
    on_failure: str = "continue"
    """Either "continue" or "stop"."""
    grace_s: float = GRACE_S
    gap_s: float = 0.0
    """Pause between two workloads of a sequence."""
    reset: Reset | None = None
    scalers: tuple[ScalerManifest, ...] = ()
    """HPAs and ScaledObjects that are created for the run, after the reset, and deleted at its
    end."""
    hpa_manifest: Path | None = None
    warnings: tuple[str, ...] = ()
    """Warnings about the file, with file and line."""


BAR = 60
"""Columns of the drawn timeline."""


@dataclass(frozen=True, slots=True)
class ExperimentStage:
    """One workload on the timeline."""

    index: int
    workload: ExperimentWorkload
    start_s: float
    end_s: float
    """When its job is deleted, seconds; an estimate in a sequence that waits."""
    is_exact: bool
    """The times are as planned; otherwise they depend on how long jobs take."""
    steps: tuple[ev.Stage, ...] = ()
    """The load that its job offers, timed from the job's start; empty: unknown."""
    requests: int | None = None
    notes: tuple[str, ...] = ()
    """Further notes on its load."""

    @property
    def rate(self) -> float | None:
        """Requests per second that its job offers; None: unknown, or not constant."""
        rates = {step.rate for step in self.steps}
        return next(iter(rates)) if len(rates) == 1 else None

    @property
    def name(self) -> str:
        """Its name."""
        return self.workload.name

    @property
    def may_be_late(self) -> bool:
        """Whether its job gets extra time to report when it is not done at the end of the stage.

        A job with more requests than fit into the stage is meant to be cut off.
        """
        length_s = self.workload.duration_s
        if self.skipped or length_s is None or self.workload.wait:
            return False
        return not (self.rate and self.requests) or self.requests / self.rate <= length_s * 1.02

    @property
    def skipped(self) -> bool:
        """Whether its manifest is missing."""
        return self.workload.manifest.missing


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """All stages of an experiment."""

    experiment: ExperimentSettings
    stages: tuple[ExperimentStage, ...]
    end_s: float
    """When the last stage is over, seconds."""
    is_exact: bool

    @property
    def ran(self) -> list[ExperimentStage]:
        """Stages that are not skipped."""
        return [stage for stage in self.stages if not stage.skipped]

    @property
    def total_s(self) -> float | None:
        """When recording ends, seconds; None: when the replicas have settled."""
        tail_s = self.experiment.tail_s
        return None if tail_s is None else self.end_s + tail_s


def plan(experiment: ExperimentSettings) -> ExperimentPlan:
    """The timeline of `experiment`. Stages whose manifest is missing take no time."""
    stages: list[ExperimentStage] = []
    at, exact = 0.0, True
    for index, workload in enumerate(experiment.workloads):
        load = plan_of(workload.manifest.body, known_data(workload.manifest.beside))
        length, is_known = _length(workload, load)
        if experiment.parallel:
            start = workload.start_delay_s
            stage_exact = is_known
        else:
            gap_s = experiment.gap_s if stages and not stages[-1].skipped else 0.0
            start = at + gap_s + workload.start_delay_s
            stage_exact = exact = exact and is_known
        of_job = load.stages, load.requests, load.notes
        stage = ExperimentStage(index, workload, start, start + length, stage_exact, *of_job)
        stages.append(stage)
        if not stage.skipped and not experiment.parallel:
            at = stage.end_s
    ran = [stage for stage in stages if not stage.skipped]
    end = max((stage.end_s for stage in ran), default=0.0)
    return ExperimentPlan(experiment, tuple(stages), end, all(stage.is_exact for stage in ran))


def _length(workload: ExperimentWorkload, load: Load) -> tuple[float, bool]:
    """Length of a stage in seconds, and whether it is certain."""
    if workload.manifest.missing:
        return 0.0, True
    if workload.duration_s is not None and not workload.wait:
        return workload.duration_s, True
    if not workload.wait:
        return 0.0, True
    limit = workload.duration_s or workload.timeout_s
    if load.stages and (last := load.stages[-1]).duration_s is not None:
        return min(limit, last.start_s + last.duration_s), False
    return limit, False


def offered(stages: Iterable[ExperimentStage]) -> tuple[tuple[float, float | None], ...]:
    """(T, requests/s from then on) at each change; None: the rate is unknown."""
    bands = [band for stage in stages if not stage.skipped for band in _bands(stage)]
    times = sorted({at for since, until, _ in bands for at in (since, until)})
    points: list[tuple[float, float | None]] = []
    for at in times:
        rates = [rate for since, until, rate in bands if since <= at < until]
        known = [rate for rate in rates if rate is not None]
        total = sum(known) if len(known) == len(rates) else None
        if not points or points[-1][1] != total:
            points.append((at, total))
    return tuple(points)


def offered_words(planned: ExperimentPlan) -> str:
    """The offered load, step by step."""
    steps = offered(planned.stages)
    return " → ".join("?" if rate is None else f"{rate:g}" for _, rate in steps)


def _bands(stage: ExperimentStage) -> list[tuple[float, float, float | None]]:
    """(since, until, rate) of a stage: one constant rate, or one entry for each step of its job."""
    if len(stage.steps) < 2:
        return [(stage.start_s, stage.end_s, stage.rate)]
    bands = []
    for step in stage.steps:
        since = min(stage.end_s, stage.start_s + step.start_s)
        until = stage.end_s if step.duration_s is None else since + step.duration_s
        bands.append((since, min(until, stage.end_s), step.rate))
    return bands


def planned_load(stage: ExperimentStage) -> tuple[ev.Stage, ...]:
    """The planned load of a stage in the form of a job's facts, cut off where the stage ends."""
    length_s = stage.workload.duration_s
    if len(stage.steps) < 2:
        name = stage.steps[0].name if stage.steps else ""
        return (ev.Stage(0.0, length_s, stage.rate, name),)
    return tuple(
        step
        if length_s is None
        else ev.Stage(
            step.start_s,
            min(length_s - step.start_s, step.duration_s or length_s),
            step.rate,
            step.name,
        )
        for step in stage.steps
        if length_s is None or step.start_s < length_s
    )


def doubts(stage: ExperimentStage) -> list[str]:
    """What the plan of a stage leaves open, and what else changes its load, in words."""
    unknown = [step.name for step in stage.steps if step.name.startswith(UNKNOWN)]
    return [] if stage.skipped else [*unknown, *_early(stage), *stage.notes]


def _early(stage: ExperimentStage) -> list[str]:
    """A note on a job that has sent all its requests well before its stage ends."""
    length_s, sent_s = stage.workload.duration_s, length_of(stage.steps)
    if length_s is None or sent_s is None or stage.workload.wait or sent_s >= length_s * 0.98:
        return []
    return [f"its requests are all sent after {span(sent_s)}, and the stage lasts {span(length_s)}"]


def timeline(planned: ExperimentPlan) -> list[str]:
    """The plan as lines of text."""
    experiment = planned.experiment
    facts = {
        "mode": experiment.mode,
        "namespace": experiment.namespace,
        "deployment": experiment.deployment,
        "model": experiment.model_name,
    }
    lines = [f"{experiment.name}: {experiment.description}".rstrip(": ")]
    lines.append("  " + ", ".join(f"{key} {value}" for key, value in facts.items() if value))
    lines += _before(experiment)
    lines += ["", *_rows(planned), ""]
    lines += [
        f"  {stage.name}: {clean(words)}" for stage in planned.stages for words in doubts(stage)
    ]
    if rates := offered_words(planned):
        lines.append(f"  offered load {rates} req/s")
    lines += _after(planned)
    return list(map(redacted_text, lines))


def _before(experiment: ExperimentSettings) -> list[str]:
    reset, lines = experiment.reset, []
    if reset is not None:
        name = experiment.deployment
        lines = [f"  first {name} is scaled to 0, then to {many(reset.replicas, 'replica')}"]
    for scaler in experiment.scalers:
        size = f"{scaler.least} to {scaler.most} replicas"
        lines.append(f"  {scaler} is made for {scaler.target} ({size}), and deleted at the end")
    names = dict.fromkeys(scaler.target for scaler in experiment.scalers)
    return [*lines, *(f"  {name} then gets the replicas back that it had" for name in names)]


def _rows(planned: ExperimentPlan) -> list[str]:
    titles = ("stage", "job", "req/s", "from", "to")
    rows = [titles, *(_row(stage) for stage in planned.stages)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(titles))]
    whole = max(planned.end_s, 1.0)
    lines = []
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if column > 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        bar = _bar(planned.stages[number - 1], whole) if number else ""
        lines.append(("  " + "  ".join(cells) + "  " + bar).rstrip())
    return lines


def _row(stage: ExperimentStage) -> tuple[str, ...]:
    if stage.skipped:
        path = stage.workload.manifest.path.name
        return (stage.name, f"skipped: no file {path}", "–", "–", "–")
    about = "" if stage.is_exact else "~"
    end = f"{about}T+{stage.end_s:.0f}"
    if stage.workload.duration_s is None and not stage.workload.wait:
        end = "the end"
    rate = "–" if stage.rate is None else f"{stage.rate:g}"
    start = f"{about if stage.index else ''}T+{stage.start_s:.0f}"
    return (stage.name, stage.workload.manifest.name, rate, start, end)


def _bar(stage: ExperimentStage, whole_s: float) -> str:
    if stage.skipped:
        return ""
    begin = round(stage.start_s / whole_s * BAR)
    end = max(begin + 1, round(stage.end_s / whole_s * BAR))
    return (" " * begin + "[" + "=" * max(0, end - begin - 2) + "]")[: BAR + 1]


def _after(planned: ExperimentPlan) -> list[str]:
    experiment = planned.experiment
    ran = len(planned.ran)
    skipped = len(planned.stages) - ran
    way = "in parallel" if experiment.parallel else "one after the other"
    about = "" if planned.is_exact else "about "
    words = f"  {ran} stage{'s' * (ran != 1)} {way}"
    words += f", {skipped} skipped" if skipped else ""
    lines = [f"{words}; the load ends at {about}T+{planned.end_s:.0f} ({span(planned.end_s)})"]
    if experiment.tail_s is None:
        lines.append("  recorded until the replicas have settled")
    elif planned.total_s is not None:
        lines.append(
            f"  recorded {experiment.tail_s:g} s longer, until {about}T+{planned.total_s:.0f} "
            f"({span(planned.total_s)})"
        )
    if experiment.grace_s and any(stage.may_be_late for stage in planned.stages):
        lines.append(
            f"  a job that is not done at its end gets up to {experiment.grace_s:g} s to report"
        )
    goes_on = experiment.on_failure == "continue"
    return [*lines, f"  when a stage fails, the run {'goes on (continue)' if goes_on else 'stops'}"]


def span(seconds: float) -> str:
    """A length for people: 45s, 12m30s, 8h02m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
