"""HPAs that count the same pods, or scale one target: none of them scales.

Source: Kubernetes horizontal.go validateAndParseSelector.
"""

from collections.abc import Iterator, Sequence

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.state.links import target_of
from wvatui.core.state.replicas import Target


def is_ambiguous(hpa: ev.Autoscaler) -> bool:
    """Whether its controller refuses to scale, as another HPA counts the same pods."""
    active = condition_of(hpa.conditions, "ScalingActive")
    return active is not None and active.reason == "AmbiguousSelector"


def _find(look: ScalersSeen) -> Iterator[Finding]:
    by_target: dict[Target, list[ev.Autoscaler]] = {}
    for hpa in look.hpas:
        if is_ambiguous(hpa):
            by_target.setdefault(target_of(hpa), []).append(hpa)
    for hpas in by_target.values():
        yield _told(look, hpas)


def _told(look: ScalersSeen, hpas: Sequence[ev.Autoscaler]) -> Finding:
    """The finding of the HPAs of one target."""
    first, names = hpas[0], " and ".join(hpa.name for hpa in hpas)
    namespace, target = first.namespace, f"{first.target_kind} {first.target_name}"
    if len(hpas) > 1:
        title = f"HPAs {names} scale nothing: all of them scale {target}"
        advice = f"keep one of them: kubectl -n {namespace} delete hpa NAME"
    else:
        title = f"HPA {names} scales nothing: the pods of {target} are counted by another HPA too"
        advice = (
            "give each target a selector of its own, or delete one of the HPAs"
            f" (kubectl -n {namespace} get hpa)"
        )
    said = [condition_of(hpa.conditions, "ScalingActive") for hpa in hpas]
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=title,
        about=f"HPA/{namespace}/{first.name}",
        evidence=tuple(
            Evidence(
                f"{active.reason}: {active.message}",
                f"HPA/{hpa.name}",
                "status",
                None if active.since is None else max(0.0, look.now - active.since),
            )
            for hpa, active in zip(hpas, said, strict=True)
            if active is not None
        ),
        advice=advice,
        variant=look.name_of(first),
    )


RULE = FindingRule("shared-pods", "two HPAs count the same pods", "blocker", _find, rank=95)
