"""All allowed replicas exist, and the load needs more."""

from collections.abc import Iterator

from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many
from wvatui.core.queries.pods.replica_rows import COMING
from wvatui.core.state.links import Link

HALF = 0.5
"""Share of measured replicas that are saturated from which more replicas are needed."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        most = look.most(link)
        spec = link.workload.spec if link.workload is not None else None
        if most is None or spec is None or spec < most:
            continue
        why = _why(look, link)
        if not why:
            continue
        scaler = link.hpa or link.scaled_object or link.variant
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{link.name} is at its maximum of {many(most, 'replica')}, and the"
            " load wants more",
            about=f"variant/{link.namespace}/{link.name}",
            evidence=(
                Evidence(f"maximum {most}", scaler.name if scaler else link.name, "object"),
                *look.wishes(link),
                *why,
            ),
            advice=f"raise {look.maximum_of(link)} (and see that GPUs are there), or lower the"
            " load",
            variant=link.name,
        )


def _why(look: FindingContext, link: Link) -> tuple[Evidence, ...]:
    """Evidence that more replicas are needed; empty: there is none."""
    found = []
    if link.hpa is not None:
        told = condition_of(link.hpa.conditions, "ScalingLimited")
        if told is not None and told.status == "True" and told.reason == "TooManyReplicas":
            found.append(look.condition(told, f"HPA/{link.hpa.name}"))
    rows = look.rows(link)
    if any(row.state in COMING for row in rows) or _has_room_beside(look, link):
        return tuple(
            found
        )  # replicas that were asked for are still to come, here or in another variant
    measured = [row for row in rows if row.saturated is not None]
    full = [row for row in measured if row.saturated]
    if measured and len(full) >= HALF * len(measured):
        waiting = [row.waiting for row in measured if row.waiting is not None]
        least = "at least " if len(waiting) < len(measured) else ""
        wait = f", {least}{many(sum(waiting), 'request')} waiting" if waiting else ""
        kv = [row.kv_ratio for row in measured if row.kv_ratio is not None]
        mean = f", KV cache {sum(kv) / len(kv):.0%} in the mean" if kv else ""
        found.append(
            Evidence(
                f"{len(full)} of {len(measured)} replicas saturated{wait}{mean}",
                link.name,
                "pods",
                max((row.sample_age_s or 0.0 for row in measured), default=None),
            )
        )
    return tuple(found)


def _has_room_beside(look: FindingContext, link: Link) -> bool:
    """Whether another variant of the model and role may grow: the controller takes the cheapest
    first, then the next (WVA v0.6.0 internal/engines/pipeline/cost_aware_optimizer.go)."""
    return any(
        other is not link
        and (other.model, other.namespace) == (link.model, link.namespace)
        and link.model
        and _role(look, other) == _role(look, link)
        and other.workload is not None
        and (most := look.most(other)) is not None
        and other.workload.spec is not None
        and other.workload.spec < most
        for other in look.links
    )


def _role(look: FindingContext, link: Link) -> str:
    """The role of its pods, prefill or decode, by the pods' or (at zero) the workload's labels."""
    labels = [look.state.pods[name].labels for name in link.pods]
    if link.workload is not None:
        labels += [link.workload.selector, link.workload.labels]
    return next(filter(None, (each.get("llm-d.ai/role", "") for each in labels)), "")


RULE = FindingRule(
    "max-reached", "all replicas that are allowed are there", "blocker", _find, rank=60
)
