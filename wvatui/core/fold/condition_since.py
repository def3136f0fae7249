"""Since when a condition of an object holds, where the object itself does not say.

The reason of a condition can change while its transition time does not (HPA: `AbleToScale` is True
with three reasons), and a metric that cannot be read has no time at all. Only the conditions that
findings need are kept.
"""

from wvatui.core.events import Autoscaler, Lease, MetricStatus, Pod, ScaledObject
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.state import ConditionSince

ConditionKey = tuple[str, str, str, str]
"""(kind, namespace, name, what)."""
_POD_STATE = "state"


def note_hpa(builder: StateBuilder, event: Autoscaler, before: Autoscaler | None) -> None:
    """Note an HPA's reasons, and which of its metrics it can read. `before`: the version before."""
    where = ("hpa", event.namespace, event.name)
    noted = () if before is None else before.conditions
    changed = () if event.conditions is noted else event.conditions
    for condition in changed:
        if condition in noted:  # the usual case, in which the object is shared
            continue
        _note(builder, (*where, condition.type), f"{condition.status} {condition.reason}", event.at)
    if event.conditions:  # before its first look every metric is unknown
        known = before.metrics if before is not None and before.conditions else ()
        for number, metric in enumerate(event.metrics):
            if number < len(known) and _reads_alike(known[number], metric):
                continue
            text = "unknown" if metric.current is None else "known"
            _note(builder, (*where, f"metric {number} {metric.name}"), text, event.at)


def _reads_alike(before: MetricStatus, metric: MetricStatus) -> bool:
    return before.name == metric.name and (before.current is None) == (metric.current is None)


def note_scaled_object(builder: StateBuilder, event: ScaledObject) -> None:
    """Note a ScaledObject's reasons: KEDA gives its conditions no time."""
    where = ("keda", event.namespace, event.name)
    for condition in event.conditions:
        _note(builder, (*where, condition.type), f"{condition.status} {condition.reason}", event.at)


def note_lease(builder: StateBuilder, event: Lease) -> None:
    """Note when a Lease was first seen, and when it was seen to change, by the session's clock."""
    where = ("lease", event.namespace, event.name)
    _note(builder, (*where, "seen"), "seen", event.at)
    _note(builder, (*where, "renewed"), str(event.renewed_at), event.at)


def note_pod(builder: StateBuilder, event: Pod) -> None:
    """Note a pod's reason for not being ready."""
    if event.role in ("model", "controller"):
        text = "ready" if event.ready else event.reason or event.phase
        _note(builder, ("pod", event.namespace, event.name, _POD_STATE), text, event.at)


def forget(builder: StateBuilder, kind: str, namespace: str, name: str) -> None:
    """Drop the conditions of a deleted object."""
    if kind == "pod":  # many go, and one thing is noted of each
        builder.condition_since.discard((kind, namespace, name, _POD_STATE))
        return
    for key in list(builder.condition_since.current):
        if (key[0], key[1], key[2]) == (kind, namespace, name):
            builder.condition_since.discard(key)


def _note(builder: StateBuilder, key: ConditionKey, text: str, at: float) -> None:
    before = builder.condition_since.get(key)
    if before is None or before.text != text:
        builder.condition_since[key] = ConditionSince(text, at)
