"""What WVA asked for before the session began is no change of the session when it asks again."""

from tests.core.explain.logs import START, capacity_cycle
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.fold.fold import fold
from wvatui.core.rows.scaling_rows import SizeChanges, all_changes
from wvatui.core.state.state import EMPTY, State

BUSY, IDLE = [(0.9, 9)] * 2, [(0.1, 0)] * 2


def attached(*cycles: list[tuple[float, int]]) -> State:
    """A session that began after three of these cycles and read them as history."""
    lines = [line for number, pods in enumerate(cycles) for line in capacity_cycle(number, pods, 2)]
    began = START + 170.0
    events = [ev.Log(began + n / 1000, line=line) for n, line in enumerate(lines)]
    return fold(EMPTY, [ev.Header(began, started_at=began, namespace="ns"), *events])


def test_a_wish_that_is_repeated_after_the_session_began_is_no_change_of_it() -> None:
    state = attached(BUSY, BUSY, BUSY, BUSY, BUSY)
    told = [(d.before, d.after, d.context, d.changes) for d in scaling_decisions(state)]
    assert told == [(2, 3, True, True), (2, 3, False, False)]
    assert all_changes(state) == SizeChanges()


def test_another_wish_is_a_change_and_so_is_the_old_one_after_it() -> None:
    assert all_changes(attached(BUSY, BUSY, BUSY, IDLE)) == SizeChanges(down=1)
    assert all_changes(attached(BUSY, BUSY, BUSY, IDLE, BUSY)) == SizeChanges(up=1, down=1)
    assert all_changes(attached(IDLE, IDLE, IDLE, BUSY)) == SizeChanges(up=1)
