"""Traps of HPAs and ScaledObjects: each finding is provoked, ends with its cause, and is absent
where all is well."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.decisions.watched import asked, behavior, metric
from tests.core.queries.few_pods import NAMESPACE, START, look
from tests.findings.test_complaints import REPLICA, rule
from wvatui.core import events as ev
from wvatui.core.findings import RULES
from wvatui.core.rules.keda.keda_made import NAME_LABEL
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.scaled_object import decode_scaled_object
from wvatui.sources.objects.workload import decode_deployment

SUM = "sum(vllm:num_requests_running) or vector(0)"
MOST = 'max(llm_d_epp_flow_control_pool_saturation{inference_pool="p"})'
GUARD = "demand <= replicas ? demand : max(demand - (pending ?? 0), replicas)"


def scaled(
    *queries: str, at: float = 1.0, names: str = "", kind: str = "", **spec: Any
) -> ev.ScaledObject:
    called = names.split() or [f"t{n}" for n in range(len(queries))]
    triggers = [
        {
            "type": "prometheus",
            "name": name,
            "metadata": {"query": query, "threshold": "0.7"},
        }
        | ({"metricType": kind} if kind else {})
        for name, query in zip(called, queries, strict=True)
    ]
    meta = {"name": "so", "namespace": NAMESPACE}
    whole = {"scaleTargetRef": {"name": "qwen"}, "minReplicaCount": 1, "triggers": triggers} | spec
    return decode_scaled_object({"metadata": meta, "spec": whole}, START + at)


def hpa(spec: dict[str, Any], at: float = 1.0, **status: Any) -> ev.Autoscaler:
    meta = {"name": "qwen-hpa", "namespace": NAMESPACE}
    whole = spec | {"scaleTargetRef": {"kind": "Deployment", "name": "qwen"}}
    return decode_autoscaler({"metadata": meta, "spec": whole, "status": status}, START + at)


def modified(formula: str = GUARD, target: str = "1", **fallback: Any) -> dict[str, Any]:
    modifiers = {"formula": formula, "target": target}
    return {"advanced": {"scalingModifiers": modifiers}, "fallback": fallback}


def title(rule_id: str, *events: ev.Event) -> str:
    findings = rule(rule_id, *events)
    assert all(each.evidence and each.advice for each in findings)
    return findings[0].title if findings else ""


@pytest.mark.parametrize(
    ("query", "word"),
    [
        (MOST, "maximum"),
        (f"{MOST} or vector(0)", "maximum"),
        ("avg(vllm:kv_cache_usage_perc) / 2", "mean"),
        ("quantile(0.9, vllm:kv_cache_usage_perc)", "quantile"),
    ],
)
def test_one_value_for_the_pool_against_an_average_is_named(query: str, word: str) -> None:
    told = title("pool-maximum", scaled(query))
    assert told.startswith("trigger t0 of ScaledObject so asks for ceil(value / 0.7) replicas")
    assert f"of a {word} over the pool" in told


@pytest.mark.parametrize(
    "good",
    [
        scaled(SUM),
        scaled(MOST, kind="Value"),
        scaled("max(wva_desired_replicas)"),
        scaled("max(x) by (pod)"),
        scaled(MOST, names="a", **modified("a")),
        scaled("max("),
    ],
)
def test_a_sum_a_value_target_and_a_number_of_replicas_are_no_pool_maximum(
    good: ev.ScaledObject,
) -> None:
    assert title("pool-maximum", good) == ""


def test_a_pool_maximum_ends_with_its_cause() -> None:
    assert title("pool-maximum", scaled(MOST), scaled(SUM, at=30)) == ""


def test_a_static_fallback_beside_a_formula_is_named_with_its_size() -> None:
    names = "demand replicas pending"
    static = modified(replicas=1, failureThreshold=3)
    told = title("formula-fallback", scaled(SUM, SUM, SUM, names=names, **static))
    assert told == (
        "ScaledObject so goes to 1 replica while any of its 3 triggers cannot be read: the fallback"
        " stands in for the whole formula"
    )
    for kept in ("scalingModifiers", "currentReplicasIfHigher", "currentReplicas"):
        good = modified(replicas=1, failureThreshold=3, behavior=kept)
        assert title("formula-fallback", scaled(SUM, SUM, SUM, names=names, **good)) == ""


def test_a_fallback_that_a_formula_s_target_disables_is_named() -> None:
    unheeded = modified("a", "0.5", replicas=2, failureThreshold=3)
    told = title("formula-fallback", scaled(SUM, names="a", **unheeded))
    assert "its fallback does not count, the target 0.5 of its formula" in told
    good = modified("a", "2", replicas=2, failureThreshold=3)
    assert title("formula-fallback", scaled(SUM, names="a", **good)) == ""


def test_a_fallback_of_no_replicas_is_named() -> None:
    none = {"replicas": 0, "failureThreshold": 3}
    asleep = scaled(SUM, minReplicaCount=0, fallback=none)
    assert "goes down to 0 while its triggers cannot be read" in title("fallback-zero", asleep)
    assert "goes down to 1 while" in title("fallback-zero", scaled(SUM, fallback=none))
    assert title("fallback-zero", scaled(SUM, fallback=none | {"replicas": 1})) == ""
    assert title("fallback-zero", scaled(SUM)) == ""


def test_a_polling_interval_that_nothing_goes_by_is_named() -> None:
    told = title("polling-interval", scaled(SUM, pollingInterval=5))
    assert "pollingInterval 5 makes nothing faster since KEDA 2.21" in told
    for good in (
        scaled(SUM, pollingInterval=15),
        scaled(SUM, pollingInterval=5, minReplicaCount=0),
        scaled(SUM, pollingInterval=5, idleReplicaCount=0),
        scaled(SUM, names="a", pollingInterval=5, **modified("a")),
        scaled(SUM),
    ):
        assert title("polling-interval", good) == ""


def test_an_hpa_that_leaps_without_a_behavior_is_named() -> None:
    told = title("no-behavior", hpa(asked(), currentReplicas=3, desiredReplicas=6))
    assert told == (
        "HPA qwen-hpa states no behavior: it goes from 3 to 6 in one look, and may come down all"
        " at once"
    )
    for good in (
        hpa(asked(behavior=behavior()), currentReplicas=3, desiredReplicas=6),
        hpa(asked(), currentReplicas=3, desiredReplicas=4),
        hpa(asked(), currentReplicas=3, desiredReplicas=3),
        hpa(asked(), currentReplicas=6, desiredReplicas=3),
    ):
        assert title("no-behavior", good) == ""


def test_two_hpas_on_the_same_pods_are_named() -> None:
    said = {
        "type": "ScalingActive",
        "status": "False",
        "reason": "AmbiguousSelector",
        "message": "pods by selector app=qwen are controlled by more than one HPA",
    }
    assert "are counted by another HPA too" in title("shared-pods", hpa(asked(), conditions=[said]))
    fine = said | {"status": "True", "reason": "ValidMetricFound"}
    assert title("shared-pods", hpa(asked(), conditions=[fine])) == ""


def deployment(replicas: int) -> ev.Workload:
    obj = {
        "metadata": {"name": "qwen", "namespace": NAMESPACE},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "qwen"}}},
        "status": {"replicas": replicas, "readyReplicas": replicas},
    }
    return decode_deployment(obj, START)


def near(replicas: int, total: int, own: str = "") -> ev.Autoscaler:
    """An HPA that keeps `replicas` although its metric is `total` times the target."""
    brakes = behavior()
    if own:
        brakes["scaleUp"]["tolerance"] = own
    average = -(-total * 1000 // replicas)
    current = {"averageValue": f"{average}m"}
    shown = {"type": "External", "external": {"metric": {"name": "queue"}, "current": current}}
    words = "the HPA was able to successfully calculate a replica count from external metric"
    conditions = [
        ("AbleToScale", "ReadyForNewScale", "recommended size matches current size"),
        ("ScalingActive", "ValidMetricFound", f"{words} queue(nil)"),
    ]
    return hpa(
        asked(metric(), behavior=brakes, high=40),
        currentReplicas=replicas,
        desiredReplicas=replicas,
        currentMetrics=[shown],
        conditions=[
            {"type": kind, "status": "True", "reason": reason, "message": message}
            for kind, reason, message in conditions
        ],
    )


def test_one_replica_that_the_tolerance_swallows_is_named_from_10_on() -> None:
    assert title("tolerance", deployment(10), near(10, 11)) == (
        "HPA qwen-hpa stays at 10 although its metrics come to 11: the difference is within its"
        " tolerance"
    )
    assert "come to 19" in title("tolerance", deployment(20), near(20, 19))
    assert "come to 31" in title("tolerance", deployment(30), near(30, 31))
    assert title("tolerance", deployment(10), near(10, 10)) == ""
    assert title("tolerance", deployment(9), near(9, 9)) == ""


NOW_FAILING = (
    {"type": "Fallback", "status": "True", "reason": "FallbackExists"},
    {"type": "Ready", "status": "Unknown", "reason": "PartialTriggerError"},
    {"type": "Ready", "status": "False", "reason": "TriggerError"},
)
ADVICE: tuple[tuple[str, tuple[ev.Event, ...]], ...] = (
    ("pool-maximum", (scaled(MOST),)),
    ("polling-interval", (scaled(SUM, pollingInterval=5),)),
    ("no-behavior", (hpa(asked(), currentReplicas=3, desiredReplicas=6),)),
    ("tolerance", (deployment(10), near(10, 11))),
)
WHILE_UNREADABLE = (
    ("fallback-zero", {"fallback": {"replicas": 0, "failureThreshold": 3}}),
    ("formula-fallback", modified("t0 + t1", replicas=1, failureThreshold=3)),
    ("formula-fallback", modified("t0 + t1", "0.5", replicas=2, failureThreshold=3)),
)


@pytest.mark.parametrize(("rule_id", "events"), ADVICE, ids=lambda each: str(each)[:20])
def test_a_setting_that_hurts_nobody_now_is_advice(
    rule_id: str, events: tuple[ev.Event, ...]
) -> None:
    [finding] = rule(rule_id, *events)
    assert (finding.severity, finding.is_trouble) == ("advice", False)


@pytest.mark.parametrize(("rule_id", "spec"), WHILE_UNREADABLE, ids=str)
def test_a_fallback_that_is_not_what_was_meant_is_a_warning_while_a_trigger_cannot_be_read(
    rule_id: str, spec: dict[str, Any]
) -> None:
    calm = scaled(SUM, SUM, **spec)
    assert [found.severity for found in rule(rule_id, calm)] == ["advice"]
    for condition in NOW_FAILING:
        failing = replace(calm, conditions=(ev.Condition(**condition),))
        assert [found.severity for found in rule(rule_id, failing)] == ["warning"]
        assert [found.severity for found in rule(rule_id, failing, calm)] == ["advice"]


def test_every_trap_is_advice_or_blocks() -> None:
    known = {"shared-pods", *dict(ADVICE), *dict(WHILE_UNREADABLE)}
    assert {row.id for row in RULES if ".traps." in row.find.__module__} == known


def load(*stages_s: float, status: str = "running") -> ev.Job:
    stages = tuple(ev.Stage(start_s=0.0, duration_s=length) for length in stages_s)
    return ev.Job(START + 1, name="steps", namespace=NAMESPACE, status=status, stages=stages)


def test_a_window_that_is_longer_than_a_stage_of_the_load_is_named() -> None:
    slow = hpa(asked(behavior=behavior(up_s=300)))
    told = title("long-window", slow, load(120, 600))
    assert "its window of 300 s on the way up is longer than a stage of 120 s" in told
    for good in (load(400, 600), load(60), load(60, 60, status="succeeded")):
        assert title("long-window", slow, good) == ""
    assert title("long-window", hpa(asked(behavior=behavior(up_s=60))), load(90, 90)) == ""


def reading(value: str, made: str = "so") -> ev.Autoscaler:
    """The HPA that KEDA made of `so`, with the `value` that it has read."""
    identity = {"name": "s0-prometheus"}
    target = {"type": "AverageValue", "averageValue": "700m"}
    row = {"type": "External", "external": {"metric": identity, "target": target}}
    current = {"metric": identity, "current": {"averageValue": value}}
    shown = {"type": "External", "external": current}
    obj = {
        "metadata": {"name": "qwen-hpa", "namespace": NAMESPACE, "labels": {NAME_LABEL: made}},
        "spec": asked(row, behavior=behavior())
        | {"scaleTargetRef": {"kind": "Deployment", "name": "qwen"}},
        "status": {"currentReplicas": 2, "currentMetrics": [shown]},
    }
    return decode_autoscaler(obj, START + 1)


def test_a_query_that_reads_0_while_pods_are_busy_is_named() -> None:
    busy = [look(REPLICA, at, running=4) for at in range(0, 150, 2)]
    so = scaled(SUM)
    [finding] = rule("empty-query", so, reading("0"), *busy, now=149)
    assert finding.title.startswith(
        "trigger t0 of ScaledObject so reads 0 while 4 requests run in its pods"
    )
    assert rule("empty-query", so, reading("500m"), *busy, now=149) == []
    assert rule("empty-query", so, reading("0"), *busy[-10:], now=149) == []
    assert rule("empty-query", scaled("sum(other)"), reading("0"), *busy, now=149) == []
    idle = [look(REPLICA, at, running=0) for at in range(0, 150, 2)]
    assert rule("empty-query", so, reading("0"), *idle, now=149) == []
