"""The HPA as Kubernetes documents it: ratio, tolerance, ignored pods, limits, messages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pytest

from wvatui.core.rules.hpa import hpa
from wvatui.core.rules.hpa.hpa import HpaContext, Recommendation, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_conditions import (
    WITHIN_RANGE,
    HpaCondition,
    HpaEvent,
    conditions_of,
    merged,
)
from wvatui.core.rules.hpa.hpa_limits import limit
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, first_look, remembered, scaled
from wvatui.core.rules.hpa.hpa_metrics import (
    MetricAnswer,
    MetricProposal,
    TargetPods,
    status_of,
)
from wvatui.core.rules.hpa.hpa_metrics import proposal as proposed
from wvatui.core.rules.hpa.hpa_pods import (
    HpaPod,
    PodDelays,
    PodSample,
    Tolerances,
    group,
    replicas_of,
)
from wvatui.core.rules.hpa.hpa_policy import PastChange, Policy, Rules, defaulted, rules
from wvatui.core.rules.hpa.hpa_selector import unreadable
from wvatui.core.rules.hpa.hpa_spec import (
    HpaSpec,
    MetricSpec,
    defaulted_spec,
    hpa_spec,
    metric_spec,
    selector_text,
)
from wvatui.core.rules.hpa.hpa_versions import NEWEST, RELEASES, HpaFlags, HpaRelease, release_of
from wvatui.core.rules.quantities import milli, quantity, truncated, written

NOW = 100_000.0
UNBOUNDED = (Policy("Pods", 1000, 1.0),)
FREE = HpaSpec(1, 100, up=Rules(0.0, UNBOUNDED), down=Rules(0.0, UNBOUNDED))
"""An HPA without stabilization or policies."""


@dataclass(frozen=True)
class Metric:
    """A metric, the API's answer, and the pods of the query."""

    spec: MetricSpec
    answer: MetricAnswer
    pods: tuple[HpaPod, ...] = ()


def external(kind: str, value: float | None, target: float, name: str = "queue") -> Metric:
    spec = MetricSpec("External", name, kind, milli(target), {"matchLabels": {"k": "v"}})
    answer = MetricAnswer(error="gone") if value is None else MetricAnswer((truncated(value),))
    return Metric(spec, answer)


def average(value: float | None, target: float = 10.0, name: str = "queue") -> Metric:
    return external("AverageValue", value, target, name)


def whole(value: float | None, target: float = 10.0) -> Metric:
    return external("Value", value, target)


def ready(count: int) -> tuple[HpaPod, ...]:
    return tuple(HpaPod(f"p{i}") for i in range(count))


def proposal(
    metric: Metric,
    exist: int,
    serving: int,
    up: float = 0.1,
    down: float = 0.1,
    *,
    wanted: int | None = None,
) -> int | None:
    young = tuple(HpaPod(f"y{i}", ready="False") for i in range(exist - serving))
    pods = metric.pods or ready(serving) + young
    size = exist if wanted is None else wanted
    target = TargetPods(size, exist, pods)
    return proposed(metric.spec, metric.answer, target, Tolerances(up, down)).replicas


def look(
    spec: HpaSpec,
    *metrics: Metric,
    current: int = 4,
    exist: int | None = None,
    memory: HpaMemory | None = None,
    now: float = NOW,
    release: HpaRelease = NEWEST,
    conditions: Sequence[HpaCondition] = (),
    **target: Any,
) -> Recommendation:
    pods = next((m.pods for m in metrics if m.pods), ready(current))
    return recommend(
        replace(spec, metrics=tuple(m.spec for m in metrics), target="Deployment/d"),
        [m.answer for m in metrics],
        ScaleTarget(current, current if exist is None else exist, pods, **target),
        HpaMemory(seen=True) if memory is None else memory,
        HpaContext(now, "ns", release=release),
        conditions,
    )


def condition(result: Recommendation, kind: str) -> tuple[str, str]:
    """(reason, message) of a condition; for AbleToScale, as before a rescale."""
    rescaled = "SucceededRescale"
    found = [c for c in result.conditions if c.type == kind and c.reason != rescaled][-1]
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
    assert proposal(average(40.4), 4, 4, up.ratio, down.ratio) == 5
    assert proposal(average(21.0), 4, 4, up.ratio, down.ratio) == 4
    assert proposal(average(19.0), 4, 4, up.ratio, down.ratio) == 2


def test_a_metric_that_cannot_be_read_asks_for_nothing() -> None:
    assert proposal(average(None), 4, 4) is None
    untargeted = replace(average(5.0), spec=MetricSpec("External", "queue"))
    assert proposal(untargeted, 4, 4) is None


# --- metrics of pods ------------------------------------------------------------------------


def pods(*values: float | None, target: float = 10.0, kind: str = "Pods") -> Metric:
    """A pods metric with a pod per value; None: the pod is ready, but the API has no value."""
    shape = "AverageValue"
    made = tuple(HpaPod(f"p{i}", requests=(("c", {"cpu": 100_000}),)) for i, _ in enumerate(values))
    samples = {
        f"p{i}": PodSample(truncated(value)) for i, value in enumerate(values) if value is not None
    }
    name = "queue" if kind == "Pods" else "cpu"
    return Metric(MetricSpec(kind, name, shape, milli(target)), MetricAnswer(pods=samples), made)


def cpu(*values: float | None, target: int = 50) -> Metric:
    """CPU use of pods that request 100 each; the target is `target` percent."""
    metric = pods(*values, kind="Resource")
    return replace(metric, spec=MetricSpec("Resource", "cpu", "Utilization", target))


def with_unready(metric: Metric, count: int) -> Metric:
    young = tuple(HpaPod(f"young{i}", "Pending", "False") for i in range(count))
    return replace(metric, pods=(*metric.pods, *young))


