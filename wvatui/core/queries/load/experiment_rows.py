"""The state of an experiment for the stage bar: the present stage, its progress, the next one."""

from wvatui.core import events as ev
from wvatui.core.events.load_events import PlannedStage
from wvatui.core.lines import clean
from wvatui.core.queries.load.load_rows import begins_at
from wvatui.core.rows.load_views import ExperimentView, StageNext, StageNow
from wvatui.core.state.state import State

LOAD_ENDED = "experiment-load-end"
"""Code of the notice that the load has ended; its time is the start of the tail."""
AHEAD = "waiting"
FAILED = ("failed", "timed out")


def experiment(state: State) -> ExperimentView | None:
    """The session's experiment; None: it runs none."""
    announced = state.experiment
    if announced is None:
        return None
    begun = announced.begun_at
    over = bool(announced.ended)
    end = announced.at if over else state.now
    tail_at = next(
        (n.at for n in reversed(list(state.notices)) if n.code == LOAD_ENDED), announced.at
    )
    counts: dict[str, int] = {}
    for stage in announced.stages:
        counts[stage.status] = counts.get(stage.status, 0) + 1
    return ExperimentView(
        name=clean(announced.name),
        mode=clean(announced.mode),
        phase="over" if over else clean(announced.phase),
        ended=clean(announced.ended),
        elapsed_s=None if begun is None else max(0.0, end - begun),
        total_s=announced.end_s,
        running=tuple(_now(state, announced, s) for s in announced.stages if s.status == "running"),
        ahead=tuple(_next(state, announced, s) for s in announced.stages if s.status == AHEAD),
        tail_s=announced.tail_s,
        in_tail_s=max(0.0, end - tail_at) if announced.phase == "tail" else None,
        counts=tuple((clean(status), count) for status, count in counts.items()),
        failed=sum(counts.get(status, 0) for status in FAILED),
    )


def _now(state: State, announced: ev.Experiment, stage: PlannedStage) -> StageNow:
    """A stage under way, timed from its job's start or else from its planned start."""
    jobs = [job for job in state.jobs.values() if stage.job and job.name == stage.job]
    begun = begins_at(jobs[-1]) if jobs else None
    if begun is None and announced.begun_at is not None:
        begun = announced.begun_at + stage.start_s
    return StageNow(
        clean(stage.name),
        stage.rate,
        None if begun is None else max(0.0, state.now - begun),
        max(0.0, stage.end_s - stage.start_s),
    )


def _next(state: State, announced: ev.Experiment, stage: PlannedStage) -> StageNext:
    in_s = None if announced.begun_at is None else announced.begun_at + stage.start_s - state.now
    # A stage that waits for another one is late, and its start is not known.
    return StageNext(clean(stage.name), stage.rate, in_s if in_s and in_s > 0 else None)
