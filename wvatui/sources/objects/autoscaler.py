"""HorizontalPodAutoscalers, also those that KEDA makes."""

import msgspec

from wvatui.core.events import Autoscaler, MetricStatus
from wvatui.sources.objects.fields import (
    Object,
    at,
    conditions,
    items,
    moment,
    name_of,
    quantity,
    strings,
    table,
    text,
    whole,
)
from wvatui.sources.objects.variant import is_managed

SCALED_OBJECT_LABEL = "scaledobject.keda.sh/name"
_VALUES = (
    ("value", "Value"),
    ("averageValue", "AverageValue"),
    ("averageUtilization", "Utilization"),
)


def decode_autoscaler(obj: Object, now: float) -> Autoscaler:
    """An HPA (autoscaling/v2) as an event at `now`."""
    namespace, name = name_of(obj)
    owner = next(
        (o for o in items(obj, "metadata", "ownerReferences") if text(o, "kind") == "ScaledObject"),
        {},
    )
    labels = strings(obj, "metadata", "labels")
    behavior = at(obj, "spec", "behavior")
    return Autoscaler(
        now,
        name=name,
        namespace=namespace,
        target_kind=text(obj, "spec", "scaleTargetRef", "kind") or "Deployment",
        target_name=text(obj, "spec", "scaleTargetRef", "name"),
        min=whole(obj, "spec", "minReplicas"),
        max=whole(obj, "spec", "maxReplicas"),
        current=whole(obj, "status", "currentReplicas"),
        desired=whole(obj, "status", "desiredReplicas"),
        metrics=_metrics(obj),
        conditions=conditions(obj),
        last_scale_at=moment(obj, "status", "lastScaleTime"),
        managed=is_managed(obj),
        scaled_object=text(owner, "name") or labels.get(SCALED_OBJECT_LABEL, ""),
        behavior=msgspec.to_builtins(behavior) if isinstance(behavior, dict) else None,
    )


def _metrics(obj: Object) -> tuple[MetricStatus, ...]:
    """Targets from the spec, each with what the status reads for it (None: `<unknown>`)."""
    read = {_metric_name(item): item for item in items(obj, "status", "currentMetrics")}
    found = []
    for item in items(obj, "spec", "metrics"):
        name = _metric_name(item)
        target = table(_inside(item), "target")
        current = table(_inside(read.get(name, {})), "current")
        kind, wanted = _first(target)
        value = quantity(current.get(wanted)) if wanted in current else _first_value(current)
        found.append(
            MetricStatus(
                name=name,
                type=text(target, "type") or kind,
                target=quantity(target.get(wanted)),
                current=value,
            )
        )
    return tuple(found)


def _inside(metric: Object) -> Object:
    """What stands under the metric's own type: `external`, `resource`, `containerResource`, …"""
    kind = text(metric, "type")
    return table(metric, kind[:1].lower() + kind[1:])


def _metric_name(metric: Object) -> str:
    inside = _inside(metric)
    return text(inside, "metric", "name") or text(inside, "name")


def _first(target: Object) -> tuple[str, str]:
    for key, kind in _VALUES:
        if key in target:
            return kind, key
    return "", "value"


def _first_value(current: Object) -> float | None:
    for key, _ in _VALUES:
        value = quantity(current.get(key))
        if value is not None:
            return value
    return None
