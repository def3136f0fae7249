"""A Deployment with `spec.paused`: it is scaled, but a changed template is not rolled out."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext


def _find(look: FindingContext) -> Iterator[Finding]:
    for link in look.links:
        workload = link.workload
        if workload is None or not workload.paused:
            continue
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"{workload.kind} {workload.name} has spec.paused: no change of its template is"
            " rolled out",
            about=f"{workload.kind}/{workload.namespace}/{workload.name}/paused",
            evidence=(
                Evidence("spec.paused: true", f"{workload.kind}/{workload.name}", "object"),
                *look.wishes(link),
            ),
            advice=f"kubectl -n {workload.namespace} rollout resume"
            f" {workload.kind.lower()}/{workload.name}",
            variant=link.name,
        )


RULE = FindingRule("paused-rollout", "a rollout is paused", "blocker", _find, rank=14)
