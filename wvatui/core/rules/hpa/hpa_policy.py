"""The HPA's brakes: stabilisation windows and scaling policies (`spec.behavior`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Literal

from wvatui.core.rules.quantities import quantity

DOWN_WINDOW_S = 300.0
"""kube-controller-manager's --horizontal-pod-autoscaler-downscale-stabilization."""
TOLERANCE = 0.1
Select = Literal["Max", "Min", "Disabled"]


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `value` pods (Pods) or percent of the replicas (Percent) within `period_s`."""

    type: str
    value: int
    period_s: float


@dataclass(frozen=True, slots=True)
class Rules:
    """How fast one direction may go."""

    window_s: float
    policies: tuple[Policy, ...]
    select: Select = "Max"
    tolerance: float = TOLERANCE


DEFAULT_UP = Rules(0.0, (Policy("Pods", 4, 15.0), Policy("Percent", 100, 15.0)))
DEFAULT_DOWN = Rules(DOWN_WINDOW_S, (Policy("Percent", 100, 15.0),))
"""Kubernetes pkg/apis/autoscaling/v2/defaults.go: behaviour when the object states none."""


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change of the scale: `replicas` added (or removed) at `at`, epoch seconds."""

    at: float
    replicas: int


def rules(behavior: Mapping[str, Any] | None, direction: str) -> Rules:
    """Rules of `spec.behavior`, the API's defaults where it is silent.

    `direction`: scaleUp or scaleDown. Seconds and plain ratios. That of an event is always whole;
    another one raises KeyError, TypeError, ValueError or AttributeError for what it is not.
    """
    default = DEFAULT_UP if direction == "scaleUp" else DEFAULT_DOWN
    given = (behavior or {}).get(direction)
    if not given:
        return default
    window = given.get("stabilizationWindowSeconds")
    listed = given.get("policies")
    tolerance = given.get("tolerance")
    return Rules(
        window_s=default.window_s if window is None else float(window),
        policies=default.policies
        if not listed
        else tuple(Policy(p["type"], int(p["value"]), float(p["periodSeconds"])) for p in listed),
        select=given.get("selectPolicy") or "Max",
        tolerance=TOLERANCE if tolerance is None else _ratio(tolerance),
    )


def _ratio(tolerance: object) -> float:
    """A tolerance, which the API writes as a quantity: 0.05 or 50m."""
    ratio = quantity(tolerance)
    if ratio is None or ratio < 0:
        raise ValueError(f"tolerance {tolerance!r} is no ratio")
    return ratio


def stabilize(
    current: int,
    desired: int,
    recommendations: Iterable[PastChange],
    now: float,
    up: Rules,
    down: Rules,
) -> int:
    """Within the windows: not above the lowest recommendation on the way up, not below the
    highest on the way down. Replicas.

    Source: Kubernetes horizontal.go stabilizeRecommendationWithBehaviors.
    """
    lowest = highest = desired
    for past in recommendations:
        if past.at > now - up.window_s:
            lowest = min(lowest, past.replicas)
        if past.at > now - down.window_s:
            highest = max(highest, past.replicas)
    return min(max(current, lowest), highest)


def plain_up_limit(current: int) -> int:
    """The most replicas that an object without `spec.behavior` may go to: twice as many, or 4.

    Source: Kubernetes horizontal.go calculateScaleUpLimit.
    """
    return max(2 * current, 4)


def plain_stable(wanted: int, recommendations: Iterable[PastChange], now: float) -> int:
    """Without `spec.behavior`: the highest recommendation of the last five minutes.

    Source: Kubernetes horizontal.go stabilizeRecommendation.
    """
    recent = [past.replicas for past in recommendations if past.at >= now - DOWN_WINDOW_S]
    return max([wanted, *recent])


def up_limit(
    current: int, ups: Sequence[PastChange], downs: Sequence[PastChange], rules: Rules, now: float
) -> float:
    """The most replicas that the policies allow now.

    Source: Kubernetes horizontal.go calculateScaleUpLimitWithScalingRules. Percent rounds up, and
    so does its floating-point noise: 10 percent on top of 10 replicas is 12.
    """
    if rules.select == "Disabled":
        return current
    limits = []
    for policy in rules.policies:
        start = _at_start(current, ups, downs, policy.period_s, now)
        if policy.type == "Pods":
            limits.append(start + policy.value)
        else:
            limits.append(ceil(start * (1 + policy.value / 100)))
    if not limits:
        return inf
    return max(current, min(limits) if rules.select == "Min" else max(limits))


def down_limit(
    current: int, ups: Sequence[PastChange], downs: Sequence[PastChange], rules: Rules, now: float
) -> float:
    """The fewest replicas that the policies allow now.

    Source: Kubernetes horizontal.go calculateScaleDownLimitWithBehaviors.
    """
    if rules.select == "Disabled":
        return current
    limits = []
    for policy in rules.policies:
        start = _at_start(current, ups, downs, policy.period_s, now)
        if policy.type == "Pods":
            limits.append(start - policy.value)
        else:
            limits.append(int(start * (1 - policy.value / 100)))
    if not limits:
        return 0
    return min(current, max(limits) if rules.select == "Min" else min(limits))


def _at_start(
    current: int,
    ups: Sequence[PastChange],
    downs: Sequence[PastChange],
    period_s: float,
    now: float,
) -> int:
    """Replicas as they were when the period began."""
    added = sum(change.replicas for change in ups if change.at > now - period_s)
    removed = sum(change.replicas for change in downs if change.at > now - period_s)
    return current - added + removed
