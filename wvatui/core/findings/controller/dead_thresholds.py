"""Thresholds that can never trigger: percent where a ratio is meant, or a trigger of 0.

V1 scales up when the mean spare of the replicas that are not saturated falls below a trigger
(WVA v0.8.0 internal/saturation/analyzer.go:164-282): KV use is a ratio and never above 1, spare is
never below 0. An HPA acts outside a tolerance of 10 % (kube-controller-manager's
--horizontal-pod-autoscaler-tolerance).
"""

from collections.abc import Iterator

from wvatui.core import events as ev
from wvatui.core.decisions.given import CONFIG_KEYS
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import FindingContext
from wvatui.core.rows.views import Thresholds
from wvatui.core.rules.hpa.hpa_policy import rules

_RATIOS = ("kv_cache_usage", "gpu_cache_usage", "token_usage", "cache_usage_perc")
"""Parts of names of metrics that are ratios from 0 to 1, even if named as percentages."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for model in sorted({link.model for link in look.links}):
        limits = look.limits(model)
        if not any(known.told for known in limits.known.values()):
            continue
        for words in _dead(limits):
            yield _finding(
                f"config/{model}/{words[:24]}",
                f"{model or 'any model'}: {words}",
                (*_known(limits),),
                "write ratios between 0 and 1 into the controller's ConfigMap, and triggers smaller"
                " than their thresholds",
            )
    for (namespace, name), hpa in sorted(look.state.hpas.items()):
        for metric in hpa.metrics:
            words = _unreachable(hpa, metric)
            if words:
                yield _finding(
                    f"HPA/{namespace}/{name}/{metric.name}",
                    f"HPA {name}: {words}",
                    (
                        Evidence(
                            f"{metric.name}, target {metric.target:g} {metric.type}",
                            f"HPA/{name}",
                            "object",
                        ),
                    ),
                    f"give {metric.name} a target below 1, such as 0.8 (800m)",
                )


def _known(limits: Thresholds) -> Iterator[Evidence]:
    """Evidence of the thresholds, grouped by how they are known."""
    for words in dict.fromkeys(known.words for known in limits.known.values()):
        names = [n for n, known in limits.known.items() if known.words == words]
        text = ", ".join(f"{CONFIG_KEYS[name]} {getattr(limits, name):g}" for name in names)
        yield Evidence(text, "thresholds", words)


def _dead(limits: Thresholds) -> Iterator[str]:
    if limits.kv > 1.0:
        yield (
            f"kvCacheThreshold {limits.kv:g} is above 1, which no KV cache reaches: is it percent?"
        )
    if limits.kv_trigger <= 0 and limits.queue_trigger <= 0:
        yield "both spare triggers are 0 or less: no spare is below them, nothing scales up"
    if limits.kv_trigger > 0 and limits.kv <= 1.0 and limits.kv_trigger >= limits.kv:
        yield (
            f"kvSpareTrigger {limits.kv_trigger:g} is not below kvCacheThreshold"
            f" {limits.kv:g}: it always scales up and never down"
        )
    if limits.queue_trigger > limits.queue:
        yield (
            f"queueSpareTrigger {limits.queue_trigger:g} is above queueLengthThreshold"
            f" {limits.queue:g}: it always scales up and never down"
        )
    if limits.scale_down >= limits.scale_up:
        yield (
            f"scaleDownBoundary {limits.scale_down:g} is not below scaleUpThreshold"
            f" {limits.scale_up:g}: what scales up may scale down at once"
        )
    if limits.scale_up > 2.0:
        yield f"scaleUpThreshold {limits.scale_up:g} is a ratio of demand to supply: is it percent?"
    if limits.scale_down <= 0:
        yield f"scaleDownBoundary {limits.scale_down:g}: nothing ever scales down"


def _unreachable(hpa: ev.Autoscaler, metric: ev.MetricStatus) -> str:
    """Why a metric of an HPA can never ask for more; empty: it can."""
    if metric.target is None or metric.type == "Utilization":
        return ""
    if not any(part in metric.name for part in _RATIOS):
        return ""
    tolerance = rules(hpa.behavior, "scaleUp").ratio
    if 1.0 / metric.target > 1.0 + tolerance:
        return ""
    return (
        f"{metric.name} is a ratio of at most 1, and must exceed {metric.target:g} by"
        f" {tolerance:.0%} before anything scales up"
    )


def _finding(about: str, title: str, evidence: tuple[Evidence, ...], advice: str) -> Finding:
    return Finding(RULE.id, "blocked", title, about, evidence, advice)


RULE = FindingRule(
    "dead-thresholds", "thresholds that can never trigger", "blocker", _find, rank=150
)
