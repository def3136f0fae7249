"""KEDA: activation, cooldown, fallback, pause, and the metrics that its HPA gets."""

from dataclasses import replace
from typing import Any

import pytest

from wvatui.core.rules.keda.keda import (
    KedaMemory,
    KedaOutcome,
    due,
    hpa_health,
    poll,
    request_scale,
)
from wvatui.core.rules.keda.keda_fallback import (
    MetricTarget,
    ServedMetric,
    TargetReplicas,
    TriggerHealth,
    fallback_milli,
    fallback_replicas,
    served,
    valid_fallback,
)
from wvatui.core.rules.keda.keda_prometheus import PrometheusQuery, prometheus_query
from wvatui.core.rules.keda.keda_serving import ServedMetrics, Trigger, TriggerState, serve
from wvatui.core.rules.keda.keda_spec import Fallback, KedaSpec, ScalingModifiers, keda_spec
from wvatui.core.rules.keda.keda_versions import RELEASES, keda_release

NOW = 10_000.0
UNREAD, QUIET, BUSY = Trigger(None, error="gone"), Trigger(0), Trigger(2000)
SECOND = "s1-prometheus"


def polled(
    spec: KedaSpec, *triggers: Trigger, current: int = 3, memory: KedaMemory | None = None
) -> KedaOutcome:
    """The outcome of a poll; without `memory`, long after the cooldown."""
    return poll(spec, triggers, current=current, memory=memory or KedaMemory(), now=NOW)


def told(outcome: KedaOutcome, kind: str) -> tuple[str, str]:
    return next((c.status, c.reason) for c in outcome.conditions if c.type == kind)


# --- the loop ----------------------------------------------------------------------------------


def test_with_every_trigger_read_and_quiet_it_goes_to_rest() -> None:
    resting = polled(KedaSpec(), QUIET)
    assert (resting.scale_to, resting.why) == (0, "idle")
    assert told(resting, "Active") == ("False", "ScalerNotActive")
    assert polled(KedaSpec(min=2), QUIET, current=1).scale_to == 2
    assert polled(KedaSpec(min=2), QUIET, current=2).scale_to is None
    assert polled(KedaSpec(), QUIET, current=0).scale_to is None


@pytest.mark.parametrize(
    ("spec", "current"),
    [(KedaSpec(), 3), (KedaSpec(idle=1, min=2), 3), (KedaSpec(min=2), 1), (KedaSpec(), 0)],
)
@pytest.mark.parametrize("triggers", [(UNREAD,), (QUIET, replace(UNREAD, metric=SECOND))])
def test_a_trigger_that_cannot_be_read_moves_nothing_where_there_is_no_fallback(
    spec: KedaSpec, current: int, triggers: tuple[Trigger, ...]
) -> None:
    found = polled(spec, *triggers, current=current)
    assert (found.active, found.scale_to, found.why) == (False, None, "unread")
    assert told(found, "Ready") == ("False", "TriggerError")
    assert found.memory.health == {}, "failures are counted for a fallback alone"


def test_a_failing_trigger_counts_as_active_once_its_fallback_stands_in() -> None:
    spec = KedaSpec(min=0, fallback=Fallback(4, 2))
    memory, active = KedaMemory(), []
    for trigger in (UNREAD, UNREAD, BUSY, UNREAD, UNREAD, UNREAD):
        found = polled(spec, trigger, memory=memory)
        memory = found.memory
        active.append((found.active, found.state.fallback, found.scale_to))
    held = (False, False, None)
    assert active == [held, held, (True, False, None), held, held, (True, True, None)]
    assert memory.health == {"s0-prometheus": TriggerHealth(3, True)}
    assert memory.active_at == NOW


def test_while_another_trigger_fails_the_time_of_activity_is_not_renewed() -> None:
    memory = KedaMemory(active_at=NOW - 100)
    half = polled(KedaSpec(), UNREAD, replace(BUSY, metric=SECOND), memory=memory)
    assert (half.active, half.memory.active_at) == (True, NOW - 100)
    assert told(half, "Ready") == ("Unknown", "PartialTriggerError")
    woken = polled(KedaSpec(), UNREAD, replace(BUSY, metric=SECOND), current=0, memory=memory)
    assert (woken.scale_to, woken.memory.active_at) == (1, NOW)
    assert told(woken, "Ready") == ("True", "ScaledObjectReady")


