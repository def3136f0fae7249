"""V1 where releases differ and where metrics are missing, by the documented rule."""

import pytest

from wvatui.core.rules.wva.saturation_v1 import (
    V1Analysis,
    V1Replica,
    V1State,
    V1Variant,
    analyze,
    safety_net,
    targets,
)
from wvatui.core.rules.wva.thresholds import Settings

T = Settings()
ALL = ("v0.0.5", "v0.4.2", "v0.5.1", "v0.6.0", "v0.7.0", "v0.9.0-rc1", "v0.8.0", "HEAD")


def replicas(*loads: tuple[float, float]) -> list[V1Replica]:
    return [V1Replica(f"p{i}", "a", kv, queue) for i, (kv, queue) in enumerate(loads)]


def verdict(up: bool, safe: bool, *variants: tuple[str, float, int]) -> V1Analysis:
    return V1Analysis(
        sum(count for _, _, count in variants),
        1,
        0.0,
        0.0,
        up,
        safe,
        "",
        tuple(V1Variant(name, cost, count, count, 0, 0, 0, 0, 0) for name, cost, count in variants),
    )


def test_saturated_replicas_are_left_out_of_both_averages() -> None:
    found = analyze(replicas((0.60, 0), (0.95, 9)), T)
    assert (found.non_saturated, round(found.avg_spare_kv, 3), found.avg_spare_queue) == (1, 0.2, 5)
    assert not found.scale_up, "the hot one alone asks for nothing"


def test_with_every_replica_saturated_both_spares_are_0_and_it_grows() -> None:
    found = analyze(replicas((0.85, 2), (0.5, 6)), T)
    assert found.scale_up
    assert found.reason == "both KV spare (0.000 < 0.100) and queue spare (0.0 < 3.0)"
    assert not found.scale_down_safe


def test_nothing_measured_asks_for_nothing_and_keeps_every_variant() -> None:
    found = analyze([], T)
    assert (found.total, found.scale_up, found.scale_down_safe) == (0, False, False)
    assert targets(found, [V1State("a", 3), V1State("b", 0)]) == {"a": 3, "b": 0}


def test_one_replica_is_never_safe_to_remove() -> None:
    assert not analyze(replicas((0.01, 0)), T).scale_down_safe
    assert analyze(replicas((0.01, 0), (0.01, 0)), T).scale_down_safe


def test_a_variant_at_zero_is_not_measured_and_gets_no_target() -> None:
    found = verdict(True, False, ("a", 9, 1))
    states = [V1State("a", 1), V1State("asleep", 0)]
    assert all(targets(found, states, version) == {"a": 2} for version in ALL)


def test_up_takes_the_cheapest_and_down_the_dearest_by_one() -> None:
    states = [V1State("cheap", 2), V1State("dear", 2)]
    variants = (("cheap", 5.0, 2), ("dear", 9.0, 2))
    for version in ALL:
        assert targets(verdict(True, False, *variants), states, version) == {"cheap": 3, "dear": 2}
        assert targets(verdict(False, True, *variants), states, version) == {"cheap": 2, "dear": 1}


def test_up_comes_before_down_when_both_are_told() -> None:
    states = [V1State("a", 3)]
    assert targets(verdict(True, True, ("a", 5, 3)), states) == {"a": 4}


def test_equal_costs_go_by_name_first_up_and_last_down() -> None:
    states = [V1State("a", 2), V1State("b", 2)]
    variants = (("b", 5.0, 2), ("a", 5.0, 2))
    assert targets(verdict(True, False, *variants), states) == {"a": 3, "b": 2}
    assert targets(verdict(False, True, *variants), states) == {"a": 2, "b": 1}


def test_a_variant_on_its_way_is_preserved_up_to_v042_and_blocks_the_model_later() -> None:
    found = verdict(True, False, ("cheap", 5, 2), ("dear", 9, 2))
    states = [V1State("cheap", 2), V1State("dear", 2, desired=4)]
    assert targets(found, states, "v0.4.2") == {"cheap": 3, "dear": 4}
    for version in ALL[2:]:
        assert targets(found, states, version) == {"cheap": 2, "dear": 4}


def test_replicas_that_are_not_there_yet_block_by_metrics_then_by_pending() -> None:
    found = verdict(True, False, ("a", 5, 2))
    booting = [V1State("a", 3, pending=1)]
    assert targets(found, booting, "v0.4.2") == {"a": 3}, "it counts what it measured"
    for version in ("v0.5.1", "v0.7.0", "v0.9.0-rc1", "v0.8.0", "HEAD"):
        assert targets(found, booting, version) == {"a": 3}, "held"
    unseen = [V1State("a", 3)]
    assert targets(found, unseen, "v0.7.0") == {"a": 3}, "two measured, three there: held"
    assert targets(found, unseen, "v0.8.0") == {"a": 4}, "nothing pending: it grows"


def test_no_cascade_the_same_need_is_answered_once_while_the_replica_boots() -> None:
    found, current, pending = verdict(True, False, ("a", 5, 1)), 1, 0
    seen = []
    for _ in range(4):
        target = targets(found, [V1State("a", current, pending=pending)], "v0.8.0")["a"]
        seen.append(target)
        current, pending = target, target - 1
    assert seen == [2, 2, 2, 2]


def test_a_pending_sibling_is_passed_over_for_growth_in_the_same_measure() -> None:
    found = verdict(True, False, ("cheap", 5, 2), ("dear", 9, 2))
    states = [V1State("cheap", 2, pending=1), V1State("dear", 2)]
    assert targets(found, states, "v0.5.1") == {"cheap": 2, "dear": 3}


@pytest.mark.parametrize(("version", "target"), [("v0.5.1", 4), ("v0.6.0", 3), ("HEAD", 3)])
def test_minimum_and_maximum_clamp_from_v060_on(version: str, target: int) -> None:
    states = [V1State("a", 3, min=1, max=3)]
    assert targets(verdict(True, False, ("a", 5, 3)), states, version) == {"a": target}


def test_the_minimum_comes_before_the_maximum() -> None:
    states = [V1State("a", 1, min=5, max=3)]
    assert targets(verdict(False, False, ("a", 5, 1)), states) == {"a": 3}


def test_when_the_analysis_fails_the_last_desired_or_the_current_count_is_told() -> None:
    assert (safety_net(3, 5), safety_net(3, 0)) == (5, 3)
