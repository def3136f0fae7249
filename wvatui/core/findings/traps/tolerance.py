"""A change by one replica that is within the tolerance, from 10 replicas on.

Within 10 % of the target an HPA does nothing, and at 10 replicas one replica is 10 %. Source:
Kubernetes replica_calculator.go.
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.decisions.hpa.one_look import HpaNow, begun
from wvatui.core.findings.finding import Evidence, Finding, FindingRule, ScalersSeen, behavior_of
from wvatui.core.lines import many

MANY = 10
"""Replicas from which on a single one is within the tolerance."""


def _find(look: ScalersSeen) -> Iterator[Finding]:
    for hpa in look.hpas:
        namespace, name = hpa.namespace, hpa.name
        target = look.workloads.get((hpa.target_kind, hpa.namespace, hpa.target_name))
        if (hpa.current or 0) < MANY or target is None or not hpa.conditions:
            continue
        swallowed = list(_swallowed(look, hpa, target))
        if not swallowed:
            continue
        most = max(wanted for _, wanted in swallowed)
        yield Finding(
            rule=RULE.id,
            severity="advice",
            title=f"HPA {name} stays at {hpa.current} although its metrics come to {most}: the"
            " difference is within its tolerance",
            about=f"HPA/{namespace}/{name}",
            evidence=tuple(Evidence(text, f"HPA/{name}", "status") for text, _ in swallowed),
            advice=f"set scaleUp.tolerance and scaleDown.tolerance in {behavior_of(hpa)}"
            " (Kubernetes 1.35 and later), or take it as it is",
            variant=look.name_of(hpa),
        )


def _swallowed(
    look: ScalersSeen, hpa: ev.Autoscaler, target: ev.Workload
) -> Iterator[tuple[str, int]]:
    """Metrics of the HPA that ask for another size than the one it keeps."""
    now = HpaNow(look.now, hpa, target)
    try:
        spec, account = now.spec, begun(now)[0]
    except ValueError:
        return
    exist = target.replicas or 0
    if account.differences or account.wanted != account.current or account.current != exist:
        return
    names = {
        trigger.made.metric: trigger.title
        for scaled, keda in look.keda_accounts
        if (scaled.namespace, scaled.name) == (hpa.namespace, hpa.scaled_object)
        for trigger in keda.triggers
    }
    sizes = []
    for metric, each in zip(spec.metrics, account.inputs, strict=False):
        if metric.type != "External" or metric.target_type != "AverageValue":
            return  # for other kinds of metrics this cannot be seen
        if each.usage is None or not metric.target:
            return
        share = each.usage / metric.target
        # The status rounds a share up: a total that is a whole number of targets stays one.
        wanted = -(-(each.usage - 1) * exist // metric.target)
        name, at = names.get(metric.name, metric.name), f"at {many(exist, 'replica')}"
        text = f"{name}: {share:.3g} of its target {at} comes to {wanted}"
        sizes.append((text, wanted))
    if sizes and max(wanted for _, wanted in sizes) != account.current:
        yield from sizes


RULE = FindingRule(
    "tolerance", "a change is within the HPA's tolerance", "detector", _find, rank=227
)