def test_a_fallback_of_0_replicas_lets_it_go_to_rest_while_nothing_can_be_read() -> None:
    assert polled(KedaSpec(fallback=Fallback(0, 3)), UNREAD).scale_to == 0
    assert polled(KedaSpec(fallback=Fallback(1, 3)), UNREAD).scale_to is None


def test_a_trigger_wakes_only_above_its_activation_and_goes_to_the_minimum() -> None:
    spec = KedaSpec(min=2)
    quiet = Trigger(5000, activation=5000)
    assert polled(spec, quiet, current=0).scale_to == 2
    assert polled(KedaSpec(), quiet, current=0).scale_to is None
    assert polled(KedaSpec(), Trigger(5001, activation=5000), current=0).scale_to == 1
    assert polled(spec, Trigger(9000), current=1).scale_to is None, "above 0 the HPA decides"
    idling = replace(spec, idle=1)
    assert polled(idling, Trigger(9000), current=1).scale_to == 2
    assert polled(idling, Trigger(9000), current=2).scale_to is None


def test_it_rests_only_after_the_cooldown_since_it_was_last_active() -> None:
    spec, memory = KedaSpec(cooldown_s=300), KedaMemory(active_at=NOW - 300)
    cooling = polled(spec, QUIET, memory=memory)
    assert (cooling.scale_to, cooling.why, cooling.until) == (None, "cooldown", NOW)
    assert told(cooling, "Active") == ("False", "ScalerCooldown")
    memory = KedaMemory(active_at=NOW - 301)
    assert polled(spec, QUIET, memory=memory).scale_to == 0
    assert polled(KedaSpec(idle=1, min=3), QUIET, memory=memory).scale_to == 1
    assert polled(KedaSpec(idle=1, min=3), QUIET, current=1, memory=memory).scale_to is None
    assert polled(KedaSpec(min=1), QUIET, memory=memory).scale_to is None, "the HPA holds its min"


def test_an_object_that_was_never_active_rests_after_its_initial_cooldown() -> None:
    spec, young = KedaSpec(initial_cooldown_s=60), KedaMemory(created_at=NOW - 60)
    assert polled(spec, QUIET, memory=young).why == "cooldown"
    assert polled(spec, QUIET, memory=KedaMemory(created_at=NOW - 61)).scale_to == 0
    assert polled(KedaSpec(), QUIET, memory=KedaMemory(created_at=NOW - 1)).scale_to == 0


def test_it_polls_at_its_interval() -> None:
    spec = KedaSpec(polling_s=30)
    memory = polled(spec, QUIET).memory
    assert due(spec, KedaMemory(), NOW)
    assert not due(spec, memory, NOW + 29)
    assert due(spec, memory, NOW + 30)


# --- annotations -------------------------------------------------------------------------------


def noted(**notes: str) -> KedaSpec:
    keys = {f"autoscaling.keda.sh/{key.replace('_', '-')}": text for key, text in notes.items()}
    return keda_spec({"minReplicaCount": 0}, keys)


@pytest.mark.parametrize("text", ["true", "yes", "1", ""])
def test_paused_nothing_moves(text: str) -> None:
    held = polled(noted(paused=text), BUSY, current=0)
    assert (held.scale_to, held.why) == (None, "paused")
    assert told(held, "Paused") == ("True", "ScaledObjectPaused")


def test_paused_at_a_number_wins_over_paused_false() -> None:
    spec = noted(paused="false", paused_replicas="2")
    assert (spec.is_paused, spec.paused, spec.paused_at) == (True, False, 2)
    assert not noted(paused="false").is_paused
    assert not noted(paused_replicas="two").is_paused