def test_pods_that_are_all_ready_give_ratio_times_pods() -> None:
    assert proposal(pods(20.0, 20.0, 20.0), 3, 3) == 6
    assert proposal(pods(5.0, 5.0, 5.0, 5.0), 4, 4) == 2
    assert proposal(pods(10.5, 10.0, 9.9), 3, 3) == 3


def test_one_pod_can_stand_for_many_that_are_alike() -> None:
    def proposed_by(metric: Metric, made: tuple[HpaPod, ...], alike: int = 1) -> MetricProposal:
        target = TargetPods(3, 3, made, alike)
        return proposed(metric.spec, metric.answer, target, Tolerances())

    for value in (0.0, 0.3, 9.5, 37.0, 52.4, 80.0, 5e15):
        for make in (pods, cpu):
            one, three = make(value), make(value, value, value)
            assert proposed_by(one, one.pods, 3) == proposed_by(three, three.pods)
        metric = whole(value)
        assert proposed_by(metric, ready(1), 3) == proposed_by(metric, ready(3))


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


def test_a_pod_missing_at_exactly_the_target_stays_out() -> None:
    assert proposal(pods(10.0, 10.0, 10.0, None, None), 5, 5) == 5
    assert proposal(cpu(50.0, 50.0, None), 3, 3) == 3


def test_with_unready_pods_the_direction_must_not_turn_round() -> None:
    turned = with_unready(pods(14.0), 1)
    assert proposal(turned, 5, 1) == 5, "14 and 0 are less than 10 each"
    assert proposal(with_unready(pods(30.0), 1), 1, 1) == 3


def test_a_step_the_other_way_is_none() -> None:
    """There may be more pods than `spec.replicas`, or fewer."""
    assert proposal(pods(5.0, 5.0, 5.0, None), 4, 4, wanted=1) == 1, "3 would be more"
    assert proposal(pods(30.0, 30.0, None), 3, 3, wanted=9) == 9, "6 would be fewer"
    assert proposal(pods(30.0, 30.0, None), 3, 3, wanted=5) == 6
    assert proposal(pods(5.0, 5.0, 5.0, None), 4, 4, wanted=4) == 3


def test_a_missing_pod_counts_for_exactly_its_request_or_nothing() -> None:
    def percent(use: float) -> int | None:
        return proposal(cpu(use, *[None] * 9, target=100), 10, 10, 0.0, 0.0)

    assert percent(2.0) == 9, "2 and nine times 100 are 90 percent"
    assert percent(12.0) == 10, "12 and nine times 100 are 91 percent"
    up = pods(30.0, 30.003, None)
    assert proposal(up, 3, 3) == 7, "20.001 of 10 each"
    down = proposal(cpu(12.0, *[None] * 9, target=150), 10, 10, 0.0, 0.0)
    assert down == 10, "12 and nine times 150 are 136 percent of 150"


def test_means_of_negative_numbers_are_cut_towards_zero() -> None:
    metric = pods(-0.001, 0.0)
    result = proposed(metric.spec, metric.answer, TargetPods(2, 2, metric.pods), Tolerances())
    assert (result.usage, result.replicas) == (0, 0)


def test_a_ratio_becomes_whole_replicas_within_int32() -> None:
    most = 2**31 - 1
    ratios = (1.01, -1.5, float("nan"), float("inf"), float("-inf"), 1e12)
    assert [replicas_of(ratio) for ratio in ratios] == [2, -1, 0, most, -most - 1, most]
    assert PodDelays() == PodDelays(300.0, 30.0)


def test_without_pods_the_share_of_a_pod_is_none_or_beyond_all() -> None:
    for value, shown in ((0.0, 0), (5.0, 2**63 - 1)):
        metric = average(value)
        result = proposed(metric.spec, metric.answer, TargetPods(0, 0), Tolerances())
        assert result.usage == shown


def test_pods_that_are_leaving_do_not_count() -> None:
    metric = pods(20.0, 20.0)
    samples = {**(metric.answer.pods or {}), "old": PodSample(0), "ill": PodSample(0)}
    gone = (HpaPod("old", deleted=True), HpaPod("ill", "Failed"))
    leaving = replace(metric, answer=MetricAnswer(pods=samples), pods=(*metric.pods, *gone))
    assert proposal(leaving, 2, 2) == 4


def test_without_one_measured_pod_nothing_can_be_said() -> None:
    assert proposal(replace(pods(), pods=()), 0, 0) is None
    assert proposal(pods(None, None), 2, 2) is None
    assert proposal(with_unready(pods(None), 2), 2, 0) is None


def test_a_target_without_pods_says_so() -> None:
    assert failure(replace(pods(20.0), pods=())) == (
        "no pods returned by selector while calculating replica count"
    )
    assert failure(pods(None)).startswith("did not receive metrics for targeted pods")


def test_utilisation_is_whole_percent_of_what_is_requested() -> None:
    assert proposal(cpu(90.0, 110.0), 2, 2) == 4
    assert proposal(cpu(20.0, None), 2, 2) == 2, "the missing one counts as at its whole request"
    assert proposal(cpu(20.0, None, target=150), 2, 2) == 2, "or as at a target above that"
    assert proposal(cpu(55.9), 1, 1) == 1, "55 percent, cut, is within a tenth of 50"
    assert proposal(cpu(56.0), 1, 1) == 2
    metric = cpu(5.0)
    unasked = replace(metric, pods=(HpaPod("p0", requests=(("c", {}),)),))
    assert failure(unasked) == (
        "failed to get cpu utilization: missing request for cpu in container c of Pod p0"
    )
    stranger = replace(metric, pods=(HpaPod("other"),))
    assert failure(stranger).endswith("no metrics returned matched known pods")


