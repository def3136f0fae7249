"""The HorizontalPodAutoscaler (autoscaling/v2), as a pure function."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wvatui.core.rules.hpa.hpa_metrics import ExternalMetric as ExternalMetric
from wvatui.core.rules.hpa.hpa_metrics import HpaMetric, error_of, failure, title
from wvatui.core.rules.hpa.hpa_metrics import proposal as proposal
from wvatui.core.rules.hpa.hpa_metrics import selector_text as selector_text
from wvatui.core.rules.hpa.hpa_pods import PodReading as PodReading
from wvatui.core.rules.hpa.hpa_pods import PodsMetric as PodsMetric
from wvatui.core.rules.hpa.hpa_policy import (
    DEFAULT_DOWN,
    DEFAULT_UP,
    PastChange,
    Rules,
    down_limit,
    plain_stable,
    plain_up_limit,
    stabilize,
    up_limit,
)


@dataclass(frozen=True, slots=True)
class HpaSpec:
    """What the object asks for.

    `plain`: it states no `behavior` at all. The API fills defaults in only where a part of it is
    stated, so the controller's older limits hold then, and not the ones of `up` and `down`.
    """

    min: int
    max: int
    up: Rules = DEFAULT_UP
    down: Rules = DEFAULT_DOWN
    plain: bool = False


@dataclass(frozen=True, slots=True)
class HpaMemory:
    """What the controller remembers between two looks; a value, never changed in place."""

    recommendations: tuple[PastChange, ...] = ()
    ups: tuple[PastChange, ...] = ()
    downs: tuple[PastChange, ...] = ()


@dataclass(frozen=True, slots=True)
class HpaCondition:
    """A condition in the words of kube-controller-manager."""

    type: str
    status: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What one look comes to.

    `wanted`: before stabilisation and limits, None when nothing could be computed. `reason`:
    rescale reason as in the event "New size: 2; reason: …". `failures`: what could not be read,
    a text a metric (event FailedGetExternalMetric). `error`: why nothing could be computed (event
    FailedComputeMetricsReplicas); empty when something could.
    """

    desired: int
    wanted: int | None
    reason: str
    conditions: tuple[HpaCondition, ...]
    memory: HpaMemory
    failures: tuple[str, ...] = ()
    error: str = ""


GOT_SCALE = HpaCondition(
    "AbleToScale",
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
)
SCALING_DISABLED = HpaCondition(
    "ScalingActive",
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
)


def first_memory(spec_replicas: int, now: float) -> HpaMemory:
    """What is remembered of an object that is seen for the first time: its present size.

    Source: Kubernetes horizontal.go recordInitialRecommendation.
    """
    return HpaMemory((PastChange(now, spec_replicas),))


def recommend(
    spec: HpaSpec,
    metrics: Sequence[HpaMetric],
    *,
    spec_replicas: int,
    status_replicas: int,
    ready: int,
    memory: HpaMemory,
    now: float,
    namespace: str = "",
) -> Recommendation:
    """Desired replicas after metrics, stabilisation, policies and min/max.

    The highest proposal counts; when a metric cannot be read, nothing scales down. A target at 0
    is left alone unless min is 0. `now`: epoch seconds. `scaled` tells the memory that the scale
    was really changed. Source: Kubernetes pkg/controller/podautoscaler/horizontal.go
    reconcileAutoscaler.
    """
    if spec_replicas == 0 and spec.min != 0:
        return Recommendation(0, None, "", (GOT_SCALE, SCALING_DISABLED), memory)
    if spec_replicas > spec.max:
        reason = "Current number of replicas above Spec.MaxReplicas"
        return Recommendation(spec.max, None, reason, (GOT_SCALE,), memory)
    if spec_replicas < spec.min:
        reason = "Current number of replicas below Spec.MinReplicas"
        return Recommendation(spec.min, None, reason, (GOT_SCALE,), memory)
    proposals = [
        (
            proposal(
                m,
                status_replicas,
                ready,
                spec.up.tolerance,
                spec.down.tolerance,
                spec_replicas=spec_replicas,
            ),
            m,
        )
        for m in metrics
    ]
    known = [(replicas, m) for replicas, m in proposals if replicas is not None]
    failed = [m for replicas, m in proposals if replicas is None]
    failures = tuple(failure(m, namespace) for m in failed)
    best = max((replicas for replicas, _ in known), default=None)
    if best is None or (failed and best < spec_replicas):
        return _unread(spec_replicas, len(metrics), failed, failures, memory)
    chosen = next(m for replicas, m in known if replicas == best)
    result = _limited(spec, chosen, best, spec_replicas, memory, now)
    return replace(result, failures=failures)