def test_one_direction_can_be_paused() -> None:
    asleep = polled(noted(paused_scale_out="true"), BUSY, current=0)
    assert (asleep.scale_to, asleep.memory.active_at) == (None, None)
    assert told(asleep, "Active") == ("True", "ScalerActive")
    assert polled(noted(paused_scale_out="true"), BUSY).memory.active_at == NOW
    assert polled(noted(paused_scale_in="true"), QUIET).scale_to is None
    assert polled(noted(paused_scale_in="true"), BUSY, current=0).scale_to == 1


def test_forced_activation_wakes_without_a_trigger_and_says_so() -> None:
    forced = polled(noted(force_activation="true"), QUIET, current=0)
    assert (forced.scale_to, forced.memory.active_at) == (1, NOW)
    assert "forced by annotation" in forced.conditions[1].message


def test_a_scale_that_cannot_be_written_is_an_error_of_the_object() -> None:
    def refused(spec: KedaSpec, active: bool, current: int) -> KedaOutcome:
        return request_scale(
            spec,
            TriggerState(active),
            current=current,
            memory=KedaMemory(active_at=1.0),
            now=NOW,
            update_error="denied",
        )

    waking, resting = refused(KedaSpec(), True, 0), refused(KedaSpec(), False, 2)
    assert told(waking, "Ready") == ("False", "ErrorScalingTarget")
    assert waking.conditions[0].message == "error activating ScaleTarget: denied"
    assert waking.memory.active_at == 1.0
    assert resting.conditions[0].message == "error deactivating ScaleTarget: denied"
    assert told(refused(KedaSpec(), True, 2), "Ready") == ("True", "ScaledObjectReady")


# --- the fallback ------------------------------------------------------------------------------


def one(spec: KedaSpec, value: int | None, failures: int = 0, **more: Any) -> ServedMetric:
    health = {"s0": TriggerHealth(failures, True)} if failures else {}
    target = more.pop("target", MetricTarget("AverageValue", 700))
    replicas = more.pop("replicas", TargetReplicas(7, 7))
    return served(spec, "s0", target, value, health, replicas, error="gone", **more)


def test_failures_are_counted_until_there_are_more_than_the_threshold() -> None:
    spec = KedaSpec(fallback=Fallback(3, 3))
    third = one(spec, None, 2)
    assert (third.milli, third.error, third.fallback, third.falling) == (None, "gone", False, False)
    assert third.health == {"s0": TriggerHealth(3, True)}
    fourth = one(spec, None, 3)
    assert (fourth.milli, fourth.fallback, fourth.falling, fourth.error) == (2100, True, True, "")
    good = one(spec, 5, 9)
    assert (good.milli, good.health, good.falling) == (5, {"s0": TriggerHealth()}, False)


def test_another_trigger_that_falls_back_keeps_the_condition() -> None:
    spec = KedaSpec(fallback=Fallback(3, 3))
    health = {"s1": TriggerHealth(4, True), "s2": TriggerHealth(9, False)}
    result = served(spec, "s0", MetricTarget(), 5, health, TargetReplicas())
    assert result.falling
    recovered = {"s2": TriggerHealth(9, False), "s1": TriggerHealth(3, True)}
    assert not served(spec, "s0", MetricTarget(), 5, recovered, TargetReplicas()).falling


def test_without_a_valid_fallback_nothing_is_counted() -> None:
    plain = one(KedaSpec(), None, 9)
    assert (plain.milli, plain.error, plain.falling) == (None, "gone", None)
    assert plain.health == {"s0": TriggerHealth(9, True)}
    assert one(KedaSpec(), 5, 9).health == {"s0": TriggerHealth(9, True)}
    assert valid_fallback(KedaSpec(fallback=Fallback(-1, 0)), MetricTarget()) is None
    assert valid_fallback(KedaSpec(fallback=Fallback(1, -1)), MetricTarget()) is None
    assert valid_fallback(KedaSpec(fallback=Fallback(0, 0)), MetricTarget()) is not None
    assert valid_fallback(KedaSpec(fallback=Fallback(1, 1)), MetricTarget("Utilization")) is None


