"""Events of a namespace with a few pods, with the numbers that a test chooses."""

from typing import Any

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State

START = 1_788_249_600.0
"""2026-09-01T08:00:00Z, a whole hour."""
NAMESPACE = "llm-d-sim"


def pod(name: str, born: float = 0.0, **changes: Any) -> ev.Pod:
    """A ready pod of the variant `qwen`, created `born` seconds after the start."""
    given: dict[str, Any] = {
        "name": name,
        "namespace": NAMESPACE,
        "role": "model",
        "phase": "Running",
        "ready": True,
        "labels": {"app": "qwen"},
        "owner_kind": "ReplicaSet",
        "owner_name": "qwen-7d9f5c6b8",
        "node": "gpu-07",
        "created_at": START + born,
    }
    return ev.Pod(START + born, **{**given, **changes})


def namespace(*names: str, interval_s: float = 2.0) -> list[ev.Event]:
    """The header, one variant with its Deployment and HPA, and these pods."""
    return [
        ev.Header(START, started_at=START, namespace=NAMESPACE, interval_s=interval_s),
        ev.Workload(
            START,
            kind="Deployment",
            name="qwen",
            namespace=NAMESPACE,
            spec=2,
            ready=2,
            selector={"app": "qwen"},
            image="vllm/vllm-openai:v0.11.0",
        ),
        ev.Variant(
            START,
            name="qwen",
            namespace=NAMESPACE,
            source="VariantAutoscaling",
            model="Qwen/Qwen3-32B",
            accelerator="H100",
            cost=40.0,
            target_name="qwen",
        ),
        ev.Autoscaler(
            START,
            name="qwen-hpa",
            namespace=NAMESPACE,
            target_kind="Deployment",
            target_name="qwen",
            min=1,
            max=8,
            current=2,
            desired=2,
            metrics=(ev.MetricStatus("wva_desired_replicas", "Value", 1.0, 2.0),),
            conditions=(
                ev.Condition("AbleToScale", "True", "ReadyForNewScale", "recommended", START),
                ev.Condition("ScalingActive", "False", "FailedGetExternalMetric", "no metrics"),
            ),
        ),
        *(pod(name) for name in names),
    ]


def look(name: str, at: float, kv: float | None = 0.5, **values: Any) -> ev.Scrape:
    """A scrape of a pod, `at` seconds after the start."""
    return ev.Scrape(START + at, pod=name, kv=kv, **values)


def folded(*events: ev.Event, now: float) -> State:
    """The State after `events`, `now` seconds after the start."""
    ordered = sorted(events, key=lambda event: event.at)
    return fold(EMPTY, [*ordered, ev.Tick(START + now)])
