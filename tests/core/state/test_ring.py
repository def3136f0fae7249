"""A ring is bounded and shared, and never changes for those who hold it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wvatui.core.state.ring import Ring


@given(st.lists(st.lists(st.integers(), max_size=40), max_size=12), st.integers(1, 15))
def test_a_trail_shows_the_last_items_however_they_were_batched(
    batches: list[list[int]], cap: int
) -> None:
    trail: Ring[int] = Ring(cap)
    for batch in batches:
        trail = trail.extend(batch)
    everything = [item for batch in batches for item in batch]
    assert list(trail) == everything[-cap:]
    assert len(trail) == min(cap, len(everything))
    assert trail.total == len(everything)
    assert trail.last(3) == everything[-cap:][-3:]


@given(st.lists(st.integers(), min_size=1, max_size=30), st.integers(0, 29), st.integers(1, 9))
def test_two_futures_of_one_trail_do_not_see_each_other(
    items: list[int], split: int, cap: int
) -> None:
    past: Ring[int] = Ring(cap).extend(items[:split])
    before = list(past)
    one = past.extend(items[split:])
    other = past.extend([-1, -2])
    again = one.extend([-3])
    assert list(past) == before
    assert list(one) == items[-cap:]
    assert list(other) == [*items[:split], -1, -2][-cap:]
    assert list(again) == [*items, -3][-cap:]


def test_replacing_the_newest_item_leaves_the_older_view_alone() -> None:
    trail: Ring[str] = Ring(3).extend(["a", "b", "c", "d"])
    changed = trail.replace_last("x")
    assert list(trail) == ["b", "c", "d"]
    assert list(changed) == ["b", "c", "x"]
    assert (trail[0], trail[-1], changed[-1], changed.total) == ("b", "d", "x", 4)
    with pytest.raises(IndexError):
        trail[3]