@pytest.mark.parametrize(
    ("target", "valid"), [("1", True), ("12", True), ("0.5", False), ("0", False), ("", False)]
)
def test_with_a_formula_the_fallback_needs_a_whole_target(target: str, valid: bool) -> None:
    spec = KedaSpec(fallback=Fallback(1, 1), modifiers=ScalingModifiers("a", target))
    assert (valid_fallback(spec, MetricTarget()) is not None) == valid


@pytest.mark.parametrize(
    ("behavior", "replicas"),
    [
        ("static", (4, 4)),
        ("currentReplicas", (7, 2)),
        ("currentReplicasIfHigher", (7, 4)),
        ("currentReplicasIfLower", (4, 2)),
        ("scalingModifiers", (4, 4)),
    ],
)
def test_a_fallback_may_heed_the_replicas_there_are(
    behavior: str, replicas: tuple[int, int]
) -> None:
    fallback = Fallback(4, 0, behavior)
    assert (fallback_replicas(fallback, 7), fallback_replicas(fallback, 2)) == replicas
    assert fallback_replicas(fallback, 7, RELEASES["2.16"]) == 4


def test_the_value_served_is_cut_to_thousandths_and_before_2_17_its_target_to_whole_numbers() -> (
    None
):
    spec = KedaSpec(fallback=(back := Fallback(3, 0)))
    replicas, target = TargetReplicas(5, 4), MetricTarget("AverageValue", 700)
    assert fallback_milli(spec, back, target, replicas) == 2100
    assert fallback_milli(spec, back, target, replicas, RELEASES["2.16"]) == 0
    whole = MetricTarget("Value", 700)
    assert fallback_milli(spec, back, whole, replicas) == 525
    assert fallback_milli(spec, back, whole, TargetReplicas(5, 0)) is None
    assert one(spec, None, target=whole, replicas=TargetReplicas(5, 0)).error == (
        "error performing fallback"
    )
    composite = replace(spec, modifiers=ScalingModifiers("a", "2"))
    assert fallback_milli(composite, back, target, replicas) == 6000
    assert valid_fallback(spec, whole, RELEASES["2.16"]) is None


def test_a_formula_s_own_fallback_serves_a_placeholder_for_the_trigger() -> None:
    spec = KedaSpec(fallback=Fallback(3, 0, "scalingModifiers"))
    result = one(spec, None)
    assert (result.milli, result.fallback, result.falling) == (-1000, False, True)


def test_versions_have_their_row_and_others_the_nearest() -> None:
    assert keda_release("v2.17.2") == (RELEASES["2.17"], False)
    assert keda_release("2.9.0") == (RELEASES["2.16"], True)
    assert keda_release("1.5.0") == (RELEASES["2.16"], True)
    assert keda_release("2.30.0") == (RELEASES["2.21"], True)
    assert keda_release("") == (RELEASES["2.21"], True)
    assert [r.name for r in RELEASES.values() if r.own_formula] == ["2.20", "2.21"]


# --- what the HPA is served --------------------------------------------------------------------

A, B = Trigger(3000, "s0-prometheus", "a"), Trigger(4000, SECOND, "b")


def formula(text: str, target: str = "1", **more: Any) -> KedaSpec:
    return KedaSpec(modifiers=ScalingModifiers(text, target, more.pop("activation", "")), **more)


def answered(spec: KedaSpec, *triggers: Trigger, failures: int = 0) -> ServedMetrics:
    health = {t.metric: TriggerHealth(failures, True) for t in triggers if t.value is None}
    return serve(spec, triggers, health if failures else {}, TargetReplicas(4, 4))


def test_without_a_formula_each_trigger_is_served_by_itself() -> None:
    assert answered(KedaSpec(), A, B).values == {"s0-prometheus": 3000, SECOND: 4000}
    failing = answered(KedaSpec(), replace(A, value=None))
    assert failing.error == "metric:s0-prometheus encountered error"


