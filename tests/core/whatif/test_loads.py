"""The distribution of a recorded load over another number of replicas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.whatif.made import NAME, loads
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.loads import ROUTERS, LoadShare, LoadSharing, even, kept, routed, share

FACTS = LoadSharing(Settings(), per_request=0.01)
HOT = loads((0.98, 40.0), (0.20, 0.0))
FULL = loads((0.98, 40.0), (0.96, 20.0))
PODS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 50).map(float)), min_size=1, max_size=8)


def demand(shared: list[LoadShare] | tuple[LoadShare, ...]) -> float:
    return sum(load.kv + load.waiting * FACTS.per_request for load in shared)


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.id)
def test_as_many_replicas_as_recorded_carry_what_was_recorded(router: object) -> None:
    assert share(HOT, {NAME: 2}, router.shape, FACTS) == HOT  # type: ignore[attr-defined]


@pytest.mark.parametrize("router", ROUTERS, ids=lambda router: router.id)
@given(pods=PODS, count=st.integers(1, 12))
def test_no_demand_is_lost_or_made_by_sharing(
    router: object, pods: list[tuple[float, float]], count: int
) -> None:
    before = loads(*pods)
    after = share(before, {NAME: count}, router.shape, FACTS)  # type: ignore[attr-defined]
    assert len(after) == count
    assert demand(after) == pytest.approx(demand(before), abs=1e-6)
    assert all(load.kv <= 1.0 + 1e-9 and load.waiting >= -1e-9 for load in after)


def test_a_saturated_replica_beside_free_ones_keeps_what_it_carries() -> None:
    after = share(HOT, {NAME: 5}, routed, FACTS)
    assert sorted(((load.kv, load.waiting) for load in after), reverse=True)[0] == (0.98, 40.0)
    assert sum(load.waiting for load in after) == 40.0
    assert [load.kv for load in after[1:]] == pytest.approx([0.05] * 4)


def test_when_all_are_saturated_more_replicas_take_the_queue() -> None:
    after = share(FULL, {NAME: 4}, routed, FACTS)
    assert all(load.waiting == 0 for load in after)
    assert sum(load.kv for load in after) == pytest.approx(0.98 + 0.96 + 60 * 0.01)


def test_fewer_replicas_fill_up_and_the_rest_waits() -> None:
    (one,) = even(loads((0.8, 0.0), (0.7, 0.0)), 1, FACTS)
    assert one.kv == 1.0
    assert one.waiting == pytest.approx(50.0)


def test_requests_wait_below_a_full_cache_where_the_recording_shows_so() -> None:
    facts = LoadSharing(Settings(), per_request=0.01, full=0.5)
    (one,) = even(loads((0.4, 0.0), (0.4, 0.0)), 1, facts)
    assert one.kv == 0.5
    assert one.waiting == pytest.approx(30.0)


def test_the_recorded_imbalance_can_be_kept() -> None:
    after = kept(HOT, 4, FACTS)
    assert [load.kv for load in after] == pytest.approx([0.49, 0.49, 0.10, 0.10])
    assert [load.waiting for load in after] == pytest.approx([20.0, 20.0, 0.0, 0.0])


def test_what_runs_follows_the_cache_in_use() -> None:
    before = (LoadShare(NAME, 0.98, 40.0, 98.0, "a"), LoadShare(NAME, 0.96, 20.0, 96.0, "b"))
    after = even(before, 4, FACTS)
    assert sum(load.running or 0 for load in after) == pytest.approx(98 + 96 + 60)


def test_a_load_that_is_kept_stays_in_its_variant() -> None:
    both = (*loads((0.98, 40.0), name="a100"), *loads((0.2, 0.0), name="h100"))
    after = share(both, {"a100": 1, "h100": 3}, routed, FACTS)
    assert [(load.variant, load.kv) for load in after if load.waiting] == [("a100", 0.98)]
    assert [load.variant for load in after].count("h100") == 3


def test_nothing_that_serves_carries_nothing() -> None:
    assert share(HOT, {NAME: 0}, routed, FACTS) == ()
