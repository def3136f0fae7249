"""A fallback of 0 replicas: a target may be scaled to zero while nothing can be read.

KEDA's loop scales to 0 or idle as if no trigger were active, and the HPA is served 0. Source: KEDA
v2.21.0 pkg/scaling/executor/scale_scaledobjects.go.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wvatui.core.events import ScaledObject
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen, Severity
from wvatui.core.lines import many

if TYPE_CHECKING:
    from wvatui.core.decisions.keda.account import KedaAccount


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for scaled, account in look.keda_accounts:
        rule = account.fallback
        if rule is None or rule.replicas != 0 or rule.behavior not in ("static", ""):
            continue
        least = account.rests_at if account.rests_at is not None else max(1, account.spec.min)
        yield Finding(
            rule=RULE.id,
            severity=while_unreadable(scaled, account),
            title=f"ScaledObject {scaled.name} goes down to {least} while its triggers cannot be"
            " read: fallback.replicas is 0",
            about=f"ScaledObject/{scaled.namespace}/{scaled.name}",
            evidence=(
                Evidence(
                    f"fallback.replicas 0 after more than {many(rule.threshold, 'failure')} in"
                    f" a row, minReplicaCount {account.spec.min}",
                    f"ScaledObject/{scaled.name}",
                    "object",
                ),
            ),
            advice="state how many replicas are to serve while nothing can be read",
            variant=look.name_of(scaled),
        )


def while_unreadable(scaled: ScaledObject, account: "KedaAccount") -> Severity:
    """Severity of a trap that hurts while a trigger cannot be read: then a warning, else advice."""
    ready = condition_of(scaled.conditions, "Ready")
    fails = ready is not None and ready.reason in ("TriggerError", "PartialTriggerError")
    return "warning" if fails or account.falls_back else "advice"


RULE = FindingRule("fallback-zero", "a fallback of no replicas", "detector", _find, rank=223)
