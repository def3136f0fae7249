"""An HPA that counts the pods of another HPA: if both have the same selector, neither scales.

Source: Kubernetes horizontal.go validateAndParseSelector.
"""

from collections import Counter
from collections.abc import Iterator

from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.state.links import target_of


def _find(look: ScalersSeen) -> Iterator[Finding]:
    targets = Counter(map(target_of, look.hpas))
    for hpa in look.hpas:
        namespace, name = hpa.namespace, hpa.name
        active = condition_of(hpa.conditions, "ScalingActive")
        if active is None or active.reason != "AmbiguousSelector":
            continue
        if targets[target_of(hpa)] > 1:
            continue  # two that scale one target are told as such
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"HPA {name} scales nothing: the pods of {hpa.target_kind} {hpa.target_name} are"
            " counted by another HPA too",
            about=f"HPA/{namespace}/{name}",
            evidence=(
                Evidence(
                    f"{active.reason}: {active.message}",
                    f"HPA/{name}",
                    "status",
                    None if active.since is None else max(0.0, look.now - active.since),
                ),
            ),
            advice="give each target a selector of its own, or delete one of the HPAs"
            f" (kubectl -n {namespace} get hpa)",
            variant=look.name_of(hpa),
        )


RULE = FindingRule("shared-pods", "two HPAs count the same pods", "blocker", _find, rank=95)
