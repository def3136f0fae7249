"""A window or policy is reported only while it holds something; pods that are gone are no
misses."""

from typing import Any

import pytest

from tests.core.queries.few_pods import NAMESPACE, START
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.queries.health.health_detail import health_detail
from wvatui.core.queries.health.health_rows import health
from wvatui.core.state.state import EMPTY, State

WINDOW = ev.Condition("AbleToScale", "True", "ScaleDownStabilized")
ACTIVE = ev.Condition(
    "ScalingActive",
    "True",
    "ValidMetricFound",
    "the HPA was able to successfully calculate a replica count from external metric queue(nil)",
)
NO_LIMIT = ev.Condition("ScalingLimited", "False", "DesiredWithinRange")
TOO_MANY = ev.Condition("ScalingLimited", "True", "TooManyReplicas")
LIMITED = ev.Condition("ScalingLimited", "True", "ScaleUpLimit")
QUEUE: Any = {
    "type": "External",
    "external": {
        "metric": {"name": "queue"},
        "target": {"type": "AverageValue", "averageValue": "1"},
    },
}


def hpa(at: float, size: int, *conditions: ev.Condition, queue: str = "", **more: Any) -> ev.Event:
    """An HPA of 1 to 8 replicas on a queue with target 1; `queue`: the value that it reads."""
    shown = {
        "type": "External",
        "external": {"metric": {"name": "queue"}, "current": {"averageValue": queue}},
    }
    given: dict[str, Any] = {
        "name": "qwen-hpa",
        "namespace": NAMESPACE,
        "target_kind": "Deployment",
        "target_name": "qwen",
        "min": 1,
        "max": 8,
        "current": size,
        "desired": size,
        "conditions": conditions,
        "asked": (QUEUE,),
        "shown": (shown,) if queue else (),
    }
    return ev.Autoscaler(START + at, **given | more)


def seen(size: int, *events: ev.Event) -> State:
    """The State of a Deployment of `size` replicas without WVA, its sources, and then `events`."""
    said = [("autoscalers", "ok"), ("controller", "waiting"), ("log", "waiting")]
    target = ev.Workload(
        START,
        kind="Deployment",
        name="qwen",
        namespace=NAMESPACE,
        spec=size,
        replicas=size,
        ready=size,
        image="vllm/vllm-openai:v0.11.0",
        selector={"app": "qwen"},
    )
    pod = ev.Pod(START, name="qwen-1", namespace=NAMESPACE, role="model", labels={"app": "qwen"})
    sources = [ev.Source(START, source=name, status=status) for name, status in said]
    header = ev.Header(START, started_at=START, namespace=NAMESPACE, interval_s=2.0)
    return fold(EMPTY, [header, *sources, target, pod, *events, ev.Tick(START + 61.0)])


def waits(state: State) -> set[str]:
    return {each.rule for each in findings(state)} & {"stabilising", "policy-limit"}


@pytest.mark.parametrize(("size", "told"), [(1, set()), (3, {"stabilising"})])
def test_a_window_is_told_where_the_size_would_be_another_one(size: int, told: set[str]) -> None:
    """An empty queue needs no replica: above the minimum the window holds the others."""
    looks = [hpa(at, size, WINDOW, ACTIVE, NO_LIMIT, queue="0") for at in (15.0, 60.0)]
    state = seen(size, *looks)
    assert waits(state) == told
    assert [(d.wanted, d.verdict) for d in scaling_decisions(state)] == [(0, "agrees")]


@pytest.mark.parametrize(("size", "told"), [(1, set()), (3, {"stabilising"})])
def test_without_readings_the_minimum_alone_tells_what_a_window_can_hold(
    size: int, told: set[str]
) -> None:
    assert waits(seen(size, hpa(60.0, size, WINDOW, ACTIVE, asked=(), max=None))) == told


def test_a_policy_of_an_earlier_look_is_not_told() -> None:
    """A look that fails leaves ScalingLimited as it was."""
    failed = ev.Condition("ScalingActive", "False", "FailedGetExternalMetric")
    able = ev.Condition("AbleToScale", "True", "SucceededGetScale")
    assert waits(seen(2, hpa(60.0, 2, able, failed, LIMITED))) == set()
    assert waits(seen(2, hpa(60.0, 2, able, ACTIVE, LIMITED, asked=()))) == {"policy-limit"}


def test_a_direction_that_is_disabled_is_nothing_to_wait_for() -> None:
    able = ev.Condition("AbleToScale", "True", "ReadyForNewScale")
    off = {"scaleUp": {"selectPolicy": "Disabled"}}
    state = seen(2, hpa(60.0, 2, able, ACTIVE, LIMITED, asked=(), behavior=off))
    [found] = [each for each in findings(state) if each.rule == "policy-limit"]
    assert (found.severity, found.title) == (
        "blocked",
        "HPA qwen-hpa may not scale up: selectPolicy is Disabled",
    )
    assert "wait" not in found.advice


@pytest.mark.parametrize(
    ("owner", "where"),
    [
        ("", "of HPA qwen-hpa"),
        ("qwen-so", "in advanced.horizontalPodAutoscalerConfig of ScaledObject qwen-so"),
    ],
)
def test_what_to_change_is_named_in_the_object_that_its_owner_does_not_overwrite(
    owner: str, where: str
) -> None:
    looks = [
        hpa(at, 3, WINDOW, ACTIVE, NO_LIMIT, queue="0", scaled_object=owner) for at in (15.0, 60.0)
    ]
    [found] = [each for each in findings(seen(3, *looks)) if each.rule == "stabilising"]
    assert found.advice.endswith(f"behavior.scaleDown.stabilizationWindowSeconds {where}")
    told = [fact.text for fact in found.evidence]
    assert "its metrics want 0 replicas" in told, "what is wanted is not what is desired"
    assert "desiredReplicas 3" in told
    full = hpa(60.0, 8, asked=(), scaled_object=owner, conditions=(TOO_MANY,))
    [most] = [each for each in findings(seen(8, full)) if each.rule == "max-reached"]
    maximum = f"maxReplicaCount of ScaledObject {owner}" if owner else "maxReplicas of HPA qwen-hpa"
    assert most.advice.startswith(f"raise {maximum} ")


def sources(state: State) -> list[str]:
    assert [row.source for row in health_detail(state).sources] == [
        row.source for row in health(state)
    ]
    return [row.source for row in health(state)]


def test_a_cluster_scaled_without_wva_misses_neither_its_controller_nor_its_log() -> None:
    assert sources(seen(1, hpa(15.0, 1))) == ["autoscalers"]


def test_wva_is_missed_where_a_scaler_reads_its_decisions_or_one_of_its_objects_is_here() -> None:
    reads = (ev.MetricStatus("wva_desired_replicas", "AverageValue", 1.0),)
    variant = ev.Variant(START, name="qwen", namespace=NAMESPACE, source="VariantAutoscaling")
    everybody = ["autoscalers", "controller", "log"]
    assert sources(seen(1, hpa(15.0, 1, metrics=reads))) == everybody
    assert sources(seen(1, hpa(15.0, 1), variant)) == everybody
    assert sources(seen(1)) == everybody
