"""HPAs that count the same pods, or scale one target: none of them scales.

Source: Kubernetes horizontal.go validateAndParseSelector.
"""

from collections.abc import Iterator, Sequence

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen
from wvatui.core.state.links import target_of
from wvatui.core.state.replicas import Target


def ambiguous(hpa: ev.Autoscaler) -> ev.Condition | None:
    """The condition by which its controller refuses to scale, as another HPA counts the same pods;
    None: it does not."""
    active = condition_of(hpa.conditions, "ScalingActive")
    return active if active is not None and active.reason == "AmbiguousSelector" else None


def _find(look: ScalersSeen) -> Iterator[Finding]:
    by_target: dict[Target, list[tuple[ev.Autoscaler, ev.Condition]]] = {}
    for hpa in look.hpas:
        if (said := ambiguous(hpa)) is not None:
            by_target.setdefault(target_of(hpa), []).append((hpa, said))
    for refused in by_target.values():
        yield _told(look, refused)


def _told(look: ScalersSeen, refused: Sequence[tuple[ev.Autoscaler, ev.Condition]]) -> Finding:
    """The finding of the HPAs of one target."""
    first, names = refused[0][0], " and ".join(hpa.name for hpa, _ in refused)
    namespace, target = first.namespace, f"{first.target_kind} {first.target_name}"
    if len(refused) > 1:
        title = f"HPAs {names} scale nothing: all of them scale {target}"
        advice = f"keep one of them: kubectl -n {namespace} delete hpa NAME"
    else:
        title = f"HPA {names} scales nothing: the pods of {target} are counted by another HPA too"
        advice = (
            "give each target a selector of its own, or delete one of the HPAs"
            f" (kubectl -n {namespace} get hpa)"
        )
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=title,
        about=f"HPA/{namespace}/{first.name}",
        evidence=tuple(
            Evidence(
                f"{said.reason}: {said.message}",
                f"HPA/{hpa.name}",
                "status",
                None if said.since is None else max(0.0, look.now - said.since),
            )
            for hpa, said in refused
        ),
        advice=advice,
        variant=look.name_of(first),
    )


RULE = FindingRule("shared-pods", "two HPAs count the same pods", "blocker", _find, rank=95)