def test_against_a_target_of_0_any_use_is_beyond_all_and_none_is_no_number() -> None:
    for busy, idle in (
        (cpu(5.0, target=0), cpu(0.0, target=0)),
        (pods(5.0, target=0), pods(0.0, target=0)),
    ):
        assert proposal(busy, 1, 1) == 2**31 - 1
        assert proposal(idle, 1, 1) == 0


def failure(metric: Metric, kind: str = "event") -> str:
    result = proposed(metric.spec, metric.answer, TargetPods(1, 1, metric.pods), Tolerances())
    assert result.replicas is None
    return str(getattr(result, kind))


def test_of_one_container_only_its_own_request_counts() -> None:
    two = (("a", {"cpu": 100_000}), ("b", {"memory": 1}))
    metric = replace(cpu(50.0, target=50), pods=(HpaPod("p0", requests=two),))
    spec = MetricSpec("ContainerResource", "cpu", "Utilization", 50, container="a")
    assert proposal(replace(metric, spec=spec), 1, 1) == 1
    assert "container b" in failure(metric)


def test_means_and_percentages_are_cut_to_whole_numbers() -> None:
    """Means of milli-units are truncated: 10.0005 per pod becomes 10.000."""
    result = proposed(
        pods(20.0, 20.001).spec,
        pods(20.0, 20.001).answer,
        TargetPods(2, 2, ready(2)),
        Tolerances(0.0, 0.0),
    )
    assert (result.usage, result.replicas) == (20_000, 4)


def test_thousandths_are_whole_numbers_for_the_controller() -> None:
    """2.1 / 0.7 is 3; in floating point it is slightly more, which would give 4."""
    assert proposal(average(2.1, target=0.7), 1, 1) == 3
    assert proposal(average(2.101, target=0.7), 1, 1) == 4


def test_a_negative_total_of_an_average_target_counts_as_an_overflow() -> None:
    assert proposal(average(-1.0), 4, 4) == 2**31 - 1
    assert proposal(whole(-1.0), 4, 4) == 0
    assert proposal(whole(-20.0), 4, 4) == -8
    result = look(FREE, average(-1.0))
    assert (result.wanted, result.desired) == (2**31 - 1, 100)
    assert look(FREE, whole(-20.0)).desired == 1


def test_totals_and_sizes_stay_within_their_integers() -> None:
    most = 2**63 - 1
    spec = MetricSpec("External", "queue", "AverageValue", most)
    full = MetricAnswer((2**62, 2**62))
    result = proposed(spec, full, TargetPods(1, 1), Tolerances())
    assert (result.replicas, result.usage) == (1, most)
    huge = proposed(replace(spec, target=1), full, TargetPods(1, 1), Tolerances())
    assert huge.replicas == 2**31 - 1


def test_an_average_target_goes_by_the_pods_that_exist_a_whole_one_by_those_that_are_ready() -> (
    None
):
    assert proposal(average(44.0), 4, 1, wanted=9) == 4, "within a tenth of four times ten"
    assert proposal(whole(20.0), 4, 3, wanted=9) == 6
    assert proposal(whole(10.0), 4, 3, wanted=9) == 9
    pending = replace(
        whole(20.0), pods=(HpaPod("a"), HpaPod("b", "Pending"), HpaPod("c", ready=""))
    )
    assert proposal(pending, 3, 1) == 2
    assert failure(whole(20.0)).startswith("unable to calculate ready pods: no pods returned")


def test_from_zero_no_tolerance_holds() -> None:
    assert proposal(average(0.0), 0, 0) == 0
    assert proposal(average(10.5), 0, 0) == 2
    assert proposal(whole(10.5), 0, 0) == 2


# --- which pods count ------------------------------------------------------------------------

DELAYS = PodDelays(120.0, 10.0)


def grouped(pod: HpaPod, sample: PodSample | None, resource: str = "cpu") -> str:
    samples = {} if sample is None else {pod.name: sample}
    groups = group([pod], samples, resource, DELAYS)
    assert groups == group([pod], MappingProxyType(samples), resource, DELAYS), "any Mapping"
    names = ("unready", "missing", "ignored")
    return next((name for name in names if getattr(groups, name)), f"ready {groups.ready}")


@pytest.mark.parametrize(
    ("pod", "sample", "group_name"),
    [
        (HpaPod("p"), PodSample(1), "ready 1"),
        (HpaPod("p", deleted=True), PodSample(1), "ignored"),
        (HpaPod("p", "Failed"), None, "ignored"),
        (HpaPod("p", "Pending"), None, "unready"),
        (HpaPod("p"), None, "missing"),
        (HpaPod("p", ready=""), PodSample(1), "unready"),
        (HpaPod("p", start_age_s=None), PodSample(1), "unready"),
        (HpaPod("p", "Running", "False", 5.0, 119.0), PodSample(1), "unready"),
        (HpaPod("p", "Running", "True", 70.0, 119.0), PodSample(1, 9.0), "ready 1"),
        (HpaPod("p", "Running", "True", 70.0, 119.0), PodSample(1, 10.0), "ready 1"),
        (HpaPod("p", "Running", "True", 70.0, 119.0), PodSample(1, 10.1), "unready"),
        (HpaPod("p", "Running", "True", 5.0, 120.0), PodSample(1, 99.0), "ready 1"),
        (HpaPod("p", "Running", "False", 191.0, 200.0), PodSample(1), "unready"),
        (HpaPod("p", "Running", "False", 190.0, 200.0), PodSample(1), "ready 1"),
        (HpaPod("p", "Running", "Unknown", 195.0, 200.0), PodSample(1), "ready 1"),
    ],
)
def test_the_use_of_a_pod_counts_once_it_says_something(
    pod: HpaPod, sample: PodSample | None, group_name: str
) -> None:
    assert grouped(pod, sample) == group_name


