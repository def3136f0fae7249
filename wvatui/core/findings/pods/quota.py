"""Pods that are not even created: the API server refuses them, mostly for lack of quota."""

from collections.abc import Iterator

from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.lines import many, verb
from wvatui.core.state.links import Link

RECENT_S = 300.0


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        workload = link.workload
        if workload is None:
            continue
        lacking = (workload.spec or 0) - (workload.replicas or 0)
        evidence = _refusals(look, link) if lacking > 0 else ()
        if not evidence:
            continue
        by_quota = any("exceeded quota" in one.text for one in evidence)
        yield Finding(
            rule=RULE.id,
            severity="blocked",
            title=f"{lacking} of {many(workload.spec or 0, 'replica')} of {link.name}"
            f" {verb(lacking, 'are')} refused" + (": the quota is used up" if by_quota else ""),
            about=f"{workload.kind}/{workload.namespace}/{workload.name}",
            evidence=(*evidence, *look.wishes(link)),
            advice=f"kubectl -n {workload.namespace} describe quota; raise it, or lower the maximum"
            if by_quota
            else "the message says who refuses it: mend the template, the service account or the"
            " admission webhook",
            variant=link.name,
        )


def _refusals(look: FindingContext, link: Link) -> tuple[Evidence, ...]:
    workload = link.workload
    assert workload is not None
    found = []
    told = condition_of(workload.conditions, "ReplicaFailure")
    if told is not None and told.status == "True":
        found.append(look.condition(told, f"{workload.kind}/{workload.name}"))
    own = look.state.window.id_of(workload.namespace, workload.name)
    made = {
        event.name
        for event in look.state.kube_events.last(600)
        if event.name.rpartition("-")[0] == own
    }
    makers = {"ReplicaSet": made, "StatefulSet": made, workload.kind: {own}}
    for kind, names in makers.items():
        told_of = look.kube_events(kind, names, ("FailedCreate",), RECENT_S)
        found += [look.event(event) for event in told_of[:1]]
    return tuple(found)


RULE = FindingRule("quota", "replicas are refused (quota)", "blocker", _find, rank=70)
