"""The rows of the stage bar: the present stage, its progress, the next ones."""

from wvatui.core import events as ev
from wvatui.core.events.load_events import PlannedStage
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load import experiment_rows
from wvatui.core.state.state import EMPTY, State

T0 = 1_788_249_600.0


def told(at: float, *statuses: str, **changes: object) -> ev.Experiment:
    """An experiment with three stages, two minutes apart."""
    stages = tuple(
        PlannedStage(f"phase-{n}", 120.0 * n, 120.0 * n + 300, 10.0 + n, status, f"job-{n}")
        for n, status in enumerate(statuses)
    )
    facts = {"phase": "load", "begun_at": T0, "end_s": 540.0, "tail_s": 300.0, **changes}
    return ev.Experiment(T0 + at, name="high", stages=stages, **facts)  # type: ignore[arg-type]


def state(*events: ev.Event, now: float) -> State:
    return fold(EMPTY, [*events, ev.Tick(T0 + now)])


def test_without_an_experiment_there_is_no_bar() -> None:
    assert experiment_rows.experiment(EMPTY) is None


def test_stages_under_way_count_from_when_their_jobs_began_and_the_next_say_when() -> None:
    job = ev.Job(
        T0 + 6, name="job-0", namespace="ns", status="running", started_at=T0 + 6, load_at=T0 + 10
    )
    view = experiment_rows.experiment(state(told(0, "running", "waiting", "waiting"), job, now=70))
    assert view is not None
    assert (view.phase, view.elapsed_s, view.total_s) == ("load", 70.0, 540.0)
    [now] = view.running
    assert (now.name, now.rate, now.elapsed_s, now.total_s) == ("phase-0", 10.0, 60.0, 300.0)
    assert [(one.name, one.in_s) for one in view.ahead] == [("phase-1", 50.0), ("phase-2", 170.0)]


def test_a_stage_that_waits_for_another_beyond_its_time_has_no_moment() -> None:
    view = experiment_rows.experiment(state(told(0, "running", "waiting", "waiting"), now=130))
    assert view is not None
    assert [one.in_s for one in view.ahead] == [None, 110.0]


def test_the_tail_is_counted_from_the_end_of_the_load_whatever_is_told_later() -> None:
    events = (
        told(600, "done", "failed", "done", phase="tail"),
        ev.Notice(T0 + 600, source="experiment", code="experiment-load-end", text="ended"),
        told(650, "done", "failed", "done", phase="tail"),
    )
    view = experiment_rows.experiment(state(*events, now=700))
    assert view is not None
    assert (view.phase, view.in_tail_s, view.tail_s, view.failed) == ("tail", 100.0, 300.0, 1)


def test_when_it_is_over_its_time_stands_still_and_its_stages_are_counted() -> None:
    over = told(900, "done", "done", "skipped", phase="over", ended="finished")
    view = experiment_rows.experiment(state(over, now=2000))
    assert view is not None
    assert (view.phase, view.ended, view.elapsed_s) == ("over", "finished", 900.0)
    assert view.counts == (("done", 2), ("skipped", 1))
