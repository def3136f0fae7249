"""What KEDA serves the HPA for one trigger: its value, an error, or the fallback.

Source: KEDA v2.21.0 pkg/fallback/fallback.go; what differs by release is in `keda_versions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wvatui.core.rules.keda.keda_spec import Fallback, KedaSpec
from wvatui.core.rules.keda.keda_versions import NEWEST, KedaRelease
from wvatui.core.rules.quantities import MOST_MILLI, milli

PLACEHOLDER = -1000
"""Thousandths used for a trigger whose failure the formula itself has to handle."""


@dataclass(frozen=True, slots=True)
class TriggerHealth:
    """`status.health` of a metric: failures in a row, and whether the last read failed."""

    failures: int = 0
    failing: bool = False


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """The HPA's target for a trigger's metric: Value or AverageValue, thousandths."""

    type: str = "AverageValue"
    milli: int = 0


@dataclass(frozen=True, slots=True)
class ServedMetric:
    """The answer for one metric. `milli`: the value served; None: an error is served instead.

    `fallback`: the value is the fallback's. `health`: of all metrics after the read; `falling`: the
    condition Fallback, None where it is not written. `error`: of the source or of the fallback.
    """

    milli: int | None
    health: Mapping[str, TriggerHealth] = field(default_factory=dict)
    fallback: bool = False
    falling: bool | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class TargetReplicas:
    """The scale target when a fallback is computed: wanted replicas and ready pods."""

    current: int = 0
    ready: int = 0


def valid_fallback(
    spec: KedaSpec, target: MetricTarget, release: KedaRelease = NEWEST
) -> Fallback | None:
    """The fallback, if KEDA applies it; None: KEDA ignores it, or there is none.

    With a formula, the formula's target has to be a positive whole number.
    """
    fallback = spec.fallback
    if fallback is None or fallback.threshold < 0 or fallback.replicas < 0:
        return None
    if target.type == "Value" and not release.value_fallback:
        return None
    if target.type not in ("AverageValue", "Value"):
        return None
    if spec.modifiers is not None and not _whole_target(spec.modifiers.target):
        return None
    return fallback


def _whole_target(text: str) -> bool:
    digits = text.removeprefix("+")
    return digits.isdecimal() and digits.isascii() and int(digits) > 0


def fallback_replicas(fallback: Fallback, current: int, release: KedaRelease = NEWEST) -> int:
    """Replicas to hold while nothing can be read, according to `fallback.behavior`."""
    fixed, behavior = fallback.replicas, fallback.behavior
    if not release.behaviors:
        return fixed
    if behavior == "currentReplicas":
        return current
    if behavior == "currentReplicasIfHigher":
        return max(current, fixed)
    if behavior == "currentReplicasIfLower":
        return min(current, fixed)
    return fixed


def served(
    spec: KedaSpec,
    metric: str,
    target: MetricTarget,
    value: int | None,
    health: Mapping[str, TriggerHealth],
    replicas: TargetReplicas,
    *,
    error: str = "",
    release: KedaRelease = NEWEST,
) -> ServedMetric:
    """The answer for one trigger. `value`: thousandths as read; None: the read failed.

    Failures are only counted where a fallback is valid; it applies when there were more in a row
    than its threshold. Source: GetMetricsWithFallback.
    """
    fallback = valid_fallback(spec, target, release)
    if fallback is None:
        return ServedMetric(value, health, error="" if value is not None else error)
    before = health.get(metric, TriggerHealth())
    now = TriggerHealth() if value is not None else TriggerHealth(before.failures + 1, True)
    after = {**health, metric: now}
    falling = any(each.failing and each.failures > fallback.threshold for each in after.values())
    if value is not None:
        return ServedMetric(value, after, falling=falling)
    if now.failures <= fallback.threshold:
        return ServedMetric(None, after, falling=falling, error=error)
    if release.behaviors and fallback.behavior == "scalingModifiers":
        return ServedMetric(PLACEHOLDER, after, falling=falling)
    stand_in = fallback_milli(spec, fallback, target, replicas, release)
    if stand_in is None:
        return ServedMetric(None, after, falling=falling, error="error performing fallback")
    return ServedMetric(stand_in, after, fallback=True, falling=falling)


def fallback_milli(
    spec: KedaSpec,
    fallback: Fallback,
    target: MetricTarget,
    replicas: TargetReplicas,
    release: KedaRelease = NEWEST,
) -> int | None:
    """Thousandths that make the HPA want the fallback's replicas; None: no pod is ready.

    Target times replicas, rounded down; for a Value target, divided by the ready pods.
    Source: doFallback.
    """
    wanted, each, kind = fallback_replicas(fallback, replicas.current, release), target.milli, ""
    if spec.modifiers is not None:
        each, kind = milli(spec.modifiers.target) or 0, spec.modifiers.metric_type
    elif not release.milli_fallback:
        each = each // 1000 * 1000
    if (kind or target.type) == "Value":
        if replicas.ready <= 0:
            return None
        return int(each * wanted / replicas.ready)
    return min(each * wanted, MOST_MILLI)