def test_of_anything_but_cpu_a_young_pod_counts_at_once() -> None:
    young = HpaPod("p", "Running", "False", 1.0, 2.0)
    assert grouped(young, PodSample(1), "memory") == "ready 1"
    assert grouped(young, PodSample(1), "cpu") == "unready"


# --- several metrics ------------------------------------------------------------------------


def test_the_highest_of_several_metrics_counts() -> None:
    assert look(FREE, average(30.0), average(80.0, name="kv")).desired == 8


def test_with_one_metric_unread_it_may_grow_but_never_shrink() -> None:
    grown = look(FREE, average(None), average(80.0, name="kv"))
    assert (grown.desired, grown.events[0].reason) == (8, "FailedGetExternalMetric")
    held = look(FREE, average(None), average(10.0, name="kv"))
    assert (held.desired, held.wanted) == (4, None)
    assert condition(held, "ScalingActive") == ("False", "FailedGetExternalMetric")
    assert "1 invalid out of 2" in held.error
    assert (held.failed, grown.failed) == (True, False)
    same = look(FREE, average(None), average(40.0, name="kv"))
    assert (same.desired, same.failed) == (4, False), "what asks for as many as there are counts"


def test_a_metric_of_pods_fails_in_its_own_words() -> None:
    result = look(FREE, pods(None))
    assert condition(result, "ScalingActive") == ("False", "FailedGetPodsMetric")
    assert "did not receive metrics for targeted pods" in result.error
    assert condition(look(FREE, cpu(None)), "ScalingActive") == (
        "False",
        "FailedGetResourceMetric",
    )


def test_the_reason_of_a_rescale_names_the_metric() -> None:
    assert look(FREE, pods(20.0, 20.0), current=2).reason == "pods metric queue above target"
    title = "cpu resource utilization (percentage of request) above target"
    assert look(FREE, cpu(90.0), current=1).reason == title
    assert look(FREE, average(10.0)).reason == "All metrics below target"
    assert look(FREE, average(40.0)).reason == ""


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


ASLEEP = HpaCondition("ScaledToZero", "True", "ScaledToZero", "")


def test_at_zero_it_is_disabled_unless_it_scaled_to_zero_itself() -> None:
    zero = replace(FREE, min=0)
    asleep = look(zero, average(80.0), current=0)
    assert (asleep.desired, condition(asleep, "ScalingActive")) == (0, ("False", "ScalingDisabled"))
    woken = look(zero, average(80.0), current=0, conditions=[ASLEEP])
    assert (woken.desired, condition(woken, "ScaledToZero")) == (8, ("False", "NotScaledToZero"))
    raised = look(replace(FREE, min=2), average(80.0), current=0, conditions=[ASLEEP])
    assert raised.desired == 2
    told = HpaCondition("ScaledToZero", "False", "NotScaledToZero", "")
    assert look(zero, average(80.0), current=0, conditions=[told]).desired == 0


def test_a_rescale_says_whether_it_went_to_zero() -> None:
    zero = replace(FREE, min=0)
    assert condition(look(zero, average(0.0)), "ScaledToZero") == ("True", "ScaledToZero")
    assert condition(look(zero, pods(0.0, 0.0), current=2), "ScaledToZero")[1] == "NotScaledToZero"
    assert look(zero, average(40.0)).condition("ScaledToZero") is None


def test_before_the_gate_a_target_at_zero_is_woken_by_minimum_0_alone() -> None:
    zero = replace(FREE, min=0)
    for name, size in (("1.33", 8), ("1.35", 8), ("1.36", 0)):
        result = look(zero, average(80.0), current=0, release=RELEASES[name])
        assert (result.desired, result.condition("ScaledToZero")) == (size, None)
        assert result.dropped == ("ScaledToZero",)
        one = look(FREE, average(80.0), current=0, release=RELEASES[name])
        assert condition(one, "ScalingActive") == ("False", "ScalingDisabled")
    assert look(zero, average(80.0), current=0).dropped == ()


def test_of_several_zeros_the_last_is_named_and_else_the_first_of_the_highest() -> None:
    zeros = look(replace(FREE, min=0), average(0.0), average(0.0, name="kv"))
    assert zeros.winner is not None
    assert zeros.winner.metric.name == "kv"
    equal = look(FREE, average(80.0), average(80.0, name="kv"))
    assert equal.winner is not None
    assert equal.winner.metric.name == "queue"


# --- releases --------------------------------------------------------------------------------


def test_the_tolerance_of_behavior_counts_from_1_35_on() -> None:
    spec = replace(FREE, up=replace(FREE.up, tolerance=0.0), down=replace(FREE.down, tolerance=0.5))
    for name, own in (("1.33", False), ("1.34", False), ("1.35", True), ("1.37", True)):
        near = hpa.tolerances(spec, HpaFlags(tolerance=0.2), RELEASES[name])
        assert near == (Tolerances(0.0, 0.5) if own else Tolerances(0.2, 0.2))
    plain = replace(spec, plain=True)
    assert hpa.tolerances(plain, HpaFlags(), NEWEST) == Tolerances(0.1, 0.1)


def test_an_unknown_version_gets_the_nearest_rule_and_says_that_it_is_assumed() -> None:
    assert release_of("v1.35.4+k3s1") == (RELEASES["1.35"], False)
    assert release_of("v1.29.0") == (RELEASES["1.33"], True)
    assert release_of("v1.41.0") == (RELEASES["1.37"], True)
    assert release_of("") == (RELEASES["1.37"], True)


# --- what the cluster refuses ----------------------------------------------------------------


