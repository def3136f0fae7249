"""The controller wants more replicas than the autoscaler allows: the two have different maxima."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        decided = look.decided(link)
        scaler = link.hpa or link.scaled_object
        if decided is None or decided.target is None or scaler is None or scaler.max is None:
            continue
        if decided.target <= scaler.max:
            continue
        kind = "HPA" if link.hpa is not None else "ScaledObject"
        own = link.variant.max if link.variant is not None else None
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"the controller wants {many(decided.target, 'replica')} of {link.name}, {kind}"
            f" {scaler.name} gives {scaler.max} at most",
            about=f"variant/{link.namespace}/{link.name}",
            evidence=(
                *look.wishes(link),
                Evidence(f"maximum {scaler.max}", f"{kind}/{scaler.name}", "object"),
                Evidence(
                    "states no maximum of its own" if own is None else f"maximum {own}",
                    f"variant {link.name}",
                    link.source,
                ),
            ),
            advice=f"give both the same: {look.maximum_of(link)}, and the maximum of the variant"
            f" {link.name}",
            variant=link.name,
        )


RULE = FindingRule("target-above-max", "the target is above the maximum", "blocker", _find, rank=50)
