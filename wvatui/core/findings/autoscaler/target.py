"""Variants whose scale target does not exist, or is another variant's, too."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.state.links import declared_by_target
from wvatui.core.state.replicas import Target


def _find(look: FindingContext) -> Iterator[Finding]:
    read = {
        kind
        for source in look.state.sources.values()
        if source.status == "ok"
        for kind in source.kinds
    }
    for target, group in declared_by_target(look.state.variants.values()):
        if target[0] in read and target not in look.state.workloads:
            yield from (_missing(variant, target) for variant in group)
        vas = [variant for variant in group if variant.source == "VariantAutoscaling"]
        if len(vas) > 1:
            yield _shared(look, vas, target)


def _missing(variant: ev.Variant, target: Target) -> Finding:
    kind, namespace, name = target
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=f"{variant.source} {variant.name} scales {kind} {name}, which is not there",
        about=f"{variant.source}/{namespace}/{variant.name}",
        evidence=(
            Evidence(f"scaleTargetRef {kind} {name}", f"{variant.source}/{variant.name}", "object"),
        ),
        advice=f"create {kind} {name}, or mend scaleTargetRef:"
        f" kubectl -n {namespace} get {kind.lower()}",
        variant=variant.name,
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
