"""Replicas that run but are not ready: a failing probe, a crash loop, readiness lost again."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.kube_object import bare
from wvatui.core.lines import many

LEAST_S = 300.0
"""A boot may take this long without a finding, seconds …"""
TIMES = 3.0
"""… and this many times the longest boot seen."""
NODE_S = 30.0
"""Most seconds between the node controller's Event and its change of the pod's condition."""
LOST_S = 20.0
"""Seconds for which readiness must have been lost."""
NEVER_STARTED = (
    "RunContainerError",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ContainerCannotRun",
    "StartError",
)
"""The kubelet's reasons for a container that has no log because it never ran."""
CRASHES = ("CrashLoopBackOff", "Error", "OOMKilled", *NEVER_STARTED)


def _find(look: FindingContext) -> Iterator[Finding]:
    boots = look.state.lifecycles.values()
    seen = [b.ready_at - b.started_at for b in boots if b.ready_at and b.started_at]
    limit_s = max(LEAST_S, TIMES * max(seen, default=0.0))
    nodes: dict[str, list[ev.Pod]] = {}
    for pod in look.model_pods:
        if pod.ready or pod.deleting_at is not None:
            continue
        if pod.node and _lost_its_node(look, pod):
            nodes.setdefault(pod.node, []).append(pod)
            continue
        title = _trouble(look, pod, limit_s)
        if not title:
            continue
        told = look.kube_events("Pod", (pod.name,), ("Unhealthy", "BackOff", "Killing", "Failed"))
        failure = look.state.watched[pod.name].failure if pod.name in look.state.watched else None
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=title,
            about=f"Pod/{pod.namespace}/{bare(pod.name)}",
            evidence=(
                look.pod_state(pod, pod.started_at),
                *(
                    (
                        Evidence(
                            f"restarted {many(pod.restarts, 'time')}"
                            + (pod.last_exit and f", last exit: {pod.last_exit}")
                            if pod.restarts
                            else f"last exit: {pod.last_exit}",
                            f"Pod/{pod.name}",
                            "object",
                            look.age(pod.last_exit_at),
                        ),
                    )
                    if pod.restarts or pod.last_exit
                    else ()
                ),
                *(look.event(event) for event in told[:2]),
                *(
                    (
                        Evidence(
                            failure.text or failure.why,
                            f"Pod/{pod.name}",
                            "metrics page",
                            look.age(failure.at),
                        ),
                    )
                    if failure is not None
                    else ()
                ),
            ),
            advice=_advice(pod),
            variant=look.variant_of(pod),
        )

    yield from (_of_node(look, node, pods) for node, pods in sorted(nodes.items()))


def _lost_its_node(look: FindingContext, pod: ev.Pod) -> bool:
    """Whether the node controller marked it as not ready: its containers may still run."""
    said = look.condition_since("pod", pod, "state")
    told = look.kube_events("Pod", (pod.name,), ("NodeNotReady",))
    return said is not None and any((e.last_at or e.at) >= said.since - NODE_S for e in told)


def _of_node(look: FindingContext, node: str, pods: list[ev.Pod]) -> Finding:
    count = many(len(pods), "replica")
    told = look.kube_events("Pod", [pod.name for pod in pods], ("NodeNotReady",))
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=f"node {node} is not ready, and {count} on it do not count",
        about=f"Node/{node}",
        evidence=(*map(look.event, told[:2]), *(look.pod_state(pod) for pod in pods[:2])),
        advice=f"kubectl describe node {node}: does its kubelet run and reach the API server?",
        variant=look.variant_of(pods[0]),
    )


def crashes(pod: ev.Pod) -> bool:
    """Whether one of its containers (or init containers) ends repeatedly or cannot start."""
    return pod.reason.removeprefix("Init:") in CRASHES


def _advice(pod: ev.Pod) -> str:
    name = bare(pod.name)
    logs = f"kubectl -n {pod.namespace} logs {name}"
    if pod.reason.removeprefix("Init:") in NEVER_STARTED:
        return f"kubectl -n {pod.namespace} describe pod {name}: it names what is missing"
    if pod.reason.startswith("Init:"):
        return f"{logs} --all-containers: an init container ends before the engine may begin"
    if crashes(pod):
        return f"{logs} --previous: its last lines say why"
    return f"{logs}; check the probe's path, port and delays against the time that loading takes"


def _trouble(look: FindingContext, pod: ev.Pod, limit_s: float) -> str:
    """What is wrong, in one sentence; empty: nothing yet."""
    if crashes(pod):
        never = pod.reason.removeprefix("Init:") in NEVER_STARTED
        return f"{pod.name} {'cannot be started' if never else 'does not stay up'}: {pod.reason}"
    said = look.condition_since("pod", pod, "state")
    boot = look.state.lifecycles.get(pod.name)
    if boot is not None and boot.ready_at is not None and pod.phase == "Running":
        if said is not None and look.now - said.since >= LOST_S:
            told = look.kube_events("Pod", (pod.name,), ("Unhealthy",))
            return f"{pod.name} was ready and is no more" + (": its probe fails" if told else "")
        return ""
    running_s = look.age(pod.started_at)
    if pod.phase == "Running" and running_s is not None and running_s > limit_s:
        return f"{pod.name} runs for {running_s:.0f} s and is still not ready: its probe fails"
    return ""


RULE = FindingRule("failing-probes", "a replica does not get ready", "blocker", _find, rank=100)
