"""A decision that has not been carried out long after it should have been."""

from collections.abc import Iterator

from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many, verb
from wvatui.core.rows.scale_views import PATIENCE_S
from wvatui.core.state.links import Link


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        decided = look.decided(link)
        spec = link.workload.spec if link.workload is not None else None
        if decided is None or decided.target is None or spec is None or decided.target == spec:
            continue
        up = decided.target > spec
        since = _wanted_since(look, link, spec, up)
        if since is None or look.now - since < PATIENCE_S["up" if up else "down"]:
            continue
        if not up and _waits(link):
            continue
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"{many(decided.target, 'replica')} of {link.name} {verb(decided.target, 'are')}"
            f" wanted for {look.now - since:.0f} s and its spec still says {spec}",
            about=f"variant/{link.namespace}/{link.name}",
            evidence=(
                Evidence(
                    f"{'more' if up else 'fewer'} than {spec} wanted in every decision since",
                    link.name,
                    "controller log",
                    look.now - since,
                ),
                *look.wishes(link),
            ),
            advice="the decision does not reach the target: see the other findings; else check the"
            " emitted metric, the value that the HPA reads, and the HPA's conditions",
            variant=link.name,
        )


def _wanted_since(look: FindingContext, link: Link, spec: int, up: bool) -> float | None:
    """Since when more (or fewer) replicas than `spec` have been wanted without interruption."""
    ring = look.state.ladder.get(link.key)
    since: float | None = None
    if not ring:
        return None
    for rungs in reversed(ring.last(len(ring))):
        wants = rungs.target is not None and (rungs.target > spec if up else rungs.target < spec)
        if not wants or rungs.spec != spec:
            break
        since = rungs.at
    return since


def _waits(link: Link) -> bool:
    """Whether the HPA says that it waits for a window or a policy."""
    if link.hpa is None:
        return False
    able = condition_of(link.hpa.conditions, "AbleToScale")
    limited = condition_of(link.hpa.conditions, "ScalingLimited")
    return (able is not None and able.reason == "ScaleDownStabilized") or (
        limited is not None
        and limited.status == "True"
        and limited.reason in ("ScaleDownLimit", "TooFewReplicas")
    )


RULE = FindingRule("no-effect", "a decision without effect", "detector", _find, rank=190)