def _limited(
    spec: HpaSpec,
    chosen: HpaMetric,
    wanted: int,
    current: int,
    memory: HpaMemory,
    now: float,
) -> Recommendation:
    """Stabilisation, policies and min/max on what the metrics want."""
    past = memory.recommendations
    if spec.plain:
        stable = plain_stable(wanted, past, now)
    else:
        stable = stabilize(current, wanted, past, now, spec.up, spec.down)
    memory = _remembered(spec, memory, wanted, now)
    desired, within = _within(spec, stable, current, memory, now)
    reason = ""
    if wanted > current:
        reason = f"{title(chosen)} above target"
    elif wanted < current:
        reason = "All metrics below target"
    active = HpaCondition(
        "ScalingActive",
        "True",
        "ValidMetricFound",
        f"the HPA was able to successfully calculate a replica count from {title(chosen)}",
    )
    conditions = (_able(wanted, stable), active, within)
    return Recommendation(desired, wanted, reason, conditions, memory)


def _unread(
    current: int,
    total: int,
    failed: Sequence[HpaMetric],
    failures: tuple[str, ...],
    memory: HpaMemory,
) -> Recommendation:
    """Nothing can be computed: the size stays, and the first failure is told in both ways."""
    text = failures[0] if failures else "no metrics were given"
    condition = HpaCondition(
        "ScalingActive",
        "False",
        f"FailedGet{failed[0].source}Metric" if failed else "InvalidMetricSourceType",
        f"the HPA was unable to compute the replica count: {text}",
    )
    error = f"invalid metrics ({len(failures)} invalid out of {total}), first error is: "
    if failed:
        error += error_of(failed[0])
    return Recommendation(current, None, "", (GOT_SCALE, condition), memory, failures, error + text)


def _able(wanted: int, stable: int) -> HpaCondition:
    if stable > wanted:
        return HpaCondition(
            "AbleToScale",
            "True",
            "ScaleDownStabilized",
            "recent recommendations were higher than current one,"
            " applying the highest recent recommendation",
        )
    if stable < wanted:
        return HpaCondition(
            "AbleToScale",
            "True",
            "ScaleUpStabilized",
            "recent recommendations were lower than current one,"
            " applying the lowest recent recommendation",
        )
    return HpaCondition(
        "AbleToScale",
        "True",
        "ReadyForNewScale",
        "recommended size matches current size",
    )


def _within(
    spec: HpaSpec, stable: int, current: int, memory: HpaMemory, now: float
) -> tuple[int, HpaCondition]:
    """Policies and min/max; the condition ScalingLimited says which of them cut."""
    if stable > current:
        limit: float = plain_up_limit(current)
        if not spec.plain:
            limit = up_limit(current, memory.ups, memory.downs, spec.up, now)
        most = int(min(limit, spec.max))
        if stable > most:
            if limit < spec.max:
                return most, _cut(
                    "ScaleUpLimit",
                    "the desired replica count is increasing faster than the maximum scale rate",
                )
            return most, _cut(
                "TooManyReplicas",
                "the desired replica count is more than the maximum replica count",
            )
    elif stable < current:
        limit = 0.0
        if not spec.plain:
            limit = down_limit(current, memory.ups, memory.downs, spec.down, now)
        least = int(max(limit, spec.min))
        if stable < least:
            if limit > spec.min:
                return least, _cut(
                    "ScaleDownLimit",
                    "the desired replica count is decreasing faster than the maximum scale rate",
                )
            return least, _cut(
                "TooFewReplicas",
                "the desired replica count is less than the minimum replica count",
            )
    return stable, HpaCondition(
        "ScalingLimited",
        "False",
        "DesiredWithinRange",
        "the desired count is within the acceptable range",
    )


def _cut(reason: str, message: str) -> HpaCondition:
    return HpaCondition("ScalingLimited", "True", reason, message)


def _remembered(spec: HpaSpec, memory: HpaMemory, wanted: int, now: float) -> HpaMemory:
    longest = max(spec.up.window_s, spec.down.window_s)
    kept = tuple(past for past in memory.recommendations if past.at > now - longest)
    return HpaMemory((*kept, PastChange(now, wanted)), memory.ups, memory.downs)


def scaled(spec: HpaSpec, memory: HpaMemory, before: int, after: int, now: float) -> HpaMemory:
    """The memory after the scale was set from `before` to `after`; old changes are forgotten."""
    periods = [p.period_s for p in (*spec.up.policies, *spec.down.policies)]
    longest = max(periods, default=0.0)
    ups = tuple(change for change in memory.ups if change.at > now - longest)
    downs = tuple(change for change in memory.downs if change.at > now - longest)
    if after > before:
        ups = (*ups, PastChange(now, after - before))
    elif after < before:
        downs = (*downs, PastChange(now, before - after))
    return HpaMemory(memory.recommendations, ups, downs)
