"""Windows, policies and min/max applied to what an HPA's metrics want."""

import msgspec

from wvatui.core.rules.hpa import hpa_conditions as words
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, remembered, windows
from wvatui.core.rules.hpa.hpa_policy import (
    DOWN_WINDOW_S,
    down_limit,
    plain_stable,
    plain_up_limit,
    stabilize,
    up_limit,
)
from wvatui.core.rules.hpa.hpa_spec import HpaSpec


class Braked(msgspec.Struct, frozen=True, gc=False):
    """`stable`: replicas after the windows; `desired`: after policies, min and max too.

    `able`, `limited`: the conditions AbleToScale and ScalingLimited that say so.
    """

    stable: int
    desired: int
    able: HpaCondition
    limited: HpaCondition
    memory: HpaMemory


def brake(
    spec: HpaSpec,
    wanted: int,
    current: int,
    memory: HpaMemory,
    now: float,
    flag_s: float = DOWN_WINDOW_S,
) -> Braked:
    """`wanted` replicas after windows, policies, min and max, and the memory after that.

    Source: Kubernetes horizontal.go normalizeDesiredReplicas and its variant with behaviors.
    """
    stable = stabilized(spec, wanted, current, memory, now, flag_s)
    able = words.READY_FOR_NEW
    if stable != wanted:
        upwards = not spec.plain and wanted >= current
        able = words.UP_STABILIZED if upwards else words.DOWN_STABILIZED
    memory = remembered(spec, memory, wanted, now, flag_s)
    desired, reason = limit(spec, stable, current, memory, now)
    return Braked(stable, desired, able, words.limited(reason, desired != stable), memory)


def stabilized(
    spec: HpaSpec, wanted: int, current: int, memory: HpaMemory, now: float, flag_s: float
) -> int:
    """`wanted` after the stabilization windows, replicas."""
    up_s, down_s = windows(spec, flag_s)
    past = memory.recommendations
    if spec.plain:
        return plain_stable(wanted, past, now, down_s)
    return stabilize(current, wanted, past, now, up_s, down_s)


def limit(
    spec: HpaSpec, desired: int, current: int, memory: HpaMemory, now: float
) -> tuple[int, str]:
    """Replicas within policies, min and max, and the reason of ScalingLimited.

    Source: Kubernetes horizontal.go convertDesiredReplicasWithRules,
    convertDesiredReplicasWithBehaviorRate.
    """
    if spec.plain:
        return _plain_limit(spec, desired, current)
    if desired > current:
        most = max(current, up_limit(current, memory.ups, memory.downs, spec.up, now))
        if desired > min(most, spec.max):
            return min(most, spec.max), "ScaleUpLimit" if most < spec.max else "TooManyReplicas"
    elif desired < current:
        least = min(current, down_limit(current, memory.ups, memory.downs, spec.down, now))
        if desired < max(least, spec.min):
            reason = "ScaleDownLimit" if least > spec.min else "TooFewReplicas"
            return max(least, spec.min), reason
    return desired, words.WITHIN_RANGE


def _plain_limit(spec: HpaSpec, desired: int, current: int) -> tuple[int, str]:
    """The limit without `behavior`: min, max, and upwards at most twice as many or 4."""
    if desired < spec.min:
        return spec.min, "TooFewReplicas"
    most = plain_up_limit(current)
    if desired > min(most, spec.max):
        return min(most, spec.max), "ScaleUpLimit" if most < spec.max else "TooManyReplicas"
    return desired, words.WITHIN_RANGE
