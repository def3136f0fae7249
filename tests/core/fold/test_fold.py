"""The fold: every event has a handler, and batching never changes the State."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.canonical import canonical
from tests.core.strategies import sessions
from tests.sweeps import examples
from wvatui.core import events as ev
from wvatui.core.fold.fold import HANDLERS, fold
from wvatui.core.state.state import EMPTY


def test_every_event_has_a_handler_and_every_handler_an_event() -> None:
    assert set(HANDLERS) == set(ev.EVENTS)


@settings(max_examples=examples(200))
@given(sessions(), st.lists(st.integers(0, 40), max_size=5))
def test_folding_in_pieces_gives_what_folding_at_once_gives(
    events: list[ev.Event], cuts: list[int]
) -> None:
    whole = fold(EMPTY, events)
    state, begin = EMPTY, 0
    for cut in sorted({min(cut, len(events)) for cut in cuts} | {len(events)}):
        state, begin = fold(state, events[begin:cut]), cut
    assert canonical(state) == canonical(whole)


@settings(max_examples=examples(100))
@given(sessions(), sessions(), st.integers(0, 40))
def test_a_state_stays_what_it_was_whatever_follows_it(
    events: list[ev.Event], others: list[ev.Event], cut: int
) -> None:
    past = fold(EMPTY, events[:cut])
    before = canonical(past)
    fold(past, events[cut:])
    fold(past, others)
    assert canonical(past) == before
    assert canonical(fold(past, events[cut:])) == canonical(fold(EMPTY, events))


def test_now_is_the_latest_event_and_the_first_moment_is_kept() -> None:
    state = fold(EMPTY, [ev.Header(100.0, started_at=100.0), ev.Tick(101.0), ev.Tick(102.0)])
    assert (state.first_at, state.now, state.events) == (100.0, 102.0, 3)


def test_a_pod_that_comes_back_is_not_gone() -> None:
    pod = ev.Pod(1.0, name="p", namespace="ns")
    gone = fold(EMPTY, [pod, ev.Deleted(2.0, kind="pod", name="p", namespace="ns")])
    assert gone.gone == {"p": 2.0}
    assert fold(gone, [pod]).gone == {}


def test_a_pod_gone_for_two_hours_is_forgotten_with_its_history() -> None:
    def gone(name: str, at: float) -> list[ev.Event]:
        return [
            ev.Pod(at, name=name, namespace="ns"),
            ev.Scrape(at, pod=name, kv=0.5),
            ev.Deleted(at, kind="pod", name=name, namespace="ns"),
        ]

    state = fold(EMPTY, [*gone("old", 10.0), *gone("new", 9000.0)])
    assert set(state.pods) == set(state.watched) == {"new"}


def test_the_header_of_a_later_part_does_not_replace_the_first() -> None:
    first, second = ev.Header(1.0, namespace="a"), ev.Header(2.0, namespace="b", part=2)
    assert fold(EMPTY, [first, second]).header == first
    assert fold(EMPTY, [second]).header == second
    again = ev.Header(3.0, namespace="c", part=1)
    assert fold(EMPTY, [first, again]).header == again


def test_restarts_are_counted_among_the_notices() -> None:
    notices = [ev.Notice(1.0, code=code, text="") for code in ("restart", "leader", "restart")]
    state = fold(EMPTY, notices)
    assert state.totals.restarts == 2
    assert [notice.code for notice in state.notices] == ["restart", "leader", "restart"]


def test_the_health_of_a_source_keeps_since_when_it_is_so_and_when_it_was_last_heard() -> None:
    def heard(at: float, status: str) -> ev.Source:
        return ev.Source(at, source="pods", status=status, text=f"{status} at {at:g}")

    told = [heard(1.0, "ok"), heard(2.0, "ok"), heard(3.0, "down"), heard(4.0, "down")]
    health = [fold(EMPTY, told[: n + 1]).sources["pods"] for n in range(4)]
    assert [(each.since, each.heard_at) for each in health] == [
        (1.0, 1.0),
        (1.0, 2.0),
        (3.0, 2.0),
        (3.0, 2.0),
    ]
    assert health[-1].text == "down at 4"
