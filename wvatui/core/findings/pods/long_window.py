"""A scale-up stabilization window that is longer than a stage of the load: the stage is over before
the HPA may follow."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.rules.hpa.hpa_policy import rules


def _find(look: FindingContext) -> Iterator[Finding]:
    running = [job for job in look.state.jobs.values() if job.status == "running"]
    for (namespace, name), hpa in sorted(look.state.hpas.items()):
        window_s = rules(hpa.behavior, "scaleUp").window if hpa.behavior else 0.0
        for job in running:
            short = _shortest(job)
            if short is None or window_s <= short:
                continue
            link = look.link_of(hpa)
            if link is None or (job.model and link.model and job.model != link.model):
                continue
            yield Finding(
                rule=RULE.id,
                severity="warning",
                title=f"HPA {name} may not follow load job {job.name}: its window of {window_s:g} s"
                f" on the way up is longer than a stage of {short:g} s",
                about=f"HPA/{namespace}/{name}/{job.name}",
                evidence=(
                    Evidence(
                        f"behavior.scaleUp.stabilizationWindowSeconds {window_s:g}",
                        f"HPA/{name}",
                        "object",
                    ),
                    Evidence(f"a stage of {short:g} s", f"{job.kind}/{job.name}", "object"),
                ),
                advice="shorten the window, or make the stages longer than it: such a run measures"
                " the window",
                variant=link.name,
            )


def _shortest(job: ev.Job) -> float | None:
    """The shortest of its stages, seconds; None: it has fewer than two, or they have no end."""
    if len(job.stages) < 2:
        return None
    return min((s.duration_s for s in job.stages if s.duration_s), default=None)


RULE = FindingRule(
    "long-window", "a window is longer than a stage of the load", "detector", _find, rank=228
)
