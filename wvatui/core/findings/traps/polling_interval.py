"""A pollingInterval that has no effect.

With minReplicaCount above 0, and neither idleReplicaCount nor scalingModifiers nor cached metrics,
KEDA 2.21 uses the HPA's readings, every 15 s. Source: KEDA v2.21.0 UsesHPAObservations.
"""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.rules.hpa.hpa_policy import SYNC_S


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for scaled, account in look.keda_accounts:
        if not account.observes_hpa or scaled.polling_s is None or scaled.polling_s >= SYNC_S:
            continue
        yield Finding(
            rule=RULE.id,
            severity="advice",
            title=f"ScaledObject {scaled.name}: pollingInterval {scaled.polling_s} makes nothing"
            f" faster since KEDA 2.21, its triggers are read every {SYNC_S:g} s by the HPA",
            about=f"ScaledObject/{scaled.namespace}/{scaled.name}",
            evidence=(
                Evidence(
                    f"pollingInterval {scaled.polling_s}, minReplicaCount {account.spec.min}, no"
                    " idleReplicaCount, no formula",
                    f"ScaledObject/{scaled.name}",
                    "object",
                ),
            ),
            advice="leave it out; how fast the size follows is the HPA's sync period and behavior",
            variant=look.name_of(scaled),
        )


RULE = FindingRule(
    "polling-interval", "a pollingInterval without effect", "detector", _find, rank=224
)
