"""An HPA of ours that states no behavior: the controller's old limits hold, which few know.

Up to twice as many, or 4, at each look; down all at once when the highest recommendation of the
last five minutes allows. Source: Kubernetes horizontal.go normalizeDesiredReplicas.
"""

from collections.abc import Iterator

from wvatui.core.findings.finding import SYNC_S, Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.rules.hpa.hpa_policy import DOWN_WINDOW_S, plain_up_limit


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for hpa in look.hpas:
        namespace, name = hpa.namespace, hpa.name
        if hpa.behavior is not None or not hpa.asked or not hpa.max or hpa.max <= 2:
            continue
        size = hpa.current or 1
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"HPA {name} states no behavior: from {size} it may go to"
            f" {min(plain_up_limit(size), hpa.max)} in one look, and down all at once",
            about=f"HPA/{namespace}/{name}",
            evidence=(
                Evidence(
                    f"no spec.behavior, maxReplicas {hpa.max}: at most twice as many or 4 every"
                    f" {SYNC_S:g} s, down after {DOWN_WINDOW_S:g} s without a policy",
                    f"HPA/{name}",
                    "object",
                ),
            ),
            advice="state behavior.scaleUp and behavior.scaleDown"
            + (
                f" in advanced.horizontalPodAutoscalerConfig of ScaledObject {hpa.scaled_object}"
                if hpa.scaled_object
                else ""
            ),
            variant=look.name_of(hpa),
        )


RULE = FindingRule("no-behavior", "an HPA states no behavior", "detector", _find, rank=226)
