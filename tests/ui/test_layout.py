"""The division of the screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wvatui.ui.model.layout import MIN_HEIGHT, MIN_WIDTH, Wishes, plan, too_small

WISHES = st.builds(
    Wishes,
    banner=st.integers(0, 2),
    scrubber=st.integers(0, 1),
    health=st.integers(1, 3),
    table=st.integers(3, 60),
    table_small=st.integers(3, 20),
    footer=st.integers(1, 3),
)


@given(st.integers(MIN_WIDTH, 300), st.integers(20, 120), WISHES)
def test_the_parts_fill_the_screen_exactly_and_none_is_missing(
    width: int, height: int, wishes: Wishes
) -> None:
    parts = plan(width, height, wishes)
    assert parts.height == height
    assert parts.table >= 3
    assert parts.chart_height >= 3
    assert parts.decisions >= 1
    assert parts.log >= 1


@given(st.integers(MIN_WIDTH, 300), WISHES)
def test_on_the_smallest_screen_table_and_chart_are_there(width: int, wishes: Wishes) -> None:
    parts = plan(width, MIN_HEIGHT, wishes)
    assert parts.table >= 3
    assert parts.chart_height >= 3


def test_80x24_has_the_table_two_charts_decisions_and_log() -> None:
    parts = plan(80, 24, Wishes(table=7, table_small=5))
    assert (parts.table, parts.charts) == (7, 2)
    assert parts.chart_height >= 6
    assert parts.decisions >= 2
    assert parts.log >= 2


def test_120x40_has_all_four_charts_and_the_tail_side_by_side() -> None:
    parts = plan(120, 40, Wishes(table=9))
    assert parts.charts == 4
    assert parts.side_by_side
    assert parts.chart_height >= 8


def test_replicas_become_chips_where_their_lines_have_no_room() -> None:
    assert plan(80, 24, Wishes(table=30, table_small=5)).table == 5


@pytest.mark.parametrize("size", [(59, 24), (80, 14)])
def test_too_small_is_too_small(size: tuple[int, int]) -> None:
    assert too_small(*size)
    assert not too_small(MIN_WIDTH, MIN_HEIGHT)
