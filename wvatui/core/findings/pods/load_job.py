"""Load jobs that failed, or went on after an attempt was killed: OOMKilled."""

from collections.abc import Iterator

from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.queries.load.load_rows import has_failed

RECENT_S = 600.0
"""Age above which a job's end is ignored, seconds."""
_MEMORY = "raise the memory limit in its manifest, or ask for fewer requests at once: "


def _find(look: FindingContext) -> Iterator[Finding]:
    for job in look.state.jobs.values():
        age_s = look.age(job.ended_at)
        if not has_failed(job) or (age_s is not None and age_s > RECENT_S):
            continue
        kind = job.kind.lower()
        yield Finding(
            rule=RULE.id,
            severity="warning",
            title=f"load {kind} {job.name} {job.status}: {job.reason or 'no reason is given'}",
            about=f"{job.kind}/{job.namespace}/{job.name}/{job.uid}",
            evidence=(
                Evidence(
                    ": ".join(word for word in (job.status, job.reason, job.message) if word),
                    f"{job.kind}/{job.name}",
                    "object",
                    age_s,
                ),
            ),
            advice=(_MEMORY if "OOMKilled" in job.reason else "")
            + f"kubectl -n {job.namespace} logs {kind}/{job.name} (the load it offered is not the"
            " load that was planned)",
        )


RULE = FindingRule("load-job", "a load job failed", "detector", _find, rank=245)
