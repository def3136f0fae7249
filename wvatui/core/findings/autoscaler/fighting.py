"""Two scalers of one target, or an HPA that does not follow the controller's decisions."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.findings.traps.shared_pods import ambiguous
from wvatui.core.state.links import Link, is_decision_metric, target_of
from wvatui.core.state.replicas import Target


def _find(look: FindingContext) -> Iterator[Finding]:
    for target, hpas in sorted(look.hpas_of.items()):
        scaled = [s for s in look.state.scaled_objects.values() if target_of(s) == target]
        made = {name for s in scaled for name in (s.hpa, s.name) if name}
        strangers = [h for h in hpas if h.scaled_object not in made and h.name not in made]
        scalers = [f"ScaledObject {s.name}" for s in scaled] + [f"HPA {h.name}" for h in strangers]
        # Where neither of them scales, a finding of its own says why.
        if len(scalers) > 1 and not (hpas and all(map(ambiguous, hpas))):
            yield _two(look, target, scalers, hpas, scaled)
    for link in look.links:
        yield from _deaf(look, link)


def _two(
    look: FindingContext,
    target: Target,
    scalers: list[str],
    hpas: list[ev.Autoscaler],
    scaled: list[ev.ScaledObject],
) -> Finding:
    kind, namespace, name = target
    link = next((i for i in look.links if i.workload and i.workload.name == name), None)
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=f"{' and '.join(scalers)} both scale {kind} {name}",
        about=f"{kind}/{namespace}/{name}",
        evidence=(
            *(
                Evidence(
                    f"reads {', '.join(m.name for m in h.metrics) or 'nothing'},"
                    f" wants {'?' if h.desired is None else h.desired}",
                    f"HPA/{h.name}",
                    "status",
                )
                for h in hpas
            ),
            *(
                Evidence(
                    f"triggers {', '.join(s.triggers) or 'none'}",
                    f"ScaledObject/{s.name}",
                    "object",
                )
                for s in scaled
            ),
            *look.wishes(link),
            *_against(hpas),
        ),
        advice=f"keep one of them: kubectl -n {namespace} delete hpa NAME",
        variant=link.name if link is not None else "",
    )


def _against(hpas: list[ev.Autoscaler]) -> Iterator[Evidence]:
    """The sizes that several HPAs of one target want, where they differ."""
    wants = {hpa.name: hpa.desired for hpa in hpas if hpa.desired is not None}
    if len(set(wants.values())) > 1:
        each = ", ".join(f"HPA {name} wants {count}" for name, count in sorted(wants.items()))
        text = f"two controllers decide against each other: {each}"
        yield Evidence(text, "HPAs", "computed")


def _deaf(look: FindingContext, link: Link) -> Iterator[Finding]:
    """Findings of targets that the controller decides for but whose scaler reads other metrics."""
    decided, hpa = look.decided(link), link.hpa
    if hpa is not None and len(look.hpas_of[target_of(hpa)]) > 1:
        return  # several scalers: found above
    if decided is None or decided.target is None or hpa is None or not hpa.metrics:
        return
    reads = [metric.name for metric in hpa.metrics]
    if hpa.scaled_object or link.scaled_object is not None:
        told = link.scaled_object.reads if link.scaled_object is not None else ()
        if not told:
            return  # KEDA's metrics are named s0-prometheus, so their query is not known
        reads = list(told)
    if any(map(is_decision_metric, reads)):
        own = [name for name in reads if not is_decision_metric(name)]
        if not own or link.scaled_object is not None:
            return
        title = f"HPA {hpa.name} goes by {', '.join(own)} too: the highest wins, not the controller"
    else:
        title = (
            f"the controller decides about {link.name}, and HPA {hpa.name} goes by"
            f" {', '.join(reads)} instead"
        )
    yield Finding(
        rule=RULE.id,
        severity="warning",
        title=title,
        about=f"HPA/{hpa.namespace}/{hpa.name}/metrics",
        evidence=(
            Evidence(f"reads {', '.join(reads)}", f"HPA/{hpa.name}", "object"),
            *look.wishes(link),
        ),
        advice=f"let one of them decide: give HPA {hpa.name} the metric wva_desired_replicas alone,"
        " or take the variant out of the controller's hands",
        variant=link.name,
    )


RULE = FindingRule("fighting", "two scale one target", "blocker", _find, rank=160)
