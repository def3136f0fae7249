"""A ScaledObject that somebody paused: KEDA takes its HPA away, and nothing scales the target."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext, condition


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), scaled in sorted(look.state.scaled_objects.items()):
        if not scaled.paused:
            continue
        link = look.link_of(scaled)
        told = condition(scaled.conditions, "Paused")
        since = told.since if told is not None and told.status == "True" else None
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"ScaledObject {name} is {scaled.paused}: no decision is carried out",
            about=f"ScaledObject/{namespace}/{name}",
            evidence=(
                Evidence(scaled.paused, f"ScaledObject/{name}", "annotation", look.age(since)),
                *(look.wishes(link) if link is not None else ()),
            ),
            advice=(
                f"take the annotations away: kubectl -n {namespace} annotate scaledobject {name}"
                " autoscaling.keda.sh/paused- autoscaling.keda.sh/paused-replicas-"
            ),
            variant=link.name if link is not None else "",
        )


RULE = FindingRule("paused-scaled-object", "ScaledObject is paused", "blocker", _find, rank=10)
