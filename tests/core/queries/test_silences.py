"""Silences of pods and of objects are counted, and reported as gaps."""

from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.health.health_detail import health_detail
from wvatui.core.state.state import EMPTY, State

BEGIN = ev.Header(1000.0, started_at=1000.0, interval_s=2.0, namespace="ns")


def pod(name: str, at: float = 1000.0, deleting_at: float | None = None) -> ev.Pod:
    return ev.Pod(at, name=name, namespace="ns", role="model", ready=True, deleting_at=deleting_at)


def scrapes(name: str, *times: float) -> list[ev.Event]:
    return [ev.Scrape(at, pod=name) for at in times]


def told(*events: ev.Event) -> State:
    return fold(EMPTY, [BEGIN, *sorted(events, key=lambda event: event.at)])


def gaps(state: State) -> tuple[int, dict[str, int]]:
    numbers = summary(state, "here")
    return numbers["gaps"], numbers["gaps_by_kind"]


def test_pods_that_are_scraped_in_time_have_no_gap() -> None:
    state = told(pod("a"), *scrapes("a", *range(1000, 1100, 10)), ev.Tick(1098.0))
    assert gaps(state) == (0, {})


def test_pods_that_are_silent_together_are_one_gap_with_their_names() -> None:
    state = told(
        *[pod(name) for name in "abcde"],
        *[event for name in "abcd" for event in scrapes(name, 1010, 1012, 1060, 1062)],
        *scrapes("e", *range(1010, 1064, 2)),
        ev.Tick(1063.0),
    )
    assert gaps(state) == (1, {"pods": 1})
    [row] = health_detail(state).gaps
    assert (row.source, row.since, row.until) == ("pods", 1012.0, 1060.0)
    assert row.reason == "no metrics of a, b, c and 1 more"


def test_a_pod_that_fell_silent_and_is_still_there_is_a_gap_and_one_that_ends_is_none() -> None:
    silent = (pod("a"), *scrapes("a", 1010, 1012), ev.Tick(1063.0))
    assert gaps(told(*silent)) == (1, {"pods": 1})
    assert gaps(told(*silent, pod("a", 1013.0, deleting_at=1013.0))) == (0, {})
    assert gaps(told(*silent, ev.Deleted(1014.0, kind="pod", name="a", namespace="ns"))) == (0, {})


def test_a_pod_that_has_not_answered_yet_is_no_gap() -> None:
    state = told(pod("a"), ev.ScrapeFailure(1002.0, pod="a", why="starting"), ev.Tick(1100.0))
    assert gaps(state) == (0, {})


def test_a_watch_that_worked_and_is_refused_is_a_gap_of_objects_until_it_works_again() -> None:
    trouble = [
        ev.Source(1001.0, source="workloads", status="ok"),
        ev.Source(1001.0, source="variants", status="ok"),
        ev.Source(1020.0, source="workloads", status="retrying", text="connection refused"),
        ev.Source(1030.0, source="workloads", status="denied", text="forbidden"),
        ev.Source(1022.0, source="variants", status="retrying", text="connection refused"),
    ]
    going_on = told(*trouble, ev.Tick(1035.0))
    assert gaps(going_on) == (1, {"objects": 1})
    over = told(
        *trouble,
        ev.Source(1040.0, source="workloads", status="ok"),
        ev.Source(1041.0, source="variants", status="ok"),
        ev.Tick(1100.0),
    )
    assert gaps(over) == (1, {"objects": 1})
    [row] = health_detail(over).gaps
    assert (row.since, row.until, row.reason) == (
        1020.0,
        1041.0,
        "not watched: variants, workloads",
    )


def test_what_was_never_allowed_or_is_not_installed_is_no_gap() -> None:
    state = told(
        ev.Source(1001.0, source="events", status="denied", text="forbidden"),
        ev.Source(1001.0, source="autoscalers", status="ok"),
        ev.Source(1020.0, source="autoscalers", status="absent", text="no scaledobjects here"),
        ev.Tick(1100.0),
    )
    assert gaps(state) == (0, {})


def test_what_the_recording_itself_lacks_is_told_once() -> None:
    state = told(
        pod("a"),
        *scrapes("a", 1010, 1060),
        ev.Gap(1060.0, source="recording", since=1011.0, until=1059.0, reason="disk full"),
        ev.Tick(1061.0),
    )
    assert gaps(state) == (1, {"recording": 1})
