"""A trigger that reads a maximum or a mean over the pool, and is held against an average.

With an AverageValue target the HPA wants ceil(value / target) replicas: of a sum that is the pool's
need, of a maximum it is one pod's, whatever the number of pods (Kubernetes replica_calculator.go).
"""

from collections.abc import Iterator
from math import ceil

from wvatui.core.decisions.keda.account import TriggerNow
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.metrics.promql.operators import ARITHMETIC
from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import (
    PromqlAggregation,
    PromqlNode,
    PromqlNumber,
    PromqlOperation,
    selectors,
)

_SUMS = ("sum", "count")
"""Aggregations that grow with the pool."""
_WHOLE_POOL = "replicas"
"""In the name of a metric whose value is a number of replicas already."""


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for scaled, account in look.keda_accounts:
        if account.spec.formula:
            continue
        for trigger in account.triggers:
            shape = _shape(trigger.query)
            if not shape or trigger.made.target.type != "AverageValue":
                continue
            target = trigger.made.target.milli / 1000
            about = f"ScaledObject/{scaled.name}"
            yield Finding(
                rule=RULE.id,
                severity="advice",
                title=f"trigger {trigger.title} of ScaledObject {scaled.name} asks for"
                f" ceil(value / {target:g}) replicas of a {shape} over the pool: more pods do not"
                " raise it",
                about=f"ScaledObject/{scaled.namespace}/{scaled.name}/{trigger.made.metric}",
                evidence=(
                    Evidence(trigger.query, about, "object"),
                    Evidence(f"metricType AverageValue, threshold {target:g}", about, "object"),
                    *_now(trigger, target, about),
                ),
                advice="set metricType: Value on this trigger (replicas × value / threshold), or"
                " ask for a sum over the pods",
                variant=look.name_of(scaled),
            )


def _now(trigger: TriggerNow, target: float, about: str) -> Iterator[Evidence]:
    value = trigger.reading.milli
    if value is not None:
        wanted = ceil(value / 1000 / target)
        yield Evidence(f"{value / 1000:g} asks for {wanted} now", about, trigger.reading.source)


def _shape(query: str) -> str:
    """How the query makes one value of the pool's: max, avg; empty: otherwise, or by the sum."""
    try:
        node: PromqlNode = parse(query)
    except PromqlError:
        return ""
    while isinstance(node, PromqlOperation) and (
        node.sign == "or" or (node.sign in ARITHMETIC and isinstance(node.right, PromqlNumber))
    ):
        node = node.left
    if not isinstance(node, PromqlAggregation) or node.shape in _SUMS or node.labels:
        return ""
    counted = any(_WHOLE_POOL in selector.name for selector in selectors(node))
    names = {"avg": "mean", "max": "maximum", "min": "minimum"}
    return "" if counted else names.get(node.shape, node.shape)


RULE = FindingRule(
    "pool-maximum",
    "a maximum over the pool is held against an average",
    "detector",
    _find,
    rank=221,
)