def test_a_scale_that_cannot_be_read_ends_the_look() -> None:
    result = look(FREE, average(80.0), error="forbidden", memory=HpaMemory())
    assert condition(result, "AbleToScale") == ("False", "FailedGetScale")
    assert result.error == "failed to query scale subresource for Deployment/ns/d: forbidden"
    assert (result.events[0].reason, result.memory) == ("FailedGetScale", HpaMemory())
    assert result.failed


def test_a_scale_that_cannot_be_written_stays() -> None:
    result = look(FREE, average(80.0), update_error="conflict")
    assert (result.desired, result.wanted, result.failed) == (4, 8, True)
    assert condition(result, "AbleToScale") == ("False", "FailedUpdateScale")
    assert result.events[-1].message.startswith("New size: 8; reason: external metric queue(")
    assert result.events[-1].message.endswith(" above target; error: conflict")
    assert result.memory.ups == ()


def test_pods_that_two_hpas_select_are_counted_by_neither() -> None:
    result = look(FREE, average(80.0), shared_with=("ns/a", "ns/b"))
    assert condition(result, "ScalingActive") == ("False", "AmbiguousSelector")
    assert result.events[0].message == (
        "pods by selector app=target are controlled by more than one HPA (e.g. [ns/a ns/b])"
    )
    assert [e.reason for e in result.events][1:] == ["FailedComputeMetricsReplicas"]
    older = look(FREE, average(80.0), shared_with=("ns/a", "ns/b"), release=RELEASES["1.36"])
    assert older.events[0].message.endswith("are controlled by multiple HPAs: [ns/a ns/b]")
    assert look(FREE, average(80.0), shared_with=("ns/a",)).desired == 8


def test_a_selector_that_is_missing_or_unreadable_says_so() -> None:
    missing = look(FREE, average(80.0), selector="")
    assert condition(missing, "ScalingActive") == ("False", "InvalidSelector")
    assert missing.events[0].reason == "SelectorRequired"
    assert missing.error.endswith("for Deployment/ns/d: selector is required")
    odd = look(FREE, average(80.0), selector="app of mine")
    assert odd.events[0].message.endswith(
        "unable to parse requirement: found 'of', expected: in, notin, =, ==, !=, gt, lt"
    )
    for good in ("a=b", "a==b,c!=d", "a in (x, y),!b", "a", "a notin (x)", "n>3"):
        assert unreadable(good) == ""
    assert "found 'b', expected: in," in unreadable("a b")


def test_a_size_that_stays_is_within_range_whatever_the_limits() -> None:
    for spec in (replace(FREE, max=3), replace(FREE, min=7)):
        assert limit(spec, 5, 5, HpaMemory(), NOW) == (5, WITHIN_RANGE)


def test_without_behavior_the_limit_itself_is_within_range() -> None:
    plain = HpaSpec(1, 6, plain=True)
    wanted = {(4, 2): (4, WITHIN_RANGE), (5, 2): (4, "ScaleUpLimit")}
    wanted |= {(6, 4): (6, WITHIN_RANGE), (7, 4): (6, "TooManyReplicas")}
    assert {pair: limit(plain, *pair, HpaMemory(), NOW) for pair in wanted} == wanted


def test_the_least_is_1_where_the_object_does_not_say() -> None:
    assert hpa_spec({"maxReplicas": 3}).min == 1
    assert hpa_spec({"minReplicas": 0, "maxReplicas": 3}).min == 0


def test_each_change_of_the_rule_begins_with_its_release_and_stays() -> None:
    begins = {"own_tolerance": "1.35", "remembers_zero": "1.36", "zero": "1.37", "at_once": "1.37"}
    for change, first in begins.items():
        having = [name for name, release in RELEASES.items() if getattr(release, change)]
        assert having == [name for name in RELEASES if name >= first]


def test_recorded_conditions_and_events_are_read_and_what_they_lack_is_empty() -> None:
    row = {"type": "AbleToScale", "status": "True", "reason": "Ready", "other": 1}
    read = HpaCondition("AbleToScale", "True", "Ready", "")
    assert conditions_of({"conditions": [row, {}]}) == (read, HpaCondition("", "", "", ""))
    assert conditions_of({"conditions": None}) == conditions_of({}) == ()
    event = {"type": "Normal", "message": "New size: 2"}
    assert HpaEvent.of(event) == HpaEvent("Normal", "", "New size: 2")


# --- words -----------------------------------------------------------------------------------

NAMES = {
    "External": {"metric": {"name": "m", "selector": {}}},
    "Object": {"metric": {"name": "m"}, "describedObject": {"kind": "Ingress", "name": "i"}},
    "Pods": {"metric": {"name": "m"}},
    "Resource": {"name": "cpu"},
    "ContainerResource": {"name": "cpu", "container": "c"},
}


def entry(kind: str, target: dict[str, Any]) -> MetricSpec:
    place = kind[0].lower() + kind[1:]
    return metric_spec({"type": kind, place: {**NAMES[kind], "target": target}})


EMPTY_SELECTOR = (
    "&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{},}"
)
PERCENT = "utilization (percentage of request)"


