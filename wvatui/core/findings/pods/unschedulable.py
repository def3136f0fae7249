"""Pods for which no node has room."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Finding, FindingRule
from wvatui.core.findings.look import FindingContext

GRACE_S = 5.0
"""A pod needs a moment to get its node."""

_TOLD = ("FailedScheduling", "NotTriggerScaleUp", "TriggeredScaleUp")
"""Reasons of the scheduler and of the cluster autoscaler, which says whether a node comes."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        stuck = [
            pod
            for name in link.pods
            if name not in look.state.gone
            and (pod := look.state.pods[name]).phase == "Pending"
            and pod.scheduled_at is None
            and pod.deleting_at is None
            and pod.reason in ("Unschedulable", "SchedulingGated", "SchedulerError")
            and (look.age(pod.created_at) or GRACE_S) >= GRACE_S
        ]
        if not stuck:
            continue
        oldest = max(stuck, key=lambda pod: look.age(pod.created_at) or 0.0)
        names = [pod.name for pod in stuck]
        told = [event for why in _TOLD for event in look.kube_events("Pod", names, (why,))[:1]]
        replicas = "replica finds" if len(stuck) == 1 else "replicas find"
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{len(stuck)} {replicas} no node: {link.name} cannot grow",
            about=f"variant/{link.namespace}/{link.name}",
            evidence=(
                look.pod_state(oldest, oldest.created_at),
                *(look.event(event) for event in told),
                *look.wishes(link),
            ),
            advice="free or add nodes that fit (GPU type, taints, memory), or lower the maximum:"
            f" kubectl -n {oldest.namespace} describe pod {oldest.name}",
            variant=link.name,
        )


RULE = FindingRule("unschedulable", "no node has room for a replica", "blocker", _find, rank=80)
