"""Containers that ended with an error recently, such as OOMKilled, whatever they do now."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.findings.pods.failing_probes import crashes
from wvatui.core.kube_object import bare

RECENT_S = 600.0
"""Age above which an end is ignored, seconds: `lastState` stays forever."""
_MEMORY = "raise the memory limit of its container, or lower what it needs: "


def _find(look: FindingContext) -> Iterator[Finding]:
    for pod in look.model_pods:
        age_s = look.age(pod.last_exit_at)
        if not pod.last_exit or pod.deleting_at is not None or age_s is None or age_s > RECENT_S:
            continue
        if not pod.ready and crashes(pod):
            continue  # a crash loop is found by another rule
        times = f", {pod.restarts} restarts" if pod.restarts > 1 else ""
        is_memory = pod.last_exit.startswith("OOMKilled")
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"a container of {pod.name} ended {age_s:.0f} s ago: {pod.last_exit}{times}",
            about=f"Pod/{pod.namespace}/{bare(pod.name)}/exit",
            evidence=(Evidence(pod.last_exit, f"Pod/{pod.name}", "lastState", age_s),),
            advice=(_MEMORY if is_memory else "")
            + f"kubectl -n {pod.namespace} logs {bare(pod.name)} --previous",
            variant=look.variant_of(pod),
        )


RULE = FindingRule(
    "container-exit", "a container was killed or crashed", "detector", _find, rank=105
)