@pytest.mark.parametrize(
    ("kind", "target", "title", "event", "error"),
    [
        (
            "External",
            {"type": "Value", "value": "2"},
            f"external metric m({EMPTY_SELECTOR})",
            f"unable to get external metric ns/m/{EMPTY_SELECTOR}: gone",
            "failed to get m external metric value: failed to get external metric m: ",
        ),
        (
            "External",
            {"type": "AverageValue", "averageValue": "2"},
            f"external metric m({EMPTY_SELECTOR})",
            f"unable to get external metric ns/m/{EMPTY_SELECTOR}: gone",
            "failed to get m external metric value: failed to get m external metric: ",
        ),
        (
            "Object",
            {"type": "Value", "value": "2"},
            "Ingress metric m",
            "unable to get metric m on Ingress ns/i: gone",
            "failed to get object metric value: ",
        ),
        (
            "Object",
            {"type": "AverageValue", "averageValue": "2"},
            "external metric m(nil)",
            "unable to get metric m on Ingress ns/i: gone",
            "failed to get object metric value: failed to get m object metric: ",
        ),
        (
            "Pods",
            {"type": "AverageValue", "averageValue": "2"},
            "pods metric m",
            "unable to get metric m: gone",
            "failed to get pods metric value: ",
        ),
        (
            "Resource",
            {"type": "Utilization", "averageUtilization": 50},
            f"cpu resource {PERCENT}",
            "failed to get cpu utilization: unable to get metrics for resource cpu: gone",
            "failed to get cpu resource metric value: ",
        ),
        (
            "Resource",
            {"type": "AverageValue", "averageValue": "2"},
            "cpu resource",
            "failed to get cpu usage: unable to get metrics for resource cpu: gone",
            "failed to get cpu resource metric value: ",
        ),
        (
            "ContainerResource",
            {"type": "Utilization", "averageUtilization": 50},
            f"cpu container resource {PERCENT}",
            "failed to get cpu utilization: unable to get metrics for resource cpu: gone",
            "failed to get cpu container metric value: ",
        ),
    ],
)
def test_each_kind_of_metric_is_named_and_fails_in_the_controller_s_words(
    kind: str, target: dict[str, Any], title: str, event: str, error: str
) -> None:
    spec = entry(kind, target)
    assert spec.title == title
    failed = proposed(spec, MetricAnswer(error="gone"), TargetPods(1, 1), Tolerances(), None, "ns")
    assert (failed.event, failed.reason) == (event, f"FailedGet{kind}Metric")
    assert failed.error == error + event


def test_a_metric_without_a_target_or_of_an_unknown_kind_says_so() -> None:
    bare = failure(Metric(entry("External", {}), MetricAnswer()))
    assert bare == (
        "invalid external metric source: neither a value target nor an average value target was set"
    )
    bare = failure(Metric(entry("Resource", {}), MetricAnswer()))
    assert bare.endswith(
        "an average utilization target nor an average value (usage) target was set"
    )
    odd = Metric(metric_spec({"type": "Cheese"}), MetricAnswer())
    assert failure(odd) == 'unknown metric source type "Cheese"'
    assert failure(odd, "reason") == "InvalidMetricSourceType"


def test_a_selector_is_printed_as_go_prints_it() -> None:
    assert selector_text(None) == "nil"
    wanted = {
        "matchLabels": {"b": "2", "a": "1"},
        "matchExpressions": [{"key": "k", "operator": "In", "values": ["x", "y"]}],
    }
    assert selector_text(wanted) == (
        "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:"
        "[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}"
    )


def test_the_status_shows_a_metric_in_the_form_of_its_target() -> None:
    def shown(result: MetricProposal) -> object:
        return status_of(result)

    assert shown(MetricProposal(entry("External", {"value": "2"}), 1, 1500)) == {
        "type": "External",
        "external": {"metric": {"name": "m", "selector": {}}, "current": {"value": "1500m"}},
    }
    assert shown(
        MetricProposal(entry("ContainerResource", {"averageUtilization": 5}), 1, 250, 50)
    ) == {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": "c",
            "current": {"averageValue": "250m", "averageUtilization": 50},
        },
    }
    shaped = {"type": "Value", "value": "2"}
    about = shown(MetricProposal(entry("Object", shaped), 1, 2000))
    assert about == {
        "type": "Object",
        "object": {
            "metric": {"name": "m"},
            "describedObject": {"kind": "Ingress", "name": "i"},
            "current": {"value": "2"},
        },
    }
    assert shown(MetricProposal(entry("Pods", {"averageValue": "2"}), None)) == {}


def test_conditions_stay_where_a_look_does_not_set_them() -> None:
    before = [
        HpaCondition("ScaledToZero", "True", "ScaledToZero", ""),
        HpaCondition("AbleToScale", "True", "ReadyForNewScale", ""),
    ]
    newer = HpaCondition("AbleToScale", "False", "FailedGetScale", "")
    assert merged(before, [newer]) == [before[0], newer]
    assert merged(before, [newer], ["ScaledToZero"]) == [newer]


# --- stabilization --------------------------------------------------------------------------


def past(*recommendations: tuple[float, int]) -> HpaMemory:
    changes = tuple(PastChange(NOW - ago, replicas) for ago, replicas in recommendations)
    return HpaMemory(changes, seen=True)


