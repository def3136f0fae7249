"""An HPA's metric that reads `<unknown>`: the HPA then does not scale down, often not at all."""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.decisions.hpa.outcome import trigger_names
from wvatui.core.events.object_events import condition_of
from wvatui.core.findings.autoscaler.adapter_missing import (
    how_to_ask,
    metrics_api,
    without_request,
)
from wvatui.core.findings.autoscaler.scaling_inactive import ADVICE, GRACE_S
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.state.links import target_of

SEEN_S = 10.0
"""Seconds for which it must have been seen, where no condition says since when."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for (namespace, name), hpa in sorted(look.state.hpas.items()):
        if metrics_api(hpa) is not None or look.is_missing(target_of(hpa)):
            continue  # found by another rule; without a target, no metric is read
        active = condition_of(hpa.conditions, "ScalingActive")
        scaled = look.state.scaled_objects.get((namespace, hpa.scaled_object))
        triggers = trigger_names(scaled, (metric.name for metric in hpa.metrics))
        for number, metric in enumerate(hpa.metrics):
            said = look.condition_since("hpa", hpa, f"metric {number} {metric.name}")
            if metric.current is not None or said is None:
                continue
            since, grace_s = said.since, SEEN_S
            if active is not None and active.status == "False":
                since = active.since if active.since is not None else since
                grace_s = GRACE_S
                if active.reason in ADVICE:
                    continue
            if look.now - since < grace_s:
                continue
            target = "?" if metric.target is None else f"{metric.target:g}"
            link = look.link_of(hpa)
            trigger = triggers.get(metric.name, metric.name)
            named = metric.name if trigger == metric.name else f"{trigger} ({metric.name})"
            yield Finding(
                rule=RULE.id,
                severity="blocked",
                title=f"HPA {name} reads <unknown> for {named}",
                about=f"HPA/{namespace}/{name}/{metric.name}",
                evidence=(
                    Evidence(
                        f"{metric.name} <unknown>, target {target} {metric.type}".rstrip(),
                        f"HPA/{name}",
                        "status",
                        look.age(since),
                    ),
                    *(
                        look.condition(active, f"HPA/{name}", whole=True)
                        for _ in (0,)
                        if active is not None and active.status == "False"
                    ),
                    *look.wishes(link),
                ),
                advice=_advice(hpa, number, metric.name, active),
                variant=link.name if link is not None else "",
            )


def _advice(hpa: ev.Autoscaler, number: int, metric: str, active: ev.Condition | None) -> str:
    kind = hpa.asked[number].get("type", "") if number < len(hpa.asked) else ""
    ask = how_to_ask(hpa, kind, metric)
    if kind in ("Resource", "ContainerResource"):
        return without_request(active) or f"does metrics-server have numbers of the pods? {ask}"
    return (
        "the metrics API answers, but not for this metric: do its name and labels exist in"
        f" Prometheus? {ask}"
    )


RULE = FindingRule("unknown-metric", "a metric is <unknown>", "blocker", _find, rank=40)
