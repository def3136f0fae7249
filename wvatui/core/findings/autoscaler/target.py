"""Scale targets that do not exist, and those of two variants."""

from collections.abc import Iterator, Mapping

from wvatui.core import events as ev
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import verb
from wvatui.core.state.links import declared_by_target, target_of
from wvatui.core.state.replicas import Target

_Scaler = ev.Variant | ev.Autoscaler | ev.ScaledObject
_TOLD_BY = {"HPA": "AbleToScale", "ScaledObject": "Ready"}
"""The condition in which each says that its target cannot be scaled."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for target, scalers in _by_target(look).items():
        if look.is_missing(target):
            yield _missing(look, target, scalers)
    for target, group in declared_by_target(look.state.variants.values()):
        vas = [variant for variant in group if variant.source == "VariantAutoscaling"]
        if len(vas) > 1:
            yield _shared(look, vas, target)


def _by_target(look: FindingContext) -> dict[Target, dict[tuple[str, str], _Scaler]]:
    """What scales each target, by kind and name. An HPA that KEDA made is its ScaledObject's."""
    state = look.state
    found: dict[Target, dict[tuple[str, str], _Scaler]] = {}
    for _, group in declared_by_target(state.variants.values()):
        for variant in group:
            if variant.source == "VariantAutoscaling":
                key = variant.source, variant.name
                found.setdefault(target_of(variant), {})[key] = variant
    for _, scaled in sorted(state.scaled_objects.items()):
        found.setdefault(target_of(scaled), {})["ScaledObject", scaled.name] = scaled
    for hpa in look.hpas:
        if (hpa.namespace, hpa.scaled_object) not in state.scaled_objects:
            found.setdefault(target_of(hpa), {})["HPA", hpa.name] = hpa
    return found


def _missing(
    look: FindingContext, target: Target, scalers: Mapping[tuple[str, str], _Scaler]
) -> Finding:
    kind, namespace, name = target
    names = [f"{what} {scaler}" for what, scaler in scalers]
    evidence: list[Evidence] = []
    for (what, scaler), each in scalers.items():
        about = f"{what}/{scaler}"
        evidence.append(Evidence(f"scaleTargetRef {kind} {name}", about, "object"))
        told = condition_of(each.conditions, _TOLD_BY.get(what, ""))
        if told is not None and told.status == "False":
            evidence.append(look.condition(told, about, whole=True))
    (what, scaler), first = next(iter(scalers.items()))
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=f"{', '.join([*names[:-2], ' and '.join(names[-2:])])} {verb(len(names), 'scale')}"
        f" {kind} {name}, which is not there",
        about=f"{what}/{namespace}/{scaler}",
        evidence=tuple(evidence),
        advice=f"create {kind} {name}, or mend scaleTargetRef:"
        f" kubectl -n {namespace} get {kind.lower()}",
        variant=scaler if isinstance(first, ev.Variant) else look.name_of(first),
    )


def _shared(look: FindingContext, variants: list[ev.Variant], target: Target) -> Finding:
    kind, namespace, name = target
    names = sorted(variant.name for variant in variants)
    scales = [Evidence(f"scales {kind} {name}", f"VariantAutoscaling/{n}", "object") for n in names]
    decided = [
        decision
        for decision in look.state.deciding.values()
        if decision.variant in names and decision.namespace in ("", namespace)
    ]
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=f"{', '.join(names[:-1])} and {names[-1]} have one target: {kind} {name}",
        about=f"{kind}/{namespace}/{name}/variants",
        evidence=(
            *scales,
            *(
                Evidence(
                    f"wants {'?' if d.target is None else d.target}",
                    f"WVA decision for {d.variant}",
                    "controller log",
                    look.age(d.last_at),
                )
                for d in decided
            ),
        ),
        advice="keep one of them:"
        f" kubectl -n {namespace} delete variantautoscalings.llmd.ai {names[-1]}",
        variant=names[0],
    )


RULE = FindingRule("scale-target", "a scale target is missing or shared", "blocker", _find, rank=16)