def test_a_scale_down_waits_until_no_higher_recommendation_is_in_the_window() -> None:
    spec = replace(FREE, down=Rules(300.0, UNBOUNDED))
    held = look(spec, average(10.0), memory=past((299.0, 3)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (3, "ScaleDownStabilized")
    assert look(spec, average(10.0), memory=past((301.0, 3))).desired == 1


def test_a_scale_up_takes_the_lowest_recommendation_of_its_window() -> None:
    spec = replace(FREE, up=Rules(60.0, UNBOUNDED))
    held = look(spec, average(90.0), memory=past((59.0, 5), (30.0, 7)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (5, "ScaleUpStabilized")
    assert look(spec, average(90.0), memory=past((61.0, 5), (30.0, 7))).desired == 7
    assert look(spec, average(90.0), memory=past((60.0, 5))).desired == 9


def test_what_is_seen_for_the_first_time_is_not_scaled_down_at_once() -> None:
    spec = replace(FREE, down=Rules(300.0, UNBOUNDED))
    memory = first_look(HpaMemory(), 4, NOW)
    assert first_look(memory, 9, NOW + 5) == memory
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
    fast = look(plain, average(900.0), current=10)
    assert (fast.desired, condition(fast, "ScalingLimited")[1]) == (20, "ScaleUpLimit")
    high = look(replace(plain, max=20), average(900.0), current=10)
    assert (high.desired, condition(high, "ScalingLimited")[1]) == (20, "TooManyReplicas")
    low = look(replace(plain, min=3), average(0.0), memory=HpaMemory(seen=True))
    assert (low.desired, condition(low, "ScalingLimited")[1]) == (3, "TooFewReplicas")


def test_without_behavior_the_end_of_the_window_counts_and_no_change_is_kept() -> None:
    plain = HpaSpec(1, 100, plain=True)
    held = look(plain, average(10.0), memory=past((300.0, 3)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (3, "ScaleDownStabilized")
    assert look(plain, average(10.0), memory=past((300.1, 3))).desired == 1
    with_behavior = replace(plain, plain=False)
    assert look(with_behavior, average(10.0), memory=past((300.0, 3))).desired == 1
    assert scaled(plain, HpaMemory(), 4, 6, NOW) == HpaMemory()


def test_the_last_recommendation_that_no_window_needs_gives_its_place() -> None:
    spec = replace(FREE, up=Rules(400.0, UNBOUNDED), down=Rules(300.0, UNBOUNDED))
    memory = past((402.0, 1), (401.0, 2), (399.0, 3))
    after = remembered(spec, memory, 5, NOW).recommendations
    assert [change.replicas for change in after] == [1, 5, 3]
    kept = remembered(spec, past((400.0, 2)), 5, NOW).recommendations
    assert [change.replicas for change in kept] == [2, 5]
    plain = replace(spec, plain=True)
    short = remembered(plain, past((301.0, 2), (300.0, 3)), 5, NOW).recommendations
    assert [change.replicas for change in short] == [5, 3]


def test_the_controller_s_flag_is_the_down_window_where_behavior_states_none() -> None:
    spec = replace(FREE, down=Rules(None, UNBOUNDED))
    flags = HpaFlags(down_window_s=60.0)

    def size(spec: HpaSpec) -> int:
        metric = average(10.0)
        target = ScaleTarget(4, 4, ready(4))
        spec = replace(spec, metrics=(metric.spec,))
        context = HpaContext(NOW, flags=flags)
        return recommend(spec, [metric.answer], target, past((61.0, 3)), context).desired

    assert size(spec) == 1
    assert size(replace(spec, plain=True)) == 1
    assert size(replace(spec, down=Rules(90.0, UNBOUNDED))) == 3


def test_a_scale_up_that_waits_holds_the_size_it_has() -> None:
    """The present size stays between the lowest and the highest recommendation of the windows."""
    spec = replace(FREE, up=Rules(60.0, UNBOUNDED), down=Rules(60.0, UNBOUNDED))
    held = look(spec, average(60.0), current=4, memory=past((30.0, 2)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (4, "ScaleUpStabilized")
    held = look(spec, average(20.0), current=4, memory=past((30.0, 9)))
    assert (held.desired, condition(held, "AbleToScale")[1]) == (4, "ScaleDownStabilized")


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
    memory = scaled(spec, HpaMemory(seen=True), 4, 7, NOW - 59)
    assert look(spec, average(900.0), current=7, memory=memory).desired == 8
    assert look(spec, average(900.0), current=7, memory=memory, now=NOW + 2).desired == 11


def test_a_policy_that_ends_at_the_minimum_is_told_as_the_minimum() -> None:
    spec = replace(behaved("scaleDown", [("Pods", 2, 60)]), min=2)
    result = look(spec, average(1.0), current=4)
    assert (result.desired, condition(result, "ScalingLimited")[1]) == (2, "TooFewReplicas")
    plain = HpaSpec(3, 100, plain=True)
    exact = look(plain, average(30.0), memory=HpaMemory(seen=True))
    assert (exact.desired, condition(exact, "ScalingLimited")[1]) == (3, "DesiredWithinRange")


def test_a_scale_down_limit_says_so() -> None:
    result = look(behaved("scaleDown", [("Pods", 1, 60)]), average(1.0), current=10)
    assert condition(result, "ScalingLimited") == ("True", "ScaleDownLimit")


def test_behavior_takes_the_api_s_defaults_where_it_is_silent() -> None:
    stated = rules({"scaleDown": {"stabilizationWindowSeconds": 60}}, "scaleDown")
    assert stated.policies == (Policy("Percent", 100, 15.0),)
    assert (stated.window_s, stated.tolerance, stated.ratio) == (60.0, None, 0.1)
    assert (rules(None, "scaleUp").window, rules(None, "scaleDown").window) == (0.0, 300.0)
    assert defaulted(None, "scaleDown") == {
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    }
    assert defaulted({"stabilizationWindowSeconds": 9, "tolerance": "10m"}, "scaleUp") == {
        "stabilizationWindowSeconds": 9,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
        "tolerance": "10m",
    }


def test_an_empty_behavior_is_filled_and_none_is_left_alone() -> None:
    assert not hpa_spec({"maxReplicas": 3, "behavior": {}}).plain
    assert hpa_spec({"maxReplicas": 3}).plain
    filled = defaulted_spec({"maxReplicas": 3, "behavior": {}})
    assert set(filled["behavior"]) == {"scaleUp", "scaleDown"}
    assert filled["minReplicas"] == 1
    assert filled["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
    assert "behavior" not in defaulted_spec({"maxReplicas": 3})
    assert defaulted_spec({"maxReplicas": 3, "minReplicas": 0})["minReplicas"] == 0


@pytest.mark.parametrize("tolerance", ["-1", "much", True])
def test_a_tolerance_that_is_none_is_refused(tolerance: object) -> None:
    with pytest.raises(ValueError, match="is no ratio"):
        rules({"scaleUp": {"tolerance": tolerance}}, "scaleUp")


def test_more_than_the_policies_allow_stays_as_it_is() -> None:
    up = behaved("scaleUp", [("Pods", 1, 60)])
    memory = HpaMemory((), (PastChange(NOW - 30, 5),), (), seen=True)
    assert look(up, average(900.0), current=10, memory=memory).desired == 10
    down = behaved("scaleDown", [("Pods", 1, 60)])
    memory = HpaMemory((), (), (PastChange(NOW - 30, 5),), seen=True)
    assert look(down, average(1.0), current=10, memory=memory).desired == 10
    older = HpaMemory((), (), (PastChange(NOW - 60, 5),), seen=True)
    assert look(down, average(1.0), current=10, memory=older).desired == 9


def test_the_first_of_several_failures_is_told() -> None:
    result = look(FREE, pods(None), average(None))
    assert "invalid metrics (2 invalid out of 2), first error is: failed to get pods metric" in (
        result.error
    )
    assert condition(result, "ScalingActive") == ("False", "FailedGetPodsMetric")
    other = look(FREE, average(None), pods(None))
    assert condition(other, "ScalingActive") == ("False", "FailedGetExternalMetric")
    assert other.error != result.error


def test_a_limit_that_is_the_maximum_is_told_as_the_maximum() -> None:
    spec = replace(behaved("up", [("Pods", 4, 15)]), max=8)
    result = look(spec, average(900.0), current=4)
    assert (result.desired, condition(result, "ScalingLimited")) == (8, ("True", "TooManyReplicas"))


def test_a_change_that_no_policy_needs_gives_its_place() -> None:
    spec = behaved("scaleUp", [("Pods", 4, 15), ("Pods", 4, 30)])
    memory = HpaMemory((), (PastChange(NOW - 31, 1), PastChange(NOW - 30, 2)), ())
    after = scaled(spec, memory, 4, 6, NOW)
    assert after.ups == (PastChange(NOW, 2, before=4), PastChange(NOW - 30, 2))
    down = behaved("scaleDown", [("Pods", 4, 15)])
    memory = HpaMemory((), (), (PastChange(NOW - 15, 1), PastChange(NOW - 16, 2, outdated=True)))
    after = scaled(down, memory, 6, 5, NOW)
    newest = PastChange(NOW, 1, before=6)
    assert after.downs == (PastChange(NOW - 15, 1), newest)
    assert scaled(down, HpaMemory(), 4, 4, NOW).downs == (PastChange(NOW, 0, before=4),)
    again = PastChange(NOW + 1, 2, before=5)
    assert scaled(down, after, 5, 3, NOW + 1).downs == (again, newest)


def test_what_is_just_within_the_limits_is_within_range() -> None:
    for queue, current, wanted in ((80.0, 4, 8), (20.0, 4, 2)):
        result = look(replace(FREE, min=2, max=8), average(queue), current=current)
        assert result.desired == wanted
        assert condition(result, "ScalingLimited") == ("False", "DesiredWithinRange")


def test_a_size_outside_the_limits_says_why_it_changes() -> None:
    spec = replace(FREE, min=2, max=6)
    high, low = look(spec, average(50.0), current=9), look(spec, average(50.0), current=1)
    assert high.events[0].message == (
        "New size: 6; reason: Current number of replicas above Spec.MaxReplicas"
    )
    assert low.events[0].message == (
        "New size: 2; reason: Current number of replicas below Spec.MinReplicas"
    )
    assert (high.wanted, high.proposals) == (None, ())
    assert high.condition("ScalingActive") is None


def test_at_its_maximum_or_minimum_the_metrics_are_asked() -> None:
    spec = replace(FREE, min=2, max=6)
    for current in (2, 6):
        result = look(spec, average(40.0), current=current)
        assert (result.desired, result.wanted) == (4, 4)


def test_what_is_refused_before_any_metric_is_a_failed_look() -> None:
    assert look(FREE, average(80.0), selector="").failed
    assert look(FREE, average(80.0), shared_with=("ns/a", "ns/b")).failed
    assert not look(FREE, average(80.0)).failed


def test_a_negative_proposal_can_be_the_highest() -> None:
    result = look(FREE, whole(-20.0), whole(-10.0))
    assert (result.wanted, result.desired) == (0, 1)
    assert result.winner is not None
    assert (result.winner.replicas, result.reason) == (-4, "All metrics below target")


@pytest.mark.parametrize(
    ("text", "thousandths", "canonical"),
    [
        ("500m", 500, "500m"),
        ("0.7", 700, "700m"),
        ("1500m", 1500, "1500m"),
        ("2k", 2_000_000, "2k"),
        ("1Ki", 1_024_000, "1024"),
        ("0.0001", 1, "1m"),
        ("-2", -2000, "-2"),
        ("0", 0, "0"),
        ("9223372036854775807", 2**63 - 1, "9223372036854775807m"),
        (3, 3000, "3"),
        (0.7, 700, "700m"),
    ],
)
def test_a_quantity_is_whole_thousandths_rounded_up(
    text: object, thousandths: int, canonical: str
) -> None:
    assert milli(text) == thousandths
    assert written(thousandths) == canonical


def test_what_is_no_quantity_has_no_thousandths() -> None:
    assert [milli(value) for value in ("x", None, True, "1x", "")] == [None] * 5
    assert quantity("1e999") is None


def test_a_measured_number_is_cut_to_thousandths() -> None:
    assert [truncated(value) for value in (1.2349, -1.2349, 1.001)] == [1234, -1234, 1000]
    lowest = -(2**63)
    assert [truncated(value) for value in (float("inf"), float("nan"), -1e300)] == [lowest] * 3
