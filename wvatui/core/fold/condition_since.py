"""Since when an object says what it says, where its own times do not tell.

The reason of a condition changes while its transition time stands still (HPA: `AbleToScale` is True
with three reasons), and a metric that cannot be read has no time at all. Only what rules ask for
is kept, so that a recording of many objects costs little.
"""

from wvatui.core.events import Autoscaler, Pod
from wvatui.core.state.builder import StateBuilder
from wvatui.core.state.state import ConditionSince

SaidKey = tuple[str, str, str, str]
"""(kind, namespace, name, what)."""


def hpa_says(builder: StateBuilder, event: Autoscaler) -> None:
    """An HPA's reasons, and which of its metrics it can read."""
    where = ("hpa", event.namespace, event.name)
    for condition in event.conditions:
        _note(builder, (*where, condition.type), f"{condition.status} {condition.reason}", event.at)
    if event.conditions:  # before its first look every metric is unknown
        for number, metric in enumerate(event.metrics):
            text = "unknown" if metric.current is None else "known"
            _note(builder, (*where, f"metric {number} {metric.name}"), text, event.at)


def pod_says(builder: StateBuilder, event: Pod) -> None:
    """A pod's reason for not being ready."""
    if event.role in ("model", "controller"):
        text = "ready" if event.ready else event.reason or event.phase
        _note(builder, ("pod", event.namespace, event.name, "state"), text, event.at)


def forget(builder: StateBuilder, kind: str, namespace: str, name: str) -> None:
    """The object is no more."""
    for key in list(builder.condition_since.current):
        if (key[0], key[1], key[2]) == (kind, namespace, name):
            builder.condition_since.discard(key)


def _note(builder: StateBuilder, key: SaidKey, text: str, at: float) -> None:
    before = builder.condition_since.get(key)
    if before is None or before.text != text:
        builder.condition_since[key] = ConditionSince(text, at)
