"""What slows an HPA down: stabilization windows and scaling policies (`spec.behavior`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

import msgspec

from wvatui.core.rules.quantities import quantity

SYNC_S = 15.0
"""Seconds between looks at every HPA (kube-controller-manager's
--horizontal-pod-autoscaler-sync-period)."""
DOWN_WINDOW_S = 300.0
"""kube-controller-manager's --horizontal-pod-autoscaler-downscale-stabilization."""
TOLERANCE = 0.1
"""kube-controller-manager's --horizontal-pod-autoscaler-tolerance."""
Select = Literal["Max", "Min", "Disabled"]
MOST_REPLICAS = 2**31 - 1
"""The controller's replicas are int32."""


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `value` pods (Pods) or percent of the replicas (Percent) within `period_s`."""

    type: str
    value: int
    period_s: float


@dataclass(frozen=True, slots=True)
class Rules:
    """How fast one direction may go. `window_s`, `tolerance` None: the controller's flag counts."""

    window_s: float | None
    policies: tuple[Policy, ...]
    select: Select = "Max"
    tolerance: float | None = None

    @property
    def window(self) -> float:
        """The stabilization window, seconds; the flag's default where none is stated."""
        return DOWN_WINDOW_S if self.window_s is None else self.window_s

    @property
    def ratio(self) -> float:
        """How far from 1 a metric's ratio may be without a change; the flag's default where none is
        stated."""
        return TOLERANCE if self.tolerance is None else self.tolerance


DEFAULT_UP = Rules(0.0, (Policy("Pods", 4, 15.0), Policy("Percent", 100, 15.0)))
DEFAULT_DOWN = Rules(None, (Policy("Percent", 100, 15.0),))
"""Kubernetes pkg/apis/autoscaling/v2/defaults.go: behaviour when the object states none."""


class PastChange(msgspec.Struct, frozen=True, gc=False):
    """What the controller remembers of one look: `replicas` recommended, added or removed.

    `at`: epoch seconds. `outdated`: a change that is too old for every policy, to be replaced by
    the next one. `before`: for a change, the size before it; None: not known.
    """

    at: float
    replicas: int
    outdated: bool = False
    before: int | None = None


def defaulted(given: Mapping[str, Any] | None, direction: str) -> dict[str, Any]:
    """One direction of `spec.behavior` as the API server stores it, with all defaults.

    The window for scaling down has no default: there the controller's flag applies.
    Source: Kubernetes pkg/apis/autoscaling/v2/defaults.go GenerateHPAScaleUpRules,
    GenerateHPAScaleDownRules.
    """
    up = direction == "scaleUp"
    default = DEFAULT_UP if up else DEFAULT_DOWN
    filled: dict[str, Any] = {"stabilizationWindowSeconds": 0} if up else {}
    filled["selectPolicy"] = "Max"
    filled["policies"] = [
        {"type": policy.type, "value": policy.value, "periodSeconds": int(policy.period_s)}
        for policy in default.policies
    ]
    return filled | {key: value for key, value in (given or {}).items() if value is not None}


def rules(behavior: Mapping[str, Any] | None, direction: str) -> Rules:
    """Rules of `spec.behavior`, with the API's defaults for what it does not state.

    `direction`: scaleUp or scaleDown. Seconds and plain ratios. The `behavior` of an event is
    always valid; any other may raise KeyError, TypeError, ValueError or AttributeError.
    """
    stated = defaulted((behavior or {}).get(direction), direction)
    window, tolerance = stated.get("stabilizationWindowSeconds"), stated.get("tolerance")
    return Rules(
        window_s=None if window is None else float(window),
        policies=tuple(
            Policy(p["type"], int(p["value"]), float(p["periodSeconds"]))
            for p in stated["policies"]
        ),
        select=stated["selectPolicy"],
        tolerance=None if tolerance is None else _ratio(tolerance),
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
    up_window_s: float,
    down_window_s: float,
) -> int:
    """Replicas within the windows: upwards not above the lowest recommendation in the window,
    downwards not below the highest.

    Source: Kubernetes horizontal.go stabilizeRecommendationWithBehaviors.
    """
    lowest = highest = desired
    up_since, down_since = now - up_window_s, now - down_window_s
    for past in recommendations:
        replicas = past.replicas
        if replicas < lowest and past.at > up_since:
            lowest = replicas
        if replicas > highest and past.at > down_since:
            highest = replicas
    return min(max(current, lowest), highest)


def plain_up_limit(current: int) -> int:
    """The most replicas that an object without `spec.behavior` may go to: twice as many, or 4.

    Source: Kubernetes horizontal.go calculateScaleUpLimit.
    """
    return max(2 * current, 4)


def plain_stable(
    wanted: int, recommendations: Iterable[PastChange], now: float, window_s: float = DOWN_WINDOW_S
) -> int:
    """Replicas without `spec.behavior`: the highest recommendation in the window, end included.

    Source: Kubernetes horizontal.go stabilizeRecommendation.
    """
    since = now - window_s
    recent = [past.replicas for past in recommendations if past.at >= since]
    return max([wanted, *recent])


def up_limit(
    current: int, ups: Sequence[PastChange], downs: Sequence[PastChange], rules: Rules, now: float
) -> int:
    """The most replicas that the policies allow now; fewer than `current` when more were added
    than they allow. Without any policy nothing is allowed.

    Source: Kubernetes horizontal.go calculateScaleUpLimitWithScalingRules. Percent rounds up, and
    so does its floating-point noise: 10 percent on top of 10 replicas is 12.
    """
    if rules.select == "Disabled":
        return current
    limits = []
    for policy in rules.policies:
        start = replicas_at_start(current, ups, downs, policy.period_s, now)
        if policy.type == "Pods":
            limits.append(start + policy.value)
        else:
            limits.append(ceil(start * (1 + policy.value / 100)))
    if rules.select == "Min":
        return min(limits, default=MOST_REPLICAS)
    return max(limits, default=-MOST_REPLICAS - 1)


def down_limit(
    current: int, ups: Sequence[PastChange], downs: Sequence[PastChange], rules: Rules, now: float
) -> int:
    """The fewest replicas that the policies allow now; more than `current` when more were removed
    than they allow.

    Source: Kubernetes horizontal.go calculateScaleDownLimitWithBehaviors.
    """
    if rules.select == "Disabled":
        return current
    limits = []
    for policy in rules.policies:
        start = replicas_at_start(current, ups, downs, policy.period_s, now)
        if policy.type == "Pods":
            limits.append(start - policy.value)
        else:
            limits.append(int(start * (1 - policy.value / 100)))
    if rules.select == "Min":
        return max(limits, default=-MOST_REPLICAS - 1)
    return min(limits, default=MOST_REPLICAS)


def replicas_at_start(
    current: int,
    ups: Sequence[PastChange],
    downs: Sequence[PastChange],
    period_s: float,
    now: float,
) -> int:
    """Replicas as they were when a policy's period began."""
    since = now - period_s
    for change in ups:
        if change.at > since:
            current -= change.replicas
    for change in downs:
        if change.at > since:
            current += change.replicas
    return current
