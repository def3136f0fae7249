"""The HPA as Kubernetes documents it: ratio, tolerance, pods that do not count, brakes, words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from wvatui.core.rules.hpa.hpa import (
    ExternalMetric,
    HpaMemory,
    HpaSpec,
    PodReading,
    PodsMetric,
    Recommendation,
    first_memory,
    proposal,
    recommend,
    scaled,
)
from wvatui.core.rules.hpa.hpa_policy import PastChange, Policy, Rules, rules

NOW = 100_000.0
FREE = HpaSpec(1, 100, up=Rules(0.0, ()), down=Rules(0.0, ()))
"""Nothing brakes it."""


def average(value: float | None, target: float = 10.0, name: str = "queue") -> ExternalMetric:
    return ExternalMetric(name, "AverageValue", target, value)


def whole(value: float | None, target: float = 10.0) -> ExternalMetric:
    return ExternalMetric("queue", "Value", target, value)


def look(
    spec: HpaSpec,
    *metrics: ExternalMetric | PodsMetric,
    current: int = 4,
    ready: int | None = None,
    memory: HpaMemory | None = None,
    now: float = NOW,
) -> Recommendation:
    return recommend(
        spec,
        metrics,
        spec_replicas=current,
        status_replicas=current,
        ready=current if ready is None else ready,
        memory=memory or HpaMemory(),
        now=now,
        namespace="ns",
    )


def condition(result: Recommendation, kind: str) -> tuple[str, str]:
    found = next(c for c in result.conditions if c.type == kind)
    return found.status, found.reason


# --- what one metric asks for ---------------------------------------------------------------


def test_an_average_target_divides_the_sum_and_rounds_up() -> None:
    assert proposal(average(81.0), 4, 4) == 9
    assert proposal(average(80.0), 4, 4) == 8
    assert proposal(average(1.0), 4, 4) == 1
    assert proposal(average(0.0), 4, 4) == 0


def test_a_plain_target_multiplies_the_ready_pods_by_the_ratio() -> None:
    assert proposal(whole(20.0), 4, 4) == 8
    assert proposal(whole(20.0), 4, 3) == 6
    assert proposal(whole(5.0), 4, 4) == 2
    assert proposal(whole(25.0), 0, 0) == 3


def test_within_a_tenth_of_the_target_nothing_changes() -> None:
    for metric in (average(43.9), average(36.1), whole(10.9), whole(9.1)):
        assert proposal(metric, 4, 4) == 4
    assert proposal(average(45.0), 4, 4) == 5
    assert proposal(average(29.0), 4, 4) == 3


def test_a_tolerance_is_a_quantity() -> None:
    assert rules({"scaleUp": {"tolerance": "50m"}}, "scaleUp").tolerance == 0.05
    assert rules({"scaleUp": {"tolerance": "0.2"}}, "scaleUp").tolerance == 0.2


def test_each_direction_may_have_its_own_tolerance() -> None:
    behavior = {"scaleUp": {"tolerance": 0.0}, "scaleDown": {"tolerance": 0.5}}
    up, down = rules(behavior, "scaleUp"), rules(behavior, "scaleDown")
    assert proposal(average(40.4), 4, 4, up.tolerance, down.tolerance) == 5
    assert proposal(average(21.0), 4, 4, up.tolerance, down.tolerance) == 4
    assert proposal(average(19.0), 4, 4, up.tolerance, down.tolerance) == 2


def test_a_metric_that_cannot_be_read_asks_for_nothing() -> None:
    assert proposal(average(None), 4, 4) is None
    assert proposal(average(5.0, target=0.0), 4, 4) is None


# --- metrics of pods ------------------------------------------------------------------------


def pods(*values: float | None, target: float = 10.0, **more: Any) -> PodsMetric:
    return PodsMetric("queue", "AverageValue", target, readings(*values), **more)


def readings(*values: float | None) -> list[PodReading]:
    return [PodReading(f"p{i}", value, request=100.0) for i, value in enumerate(values)]


def with_unready(metric: PodsMetric, count: int) -> PodsMetric:
    young = [PodReading(f"young{i}", 50.0, 100.0, unready=True) for i in range(count)]
    return replace(metric, readings=[*metric.readings, *young])


def test_pods_that_are_all_ready_give_ratio_times_pods() -> None:
    assert proposal(pods(20.0, 20.0, 20.0), 3, 3) == 6
    assert proposal(pods(5.0, 5.0, 5.0, 5.0), 4, 4) == 2
    assert proposal(pods(10.5, 10.0, 9.9), 3, 3) == 3


def test_on_the_way_up_a_missing_pod_counts_as_idle() -> None:
    assert proposal(pods(30.0, 30.0), 2, 2) == 6
    assert proposal(pods(30.0, 30.0, None), 3, 3) == 6, "30, 30 and 0 are 2 times the target of 3"
    assert proposal(pods(30.0, None, None), 3, 3) == 3, "with two at 0 it is just at its target"
    assert proposal(pods(14.0, None), 2, 2) == 2, "the ratio would turn round: nothing changes"


def test_on_the_way_down_a_missing_pod_counts_as_at_its_target() -> None:
    assert proposal(pods(2.0, 2.0, 2.0, 2.0), 4, 4) == 1
    assert proposal(pods(2.0, 2.0, None, None), 4, 4) == 3
    assert proposal(pods(9.0, None, None, None), 4, 4) == 4


def test_an_unready_pod_counts_as_idle_on_the_way_up_and_not_at_all_on_the_way_down() -> None:
    assert proposal(with_unready(pods(30.0, 30.0), 1), 3, 3) == 6
    assert proposal(with_unready(pods(11.5), 1), 2, 1) == 2
    assert proposal(with_unready(pods(2.0, 2.0), 2), 4, 2) == 1


def test_pods_that_are_leaving_do_not_count() -> None:
    metric = pods(20.0, 20.0)
    leaving = replace(metric, readings=[*metric.readings, PodReading("old", 0.0, ignored=True)])
    assert proposal(leaving, 2, 2) == 4


def test_without_one_measured_pod_nothing_can_be_said() -> None:
    assert proposal(pods(), 1, 0) is None
    assert proposal(pods(None, None), 2, 2) is None
    assert proposal(with_unready(pods(), 2), 2, 0) is None


def test_utilisation_is_whole_percent_of_what_is_requested() -> None:
    half = PodsMetric("cpu", "Utilization", 50.0, readings(90.0, 110.0), resource=True)
    assert proposal(half, 2, 2) == 4
    missing = PodsMetric("cpu", "Utilization", 50.0, readings(20.0, None), resource=True)
    assert proposal(missing, 2, 2) == 2, "the missing one counts as at its whole request"
    unasked = replace(half, readings=[PodReading("p", 5.0)])
    assert proposal(unasked, 1, 1) is None


# --- several metrics ------------------------------------------------------------------------


def test_the_highest_of_several_metrics_counts() -> None:
    assert look(FREE, average(30.0), average(80.0, name="kv")).desired == 8


def test_with_one_metric_unread_it_may_grow_but_never_shrink() -> None:
    grown = look(FREE, average(None), average(80.0, name="kv"))
    assert (grown.desired, len(grown.failures)) == (8, 1)
    held = look(FREE, average(None), average(10.0, name="kv"))
    assert (held.desired, held.wanted) == (4, None)
    assert condition(held, "ScalingActive") == ("False", "FailedGetExternalMetric")
    assert "1 invalid out of 2" in held.error


def test_a_metric_of_pods_fails_in_its_own_words() -> None:
    result = look(FREE, pods(None))
    assert condition(result, "ScalingActive") == ("False", "FailedGetPodsMetric")
    assert "did not receive metrics for targeted pods" in result.error
    cpu = PodsMetric("cpu", "Utilization", 50.0, (), resource=True)
    assert condition(look(FREE, cpu), "ScalingActive") == ("False", "FailedGetResourceMetric")


def test_the_reason_of_a_rescale_names_the_metric() -> None:
    assert look(FREE, pods(20.0, 20.0), current=2).reason == "pods metric queue above target"
    cpu = PodsMetric("cpu", "Utilization", 50.0, readings(90.0), resource=True)
    title = "cpu resource utilization (percentage of request) above target"
    assert look(FREE, cpu, current=1).reason == title
    assert look(FREE, average(10.0)).reason == "All metrics below target"


# --- limits and conditions ------------------------------------------------------------------


def test_it_never_leaves_min_and_max_and_says_which_cut() -> None:
    spec = replace(FREE, min=2, max=6)
    high, low = look(spec, average(500.0)), look(spec, average(1.0))
    assert (high.desired, low.desired) == (6, 2)
    assert condition(high, "ScalingLimited") == ("True", "TooManyReplicas")
    assert condition(low, "ScalingLimited") == ("True", "TooFewReplicas")
    fine = look(spec, average(50.0))
    assert condition(fine, "ScalingLimited") == ("False", "DesiredWithinRange")
    assert condition(fine, "AbleToScale") == ("True", "ReadyForNewScale")
    assert condition(fine, "ScalingActive") == ("True", "ValidMetricFound")


def test_outside_min_and_max_it_goes_back_without_asking_any_metric() -> None:
    spec = replace(FREE, min=2, max=6)
    assert look(spec, average(None), current=9).desired == 6
    assert look(spec, average(None), current=1).desired == 2


def test_at_zero_it_is_disabled_unless_zero_is_its_minimum() -> None:
    asleep = look(FREE, average(80.0), current=0)
    assert (asleep.desired, condition(asleep, "ScalingActive")) == (0, ("False", "ScalingDisabled"))
    assert look(replace(FREE, min=0), average(80.0), current=0).desired == 8


# --- stabilisation --------------------------------------------------------------------------


def past(*recommendations: tuple[float, int]) -> HpaMemory:
    return HpaMemory(tuple(PastChange(NOW - ago, replicas) for ago, replicas in recommendations))


def test_a_scale_down_waits_until_no_higher_recommendation_is_in_the_window() -> None:
    spec = replace(FREE, down=Rules(300.0, ()))
    held = look(spec, average(10.0), memory=past((299.0, 3)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (3, "ScaleDownStabilized")
    assert look(spec, average(10.0), memory=past((301.0, 3))).desired == 1


def test_a_scale_up_takes_the_lowest_recommendation_of_its_window() -> None:
    spec = replace(FREE, up=Rules(60.0, ()))
    held = look(spec, average(90.0), memory=past((59.0, 5), (30.0, 7)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (5, "ScaleUpStabilized")
    assert look(spec, average(90.0), memory=past((61.0, 5), (30.0, 7))).desired == 7


def test_what_is_seen_for_the_first_time_is_not_scaled_down_at_once() -> None:
    spec = replace(FREE, down=Rules(300.0, ()))
    memory = first_memory(4, NOW)
    assert look(spec, average(10.0), memory=memory, now=NOW + 15).desired == 4
    assert look(spec, average(10.0), memory=memory, now=NOW + 301).desired == 1


# --- policies -------------------------------------------------------------------------------


def behaved(direction: str, policies: Sequence[tuple[str, int, int]], select: str = "") -> HpaSpec:
    stated = {
        "stabilizationWindowSeconds": 0,
        "policies": [{"type": t, "value": v, "periodSeconds": s} for t, v, s in policies],
        "selectPolicy": select or None,
    }
    behavior = {
        "scaleUp": {"stabilizationWindowSeconds": 0},
        "scaleDown": {"stabilizationWindowSeconds": 0},
    } | {direction: stated}
    return HpaSpec(1, 100, up=rules(behavior, "scaleUp"), down=rules(behavior, "scaleDown"))


def test_the_default_growth_is_four_pods_or_double_every_fifteen_seconds() -> None:
    spec = HpaSpec(1, 100)
    assert look(spec, average(900.0), current=1).desired == 5
    assert look(spec, average(900.0), current=10).desired == 20
    limited = look(spec, average(900.0), current=10)
    assert condition(limited, "ScalingLimited") == ("True", "ScaleUpLimit")


def test_without_any_behavior_it_at_most_doubles_or_goes_to_four() -> None:
    plain = HpaSpec(1, 100, plain=True)
    assert look(plain, average(900.0), current=1).desired == 4
    assert look(plain, average(900.0), current=10).desired == 20


@pytest.mark.parametrize(
    ("select", "up_to", "down_to"), [("Max", 12, 5), ("Min", 11, 9), ("Disabled", 10, 10)]
)
def test_the_policy_is_selected_by_what_it_allows(select: str, up_to: int, down_to: int) -> None:
    up = behaved("scaleUp", [("Pods", 1, 60), ("Percent", 15, 60)], select)
    down = behaved("scaleDown", [("Pods", 1, 60), ("Percent", 50, 60)], select)
    assert look(up, average(900.0), current=10).desired == up_to
    assert look(down, average(1.0), current=10).desired == down_to


def test_percent_rounds_up_when_growing_and_down_to_whole_replicas_when_shrinking() -> None:
    assert look(behaved("scaleUp", [("Percent", 10, 60)]), average(900.0), current=3).desired == 4
    assert look(behaved("scaleDown", [("Percent", 10, 60)]), average(1.0), current=5).desired == 4


def test_a_policy_counts_what_was_already_added_in_its_period() -> None:
    spec = behaved("scaleUp", [("Pods", 4, 60)])
    memory = scaled(spec, HpaMemory(), 4, 7, NOW - 59)
    assert look(spec, average(900.0), current=7, memory=memory).desired == 8
    assert look(spec, average(900.0), current=7, memory=memory, now=NOW + 2).desired == 11


def test_a_scale_down_limit_says_so() -> None:
    result = look(behaved("scaleDown", [("Pods", 1, 60)]), average(1.0), current=10)
    assert condition(result, "ScalingLimited") == ("True", "ScaleDownLimit")


def test_behavior_takes_the_api_s_defaults_where_it_is_silent() -> None:
    stated = rules({"scaleDown": {"stabilizationWindowSeconds": 60}}, "scaleDown")
    assert stated.policies == (Policy("Percent", 100, 15.0),)
    assert (stated.window_s, stated.tolerance) == (60.0, 0.1)
    assert rules(None, "scaleUp").window_s == 0.0


def test_the_first_of_several_failures_is_told() -> None:
    result = look(FREE, pods(None), average(None))
    assert result.error.startswith("invalid metrics (2 invalid out of 2), first error is: ")
    assert "pods metric" in result.error.lower()
    assert condition(result, "ScalingActive") == ("False", "FailedGetPodsMetric")
    other = look(FREE, average(None), pods(None))
    assert condition(other, "ScalingActive") == ("False", "FailedGetExternalMetric")
    assert other.error != result.error


def test_a_limit_that_is_the_maximum_is_told_as_the_maximum() -> None:
    spec = replace(behaved("up", [("Pods", 4, 15)]), max=8)
    result = look(spec, average(900.0), current=4)
    assert (result.desired, condition(result, "ScalingLimited")) == (8, ("True", "TooManyReplicas"))


def test_a_change_is_remembered_for_the_longest_period() -> None:
    spec = replace(behaved("up", [("Pods", 4, 15)]), down=Rules(0.0, ()))
    memory = HpaMemory((), (PastChange(NOW - 15, 1), PastChange(NOW - 14, 2)), ())
    assert scaled(spec, memory, 4, 6, NOW).ups == (PastChange(NOW - 14, 2), PastChange(NOW, 2))
    memory = HpaMemory((), (), (PastChange(NOW - 15, 1), PastChange(NOW - 14, 2)))
    assert scaled(spec, memory, 6, 5, NOW).downs == (PastChange(NOW - 14, 2), PastChange(NOW, 1))
    assert scaled(FREE, HpaMemory((), (PastChange(NOW - 0.5, 1),), ()), 4, 4, NOW).ups == ()


def test_what_is_just_within_the_limits_is_within_range() -> None:
    for queue, current, wanted in ((80.0, 4, 8), (20.0, 4, 2)):
        result = look(replace(FREE, min=2, max=8), average(queue), current=current)
        assert result.desired == wanted
        assert condition(result, "ScalingLimited") == ("False", "DesiredWithinRange")
