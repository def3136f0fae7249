"""A trigger that reads a maximum or mean over the pool, but has an AverageValue target.

With such a target the HPA wants ceil(value / target) replicas: for a sum that is the need of the
pool, for a maximum only that of one pod, whatever their number (Kubernetes replica_calculator.go).
"""

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen

if TYPE_CHECKING:
    from wvatui.core.decisions.keda.account import TriggerNow


def _find(look: ScalersSeen) -> Iterator[Finding]:
    if not look.keda_accounts:
        return
    # Imported here, as only clusters with such a query need PromQL, but `explain -n` always runs.
    from wvatui.core.metrics.promql.pool_shape import pool_shape

    for scaled, account in look.keda_accounts:
        if account.spec.formula:
            continue
        for trigger in account.triggers:
            shape = pool_shape(trigger.query)
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


def _now(trigger: "TriggerNow", target: float, about: str) -> Iterator[Evidence]:
    value = trigger.reading.milli
    if value is not None:
        wanted = ceil(value / 1000 / target)
        yield Evidence(f"{value / 1000:g} asks for {wanted} now", about, trigger.reading.source)


RULE = FindingRule(
    "pool-maximum",
    "a maximum over the pool is held against an average",
    "detector",
    _find,
    rank=221,
)
