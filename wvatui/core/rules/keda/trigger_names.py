"""Names of triggers for people: a trigger's own name, or else what it reads.

KEDA serves each as `s<index>-<type>`, which does not describe it. Source: KEDA
pkg/scalers/scaler.go GenerateMetricNameWithIndex.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import selectors
from wvatui.core.rules.keda.keda_spec import COMPOSITE
from wvatui.core.rules.quantities import milli

SERVED = re.compile(rf"\bs(\d+)-[A-Za-z0-9_-]+|\b{COMPOSITE}\b")
"""A metric's name as KEDA serves it, for the trigger at an index or for the formula."""
FORMULA = "formula"
_READS = ("metricName", "topic", "queueName")
"""Keys of a trigger's metadata that name what it reads, where it has no query."""
_FAMILIES = re.compile(r"^(llm_d_epp_|inference_extension_|[a-z0-9_]+:)(?=.)")
"""The prefix of a metric's name, which says who exports it."""


def trigger_names(triggers: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A unique name for each of `spec.triggers`."""
    names = [_name(trigger) for trigger in triggers]
    return tuple(
        f"{name} (s{place})" if names.count(name) > 1 else name for place, name in enumerate(names)
    )


def names_of_metrics(
    triggers: Sequence[Mapping[str, Any]], metrics: Iterable[str]
) -> dict[str, str]:
    """By metric that KEDA serves the HPA: the trigger's name, or the formula."""
    names, served = trigger_names(triggers), {}
    for metric in metrics:
        match = SERVED.fullmatch(metric)
        if metric == COMPOSITE:
            served[metric] = FORMULA
        elif match is not None and int(match[1]) < len(names):
            served[metric] = names[int(match[1])]
    return served


def triggers_told(texts: Iterable[str]) -> tuple[dict[str, str], ...]:
    """Triggers from their texts, such as `prometheus queue 5`: type, name and threshold. One
    without a name is called as it is served."""
    triggers = []
    for place, text in enumerate(texts):
        kind, *words = text.split(" ")
        if words and milli(words[-1]) is not None:
            words.pop()
        triggers.append({"type": kind, "name": " ".join(words) or f"s{place}-{kind}"})
    return tuple(triggers)


def _name(trigger: Mapping[str, Any]) -> str:
    if name := trigger.get("name"):
        return str(name)
    metadata, kind = trigger.get("metadata") or {}, str(trigger.get("type") or "trigger")
    if kind == "prometheus":
        return _asked(str(metadata.get("query") or "")) or kind
    reads = next((str(metadata[key]) for key in _READS if metadata.get(key)), "")
    return f"{kind} {reads}".rstrip()


def _asked(query: str) -> str:
    """The metrics that a query reads, without their prefixes; empty: it cannot be parsed."""
    try:
        names = [_FAMILIES.sub("", selector.name) for selector in selectors(parse(query))]
    except PromqlError:
        return ""
    return ", ".join(dict.fromkeys(filter(None, names)))