def test_with_a_formula_one_value_is_served() -> None:
    assert answered(formula("a + b"), A, B).values == {"composite-metric": 7000}
    assert answered(formula("a / 3 / 1.7"), A).values == {"composite-metric": 588}
    failing = answered(formula("a ?? b"), replace(A, value=None), B)
    assert failing.error == "metric:composite-metric encountered error"


def test_a_static_fallback_stands_in_for_the_whole_formula() -> None:
    spec = formula("a ?? b", "2", fallback=Fallback(3, 1))
    gone = answered(spec, replace(A, value=None), B, failures=1)
    assert (gone.values, gone.fallback) == ({"composite-metric": 6000}, True)


def test_a_formula_that_handles_failures_itself_gets_nil_for_the_trigger() -> None:
    spec = formula("a ?? b", "2", fallback=Fallback(3, 1, "scalingModifiers"))
    assert answered(spec, replace(A, value=None), B, failures=1).values == {
        "composite-metric": 4000
    }
    both = answered(spec, replace(A, value=None), replace(B, value=None), failures=1)
    assert both.values == {"composite-metric": 6000}, "nil in all is three replicas of 2"
    arithmetic = formula("a + b", "2", fallback=Fallback(3, 1, "scalingModifiers"))
    broken = answered(arithmetic, replace(A, value=None), B, failures=1)
    assert (broken.values, broken.error) == ({}, "")
    assert "<nil> + float64" in broken.formula_error


def test_with_a_formula_activity_is_that_of_its_value() -> None:
    spec = formula("a + b", activation="7")
    busy = replace(A, activation=0)
    assert not polled(spec, busy, B, current=0).active, "each alone is above its activation"
    assert polled(spec, replace(A, value=3002), B, current=0).scale_to == 1
    failing = polled(formula("a ?? b"), replace(A, value=None), B)
    assert (failing.active, failing.state.failed) == (False, True)


def test_a_sleeping_hpa_is_healthy_and_a_failing_one_is_not() -> None:
    assert hpa_health("True", "ValidMetricFound", "").reason == "HPAActive"
    asleep = hpa_health("False", "ScalingDisabled", "zero")
    assert (asleep.status, asleep.message) == ("True", "zero")
    failing = hpa_health("False", "FailedGetExternalMetric", "gone")
    assert (failing.status, failing.message) == ("False", "HPA is not actively scaling: gone")
    bare = hpa_health("False", "", "")
    assert (bare.reason, bare.message) == (
        "HPAMetricsUnavailable",
        "HPA is not actively scaling: unable to compute replica count",
    )


def test_a_scaled_object_takes_keda_s_defaults_where_it_is_silent() -> None:
    spec = keda_spec({})
    assert (spec.min, spec.max, spec.idle, spec.cooldown_s, spec.polling_s) == (
        *(0, 100, None),
        *(300.0, 30.0),
    )
    stated = keda_spec({"maxReplicaCount": 0, "cooldownPeriod": 0, "pollingInterval": 0})
    assert (stated.max, stated.cooldown_s, stated.polling_s) == (0, 0.0, 0.0)
    assert keda_spec({"fallback": {"replicas": 2}}).fallback == Fallback(2, 0, "static")


def test_a_prometheus_answer_without_an_element_counts_as_zero_unless_it_is_told_not_to() -> None:
    lenient = prometheus_query({"type": "prometheus", "metadata": {"query": " sum(q) "}})
    assert lenient == PrometheusQuery("sum(q)")
    metadata = {"query": "q", "ignoreNullValues": "false"}
    strict = prometheus_query({"type": "prometheus", "metadata": metadata})
    assert strict == PrometheusQuery("q", empty_is_zero=False)
    for values in ([], [float("nan")], [float("inf")]):
        assert lenient.read(values) == 0.0
        with pytest.raises(ValueError, match="the query gives"):
            strict.read(values)
    assert strict.read([2.5]) == 2.5
    with pytest.raises(ValueError, match="gives 2 series"):
        lenient.read([1.0, 2.0])
    assert prometheus_query({"type": "cron", "metadata": {"query": "q"}}) is None
