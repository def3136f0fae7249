"""What WVA asked for before a session, or a later part of its recording, is no change of that when
it asks again."""

import pytest

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


@pytest.mark.parametrize(("part", "up"), [(1, 1), (2, 0)])
def test_nothing_in_a_later_part_tells_the_wish_before_its_first_one(part: int, up: int) -> None:
    header = ev.Header(START, started_at=START, namespace="ns", part=part)
    cycles = [capacity_cycle(number, pods, 2) for number, pods in enumerate((BUSY, BUSY, IDLE))]
    lines = [line for cycle in cycles for line in cycle]
    state = fold(EMPTY, [header, *(ev.Log(START + 1.0, line=line) for line in lines)])
    assert all_changes(state) == SizeChanges(up=up, down=1)


def test_another_wish_is_a_change_and_so_is_the_old_one_after_it() -> None:
    assert all_changes(attached(BUSY, BUSY, BUSY, IDLE)) == SizeChanges(down=1)
    assert all_changes(attached(BUSY, BUSY, BUSY, IDLE, BUSY)) == SizeChanges(up=1, down=1)
    assert all_changes(attached(IDLE, IDLE, IDLE, BUSY)) == SizeChanges(up=1)
