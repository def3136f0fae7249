"""The HPA that KEDA makes of a ScaledObject: its metrics, limits and behavior.

Source: KEDA controllers/keda/hpa.go, pkg/scalers/prometheus_scaler.go, cpu_memory_scaler.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wvatui.core.rules.keda.keda_fallback import MetricTarget
from wvatui.core.rules.keda.keda_spec import COMPOSITE, keda_spec
from wvatui.core.rules.quantities import milli, written

NAME_LABEL = "scaledobject.keda.sh/name"
RESOURCES = ("cpu", "memory")
"""Types of triggers that the HPA reads by itself."""


@dataclass(frozen=True, slots=True)
class MadeTrigger:
    """One trigger of `spec.triggers`. `metric`: its name when served; `name`: its name in formulas.

    `activation`: thousandths. `resource`: cpu or memory, which the HPA reads itself; else empty.
    """

    metric: str
    name: str
    type: str
    target: MetricTarget
    activation: int
    resource: str = ""


def made_triggers(spec: Mapping[str, Any]) -> list[MadeTrigger]:
    """The triggers of a ScaledObject in order. Raises ValueError for a trigger whose threshold is
    not a number above 0, or whose activation is not a number."""
    return [made_trigger(place, item) for place, item in enumerate(spec.get("triggers") or ())]


def made_trigger(place: int, item: Mapping[str, Any]) -> MadeTrigger:
    """The trigger at index `place`. Raises ValueError as `made_triggers` does."""
    kind, metadata = str(item.get("type") or ""), item.get("metadata") or {}
    resource = kind if kind in RESOURCES else ""
    # A prometheus trigger's name no longer carries the query's own (KEDA 2.10 and later).
    bare = "prometheus" if kind == "prometheus" else str(metadata.get("metricName") or kind)
    wanted = metadata.get("value" if resource else "threshold") or metadata.get("targetValue") or 1
    threshold = milli(str(wanted))
    least = metadata.get("activationThreshold") or metadata.get("activationTargetValue") or 0
    activation = milli(str(least))
    if threshold is None or threshold <= 0:
        raise ValueError(f"trigger {place}: the threshold {wanted!r} is no number above 0")
    if activation is None:
        raise ValueError(f"trigger {place}: the activation {least!r} is no number")
    shape = str(item.get("metricType") or ("Utilization" if resource else "AverageValue"))
    return MadeTrigger(
        metric=resource or f"s{place}-{bare}",
        name=str(item.get("name") or ""),
        type=kind,
        target=MetricTarget(shape, threshold),
        activation=activation,
        resource=resource,
    )


def made_spec(obj: Mapping[str, Any]) -> dict[str, Any]:
    """`spec` of the HPA. With a formula one metric stands for all triggers but cpu and memory; a
    direction that an annotation pauses is Disabled.

    Raises ValueError as `made_triggers` does.
    """
    spec, name = obj["spec"], str((obj.get("metadata") or {}).get("name") or "")
    asked = keda_spec(spec, (obj.get("metadata") or {}).get("annotations"))
    triggers = made_triggers(spec)
    external = [trigger for trigger in triggers if not trigger.resource]
    metrics = [_external(name, each.metric, each.target) for each in external]
    if asked.modifiers is not None and asked.formula:
        target = MetricTarget(asked.modifiers.metric_type, milli(asked.modifiers.target) or 0)
        metrics = [_external(name, COMPOSITE, target)]
    metrics += [_resource(trigger) for trigger in triggers if trigger.resource]
    reference = spec.get("scaleTargetRef") or {}
    made: dict[str, Any] = {
        "scaleTargetRef": {
            "apiVersion": reference.get("apiVersion") or "apps/v1",
            "kind": reference.get("kind") or "Deployment",
            "name": reference.get("name") or "",
        },
        "minReplicas": max(1, asked.min),
        "maxReplicas": asked.max,
        "metrics": metrics,
    }
    advanced = (spec.get("advanced") or {}).get("horizontalPodAutoscalerConfig") or {}
    behavior = dict(advanced.get("behavior") or {})
    for way, held in (("scaleDown", asked.paused_in), ("scaleUp", asked.paused_out)):
        if held:
            behavior[way] = {**(behavior.get(way) or {}), "selectPolicy": "Disabled"}
    if behavior:
        made["behavior"] = behavior
    return made


def _external(name: str, metric: str, target: MetricTarget) -> dict[str, Any]:
    key = "value" if target.type == "Value" else "averageValue"
    named = {"name": metric, "selector": {"matchLabels": {NAME_LABEL: name}}}
    wanted = {"type": target.type, key: written(target.milli)}
    return {"type": "External", "external": {"metric": named, "target": wanted}}


def _resource(trigger: MadeTrigger) -> dict[str, Any]:
    percent = trigger.target.type == "Utilization"
    wanted: dict[str, Any] = {"type": trigger.target.type}
    if percent:
        wanted["averageUtilization"] = trigger.target.milli // 1000
    else:
        wanted["averageValue"] = written(trigger.target.milli)
    return {"type": "Resource", "resource": {"name": trigger.resource, "target": wanted}}
