"""What KEDA does with a ScaledObject, as known from the object and the status of its HPA."""

from typing import Any

from wvatui.core import events as ev
from wvatui.core.decisions.keda.account import (
    KedaAccount,
    KedaNow,
    TriggerReading,
    keda_account,
)
from wvatui.core.decisions.keda.words import keda_data, keda_lines
from wvatui.core.lines import rfc3339
from wvatui.core.rules.keda.keda_made import made_spec
from wvatui.core.rules.keda.keda_versions import RELEASES
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.scaled_object import decode_scaled_object

NOW = rfc3339("2026-09-01T08:00:00Z") or 0.0
GUARD = "max(queue, running / 16)"


def clock(at: float) -> str:
    return f"+{at - NOW:g} s"


def scaled(
    notes: dict[str, str] | None = None, status: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    triggers = [
        {
            "type": "prometheus",
            "name": name,
            "metadata": {"query": f"sum({name})", "threshold": threshold},
        }
        for name, threshold in (("queue", "1"), ("running", "16"))
    ]
    return {
        "metadata": {"name": "so", "namespace": "ns", "annotations": notes or {}},
        "spec": {"scaleTargetRef": {"name": "d"}, "minReplicaCount": 1, "triggers": triggers}
        | spec,
        "status": status or {},
    }


def now(obj: dict[str, Any], *averages: str, replicas: int = 3, **more: Any) -> KedaNow:
    made = made_spec(obj)
    shown = [
        {"type": "External", "external": {"current": {"averageValue": average}}}
        for average in averages
    ]
    hpa = decode_autoscaler(
        {
            "metadata": {"name": "h", "namespace": "ns"},
            "spec": made,
            "status": {"currentReplicas": replicas, "currentMetrics": shown},
        },
        NOW,
    )
    target = ev.Workload(
        NOW, kind="Deployment", name="d", namespace="ns", spec=replicas, replicas=replicas
    )
    return KedaNow(NOW, decode_scaled_object(obj, NOW), hpa, target, **more)


def told(sight: KedaNow) -> list[str]:
    return list(keda_lines(sight, keda_account(sight), clock))


def account(obj: dict[str, Any], *averages: str, **more: Any) -> KedaAccount:
    return keda_account(now(obj, *averages, **more))


def test_a_trigger_is_told_with_value_source_threshold_and_activation() -> None:
    lines = told(now(scaled(), "667m", "24667m"))
    assert lines[:4] == [
        "trigger queue (s0-prometheus): 2, from the HPA's status: 0.667 a replica × 3,"
        " threshold 1 a replica, active above 0: active",
        "    asks sum(queue)",
        "trigger running (s1-prometheus): 74, from the HPA's status: 24.667 a replica × 3,"
        " threshold 16 a replica, active above 0: active",
        "    asks sum(running)",
    ]


def test_an_activity_that_the_value_beside_it_contradicts_is_of_another_look() -> None:
    lines = told(
        now(scaled(status={"triggersActivity": {"s0-prometheus": {"isActive": True}}}), "0")
    )
    assert lines[0].endswith("active above 0: active by KEDA's status, which is of another look")


def test_a_formula_is_told_with_the_values_that_are_known_and_what_was_served() -> None:
    modifiers = {"scalingModifiers": {"formula": GUARD, "target": "1"}}
    unknown = account(scaled(advanced=modifiers), "1667m")
    assert unknown.formula is not None
    assert (unknown.formula.terms, unknown.formula.served.milli) == ((), 5000)
    readings = {
        "s0-prometheus": TriggerReading(2000, "the external metrics API, now"),
        "s1-prometheus": TriggerReading(74_000, "the external metrics API, now"),
    }
    lines = told(now(scaled(advanced=modifiers), "1667m", readings=readings))
    assert "    max(queue, running / 16) = max(2, 74 / 16) = 4.625" in lines
    assert "    the HPA was served 5 (from the HPA's status: 1.667 a replica × 3)" in lines
    apart = "    does not agree: worked out here 4.625 (5 replicas), KEDA served 5 (5 replicas);"
    assert apart in lines
    assert "trigger queue (s0-prometheus): 2, from the external metrics API, now" in lines


def test_a_formula_names_the_trigger_that_drives_it() -> None:
    """It is the trigger without which the result would be lowest."""

    def drives(formula: str, queue: int, running: int) -> tuple[str, float | None]:
        readings = {
            "s0-prometheus": TriggerReading(queue * 1000, "a page"),
            "s1-prometheus": TriggerReading(running * 1000, "a page"),
        }
        advanced = {"scalingModifiers": {"formula": formula, "target": "1"}}
        made = account(scaled(advanced=advanced), "1", readings=readings).formula
        assert made is not None
        return made.driver, made.without

    assert drives(GUARD, 2, 74) == ("running", 2.0)
    assert drives(GUARD, 9, 74) == ("queue", 4.625)
    assert drives("queue + running / 16", 12, 16) == ("queue", 1.0)
    assert drives("queue / running", 12, 4) == ("queue", 0.0)
    assert drives(GUARD, 0, 0) == ("", None), "neither lowers it"
    assert drives("8 - queue", 3, 9) == ("", None)


def test_failures_the_fallback_and_that_it_is_served_are_told() -> None:
    health = {"s0-prometheus": {"numberOfFailures": 4, "status": "Failing"}}
    falling = [{"type": "Fallback", "status": "True", "reason": "FallbackExists"}]
    back = {"replicas": 2, "failureThreshold": 3}
    lines = told(now(scaled(status={"health": health, "conditions": falling}, fallback=back), "1"))
    assert "    cannot be read, 4 times in a row" in lines
    assert "fallback of 2 replicas (static) after more than 3 failures in a row: is served now" in (
        lines
    )
    assert "no fallback: while a trigger cannot be read, nothing scales down" in told(now(scaled()))


def test_failures_that_nothing_counts_are_not_none() -> None:
    failing = now(scaled(status={"health": {"s0-prometheus": {"status": "Failing"}}}))
    assert "    cannot be read, how often in a row is not known" in told(failing)
    data = keda_data(failing, keda_account(failing), clock, clock)
    assert [(each["failing"], each["failures"]) for each in data["triggers"]] == [
        (True, None),
        (False, None),
    ]


def test_a_fallback_that_the_formula_s_target_disables_is_told() -> None:
    modifiers = {"scalingModifiers": {"formula": "queue", "target": "0.5"}}
    back = {"replicas": 2, "failureThreshold": 3}
    lines = told(now(scaled(advanced=modifiers, fallback=back)))
    assert (
        "the fallback does not count: KEDA wants a formula's target to be a whole number" in lines
    )


def test_a_cooldown_is_told_with_its_end() -> None:
    resting = {
        "lastActiveTime": "2026-09-01T07:58:00Z",
        "conditions": [{"type": "Active", "status": "False", "reason": "ScalerCooldown"}],
    }
    lines = told(now(scaled(status=resting, minReplicaCount=0), "0", "0"))
    assert "no trigger is active: to 0 once the cooldown is over at +180 s" in lines
    kept = told(now(scaled(status=resting), "0", "0"))
    assert (
        "no trigger is active: KEDA itself changes nothing, 1 to the maximum is the HPA's" in kept
    )
    asleep = told(now(scaled(status=resting, minReplicaCount=0), replicas=0))
    assert "asleep: an active trigger wakes it to 1" in asleep


def test_who_reads_and_how_often_is_told_by_release() -> None:
    plain = scaled(pollingInterval=5)
    assert any("pollingInterval 5 s has no effect" in line for line in told(now(plain)))
    older = told(now(plain, release=RELEASES["2.20"]))
    assert "KEDA asks every 5 s whether it is active; the HPA reads by itself, every 15 s" in older


def test_a_pause_is_told_with_what_it_does() -> None:
    prefix = "autoscaling.keda.sh/"
    lines = told(now(scaled({f"{prefix}paused-replicas": "4"})))
    assert "paused by annotation at 4 replicas: its HPA is deleted, nothing scales" in lines
    held = told(now(scaled({f"{prefix}paused-scale-in": "true"})))
    named = "scaling in is paused by annotation autoscaling.keda.sh/paused-scale-in"
    assert f"{named}: the HPA's scaleDown is Disabled" in held
