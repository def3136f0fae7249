"""KEDA ScaledObjects."""

import re
from collections.abc import Iterator

from wvatui.core.events import ScaledObject
from wvatui.core.events.object_events import (
    TRIGGER_KEYS,
    FallbackRule,
    KedaTrigger,
    MetricHealth,
    Modifiers,
)
from wvatui.core.kube_object import ReadObject
from wvatui.core.metrics.promql.operators import SETS
from wvatui.core.rules.keda.keda_spec import FALSE_TEXTS, PAUSED, PAUSED_REPLICAS, PAUSES
from wvatui.sources.objects.fields import (
    conditions,
    items,
    moment,
    scaling,
    shaped,
    strings,
    table,
    text,
    whole,
)
from wvatui.sources.objects.variant import declaring_notes, is_managed

DIRECTIONS = ("scale-in", "scale-out")
_LABELS = re.compile(r"\{[^}]*\}|\[[^]]*\]|(?:by|without|on|ignoring)\s*\([^)]*\)")
"""Parts of a PromQL query other than metrics and functions: labels, ranges."""
_METRIC = re.compile(r"[A-Za-z_:][\w:]*(?![\w:]*\s*\()", re.ASCII)
_WORDS = frozenset((*SETS, "bool", "offset", "by", "without", "on", "group_left"))


def decode_scaled_object(obj: ReadObject, now: float) -> ScaledObject:
    """A ScaledObject (keda.sh/v1alpha1) as an event at `now`."""
    notes = strings(obj, "metadata", "annotations")
    count = notes.get(PAUSED_REPLICAS, "")
    paused = f"paused at {count} replica{'' if count == '1' else 's'}" if count else ""
    if not paused and notes.get(PAUSED, "false") not in FALSE_TEXTS:
        paused = "paused"
    held = tuple(d for d in DIRECTIONS if notes.get(f"{PAUSED}-{d}", "false") not in FALSE_TEXTS)
    return ScaledObject(
        now,
        **scaling(obj),
        min=whole(obj, "spec", "minReplicaCount"),
        max=whole(obj, "spec", "maxReplicaCount"),
        polling_s=whole(obj, "spec", "pollingInterval"),
        cooldown_s=whole(obj, "spec", "cooldownPeriod"),
        triggers=tuple(_trigger(item) for item in items(obj, "spec", "triggers")),
        paused=paused,
        held=held,
        hpa=text(obj, "status", "hpaName"),
        fallback=whole(obj, "spec", "fallback", "replicas"),
        conditions=conditions(obj),
        last_active_at=moment(obj, "status", "lastActiveTime"),
        managed=is_managed(obj),
        notes=declaring_notes(obj),
        reads=tuple(
            dict.fromkeys(n for item in items(obj, "spec", "triggers") for n in _reads(item))
        ),
        asked=tuple(_asked(item) for item in items(obj, "spec", "triggers")),
        idle=whole(obj, "spec", "idleReplicaCount"),
        initial_cooldown_s=whole(obj, "spec", "initialCooldownPeriod"),
        modifiers=shaped(obj, Modifiers, "spec", "advanced", "scalingModifiers"),
        on_failure=shaped(obj, FallbackRule, "spec", "fallback"),
        health=shaped(obj, dict[str, MetricHealth], "status", "health") or {},
        activity={
            metric: each.get("isActive") is True
            for metric, each in table(obj, "status", "triggersActivity").items()
            if isinstance(each, dict)
        },
        generation=whole(obj, "metadata", "generation"),
        pauses={key: notes[key] for key in PAUSES if key in notes},
    )


def _asked(item: ReadObject) -> KedaTrigger:
    """A trigger as written, but without its address and authentication."""
    asked = shaped(item, KedaTrigger) or KedaTrigger(type=text(item, "type"))
    kept = {key: value for key, value in asked.get("metadata", {}).items() if key in TRIGGER_KEYS}
    asked["metadata"] = kept
    return asked


def _trigger(item: ReadObject) -> str:
    """A trigger's type and metric, without its address and authentication."""
    metadata = strings(item, "metadata")
    name = metadata.get("metricName") or text(item, "name")
    threshold = metadata.get("threshold") or metadata.get("targetValue") or ""
    return " ".join(part for part in (text(item, "type"), name, threshold) if part)


def _reads(item: ReadObject) -> Iterator[str]:
    """Metrics that a trigger reads: its own name for one, or those in its query."""
    metadata = strings(item, "metadata")
    if name := metadata.get("metricName"):
        yield name
    for found in _METRIC.findall(_LABELS.sub(" ", metadata.get("query", "")[:4000])):
        if found not in _WORDS and ("_" in found or ":" in found):
            yield found
