"""An HPA without `behavior` that changes by many replicas at once, by the controller's old limits.

It scales up to twice the replicas, or 4, at each look, and down at once as far as the highest
recommendation of the last five minutes. Source: Kubernetes horizontal.go normalizeDesiredReplicas.
"""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen, behavior_of
from wvatui.core.rules.hpa.hpa_policy import DOWN_WINDOW_S, SYNC_S

LEAP = 2
"""Least number of replicas in one change that counts; most policies allow one."""


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for hpa in look.hpas:
        namespace, name = hpa.namespace, hpa.name
        if hpa.behavior is not None or not hpa.asked or not hpa.max or hpa.max <= 2:
            continue
        before, after = hpa.current, hpa.desired
        if before is None or after is None or after < before + LEAP:
            continue
        yield Finding(
            rule=RULE.id,
            severity="advice",
            title=f"HPA {name} states no behavior: it goes from {before} to {after} in one look,"
            " and may come down all at once",
            about=f"HPA/{namespace}/{name}",
            evidence=(
                Evidence(
                    f"no spec.behavior, maxReplicas {hpa.max}: at most twice as many or 4 every"
                    f" {SYNC_S:g} s, down after {DOWN_WINDOW_S:g} s without a policy",
                    f"HPA/{name}",
                    "object",
                ),
            ),
            advice=f"state scaleUp and scaleDown in {behavior_of(hpa)}",
            variant=look.name_of(hpa),
        )


RULE = FindingRule("no-behavior", "an HPA leaps without a behavior", "detector", _find, rank=226)
