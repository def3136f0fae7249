"""HorizontalPodAutoscalers, including those that KEDA creates."""

from wvatui.core.events import Autoscaler, MetricStatus
from wvatui.core.events.object_events import Behavior, HpaMetric
from wvatui.core.kube_object import ReadObject, labels_of
from wvatui.sources.objects.fields import (
    conditions,
    items,
    moment,
    quantity,
    scaling,
    shaped,
    table,
    text,
    whole,
)
from wvatui.sources.objects.variant import declaring_notes, is_managed, scaled_object_of

_VALUES = (
    ("value", "Value"),
    ("averageValue", "AverageValue"),
    ("averageUtilization", "Utilization"),
)


def decode_autoscaler(obj: ReadObject, now: float) -> Autoscaler:
    """An HPA (autoscaling/v2) as an event at `now`."""
    return Autoscaler(
        now,
        **scaling(obj),
        min=whole(obj, "spec", "minReplicas"),
        max=whole(obj, "spec", "maxReplicas"),
        current=whole(obj, "status", "currentReplicas"),
        desired=whole(obj, "status", "desiredReplicas"),
        metrics=_metrics(obj),
        conditions=conditions(obj),
        last_scale_at=moment(obj, "status", "lastScaleTime"),
        managed=is_managed(obj),
        notes=declaring_notes(obj),
        scaled_object=scaled_object_of(obj),
        behavior=shaped(obj, Behavior, "spec", "behavior"),
        asked=shaped(obj, tuple[HpaMetric, ...], "spec", "metrics") or (),
        shown=shaped(obj, tuple[HpaMetric, ...], "status", "currentMetrics") or (),
        generation=whole(obj, "metadata", "generation"),
        observed_generation=whole(obj, "status", "observedGeneration"),
        keda=keda_version(obj),
    )


def keda_version(obj: ReadObject) -> str:
    """The release of KEDA that created an HPA; empty: another creator, or a label that is no
    version."""
    labels = labels_of(obj)
    made = labels.get("app.kubernetes.io/managed-by") == "keda-operator"
    return str(labels.get("app.kubernetes.io/version") or "") if made else ""


def _metrics(obj: ReadObject) -> tuple[MetricStatus, ...]:
    """Targets from the spec, each with the status's value (None: `<unknown>`).

    The status keeps the order of the spec, and leaves an entry empty whose metric cannot be read;
    two metrics of one name differ only in their selectors.
    """
    read = list(items(obj, "status", "currentMetrics"))
    by_name = {_metric_name(item): item for item in read}
    found = []
    for number, item in enumerate(items(obj, "spec", "metrics")):
        name = _metric_name(item)
        same = read[number] if number < len(read) else by_name.get(name, {})
        status = same if _metric_name(same) in (name, "") else by_name.get(name, {})
        target = table(_inside(item), "target")
        current = table(_inside(status), "current")
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


def _inside(metric: ReadObject) -> ReadObject:
    """The object under the metric's own type: `external`, `resource`, `containerResource`, …"""
    kind = text(metric, "type")
    return table(metric, kind[:1].lower() + kind[1:])


def _metric_name(metric: ReadObject) -> str:
    inside = _inside(metric)
    return text(inside, "metric", "name") or text(inside, "name")


def _first(target: ReadObject) -> tuple[str, str]:
    for key, kind in _VALUES:
        if key in target:
            return kind, key
    return "", "value"


def _first_value(current: ReadObject) -> float | None:
    for key, _ in _VALUES:
        value = quantity(current.get(key))
        if value is not None:
            return value
    return None
