"""Pods for which no node has room."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.kube_object import bare
from wvatui.core.state.links import Link

GRACE_S = 5.0
"""Seconds that a pod may need to get its node."""

_TOLD = ("FailedScheduling", "NotTriggerScaleUp", "TriggeredScaleUp")
"""Reasons of events of the scheduler, and of the cluster autoscaler, which may add a node."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        waiting = [
            pod
            for name in link.pods
            if name not in look.state.gone
            and (pod := look.state.pods[name]).phase == "Pending"
            and pod.scheduled_at is None
            and pod.deleting_at is None
            and (look.age(pod.created_at) or GRACE_S) >= GRACE_S
        ]
        stuck = [pod for pod in waiting if pod.reason in ("Unschedulable", "SchedulerError")]
        gated = [pod for pod in waiting if pod.reason == "SchedulingGated"]
        if stuck:
            finds = "replica finds" if len(stuck) == 1 else "replicas find"
            yield _finding(
                look,
                link,
                stuck,
                f"{len(stuck)} {finds} no node: {link.name} cannot grow",
                "free or add nodes that fit (GPU type, taints, memory), or lower the maximum:"
                " kubectl -n {} describe pod {}",
            )
        if gated:
            held = "replica is" if len(gated) == 1 else "replicas are"
            yield _finding(
                look,
                link,
                gated,
                f"{len(gated)} {held} held by a scheduling gate: {link.name} cannot grow",
                "whoever set the gate lets it go, such as Kueue within its quota:"
                " kubectl -n {0} get workloads.kueue.x-k8s.io; kubectl -n {0} describe pod {1}",
                "/gated",
            )


def _finding(
    look: FindingContext,
    link: Link,
    pods: list[ev.Pod],
    title: str,
    advice: str,
    part: str = "",
) -> Finding:
    oldest = max(pods, key=lambda pod: look.age(pod.created_at) or 0.0)
    names = [pod.name for pod in pods]
    told = [event for why in _TOLD for event in look.kube_events("Pod", names, (why,))[:1]]
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=title,
        about=f"variant/{link.namespace}/{link.name}{part}",
        evidence=(
            look.pod_state(oldest, oldest.created_at),
            *(look.event(event) for event in told),
            *look.wishes(link),
        ),
        advice=advice.format(oldest.namespace, bare(oldest.name)),
        variant=link.name,
    )


RULE = FindingRule("unschedulable", "no node has room for a replica", "blocker", _find, rank=80)
