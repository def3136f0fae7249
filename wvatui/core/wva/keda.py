"""KEDA's part: waking from zero, going to zero, pausing and falling back; an HPA does the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

POLLING_S = 30.0
COOLDOWN_S = 300.0
"""Defaults of spec.pollingInterval and spec.cooldownPeriod (KEDA scaledobject_types.go)."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger as polled. `value` None: it could not be read."""

    value: float | None
    activation: float = 0.0
    """Active above this (`activationThreshold`)."""
    threshold: float = 1.0


@dataclass(frozen=True, slots=True)
class KedaSpec:
    """What the ScaledObject asks for. `paused_at`: replicas to hold (paused-replicas)."""

    min: int = 0
    max: int = 100
    idle: int | None = None
    cooldown_s: float = COOLDOWN_S
    paused: bool = False
    paused_at: int | None = None
    fallback_replicas: int | None = None
    failure_threshold: int = 0


@dataclass(frozen=True, slots=True)
class KedaMemory:
    """What survives between two polls. `active_at`: epoch seconds; None: never active."""

    active_at: float | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class KedaOutcome:
    """What one poll comes to. `scale_to` None: leave the target to the HPA."""

    active: bool
    scale_to: int | None
    fallback: bool
    memory: KedaMemory
    why: str = ""


def poll(
    spec: KedaSpec, triggers: Sequence[Trigger], *, current: int, memory: KedaMemory, now: float
) -> KedaOutcome:
    """One look at the triggers: active or not, and the scale KEDA itself sets.

    Active when any trigger is above its activation. At 0 and active: to max(min, 1). Inactive
    for longer than the cooldown: to `idle`, or to 0 when min is 0. Not active, and a trigger cannot
    be read: to the fallback after more failures in a row than the threshold, until then and
    without a fallback nothing. Paused: to `paused_at`, or nothing at all.
    Source: KEDA pkg/scaling/executor/scale_scaledobjects.go RequestScale.
    """
    active = any(t.value is not None and t.value > t.activation for t in triggers)
    broken = any(t.value is None for t in triggers)
    memory = replace(memory, failures=memory.failures + 1 if broken else 0)
    if spec.paused or spec.paused_at is not None:
        move = spec.paused_at if spec.paused_at not in (None, current) else None
        return KedaOutcome(active, move, False, memory, "paused")
    if broken and not active:
        failing = memory.failures > spec.failure_threshold
        if not failing or spec.fallback_replicas is None:
            return KedaOutcome(False, None, False, memory, "unread")
        move = spec.fallback_replicas if current != spec.fallback_replicas else None
        return KedaOutcome(False, move, True, memory, "fallback")
    if active:
        memory = replace(memory, active_at=now)
        low = max(spec.min, 1)
        asleep = current == 0 or (spec.idle is not None and current == spec.idle < low)
        return KedaOutcome(True, low if asleep else None, False, memory, "woken" if asleep else "")
    return _quiet(spec, current, memory, now)


def _quiet(spec: KedaSpec, current: int, memory: KedaMemory, now: float) -> KedaOutcome:
    cooled = memory.active_at is None or now > memory.active_at + spec.cooldown_s
    rest = spec.idle if spec.idle is not None else 0
    may_rest = spec.idle is not None or spec.min == 0
    if may_rest and current > rest:
        return KedaOutcome(False, rest if cooled else None, False, memory, "idle" if cooled else "")
    if not may_rest and current < spec.min:
        return KedaOutcome(False, spec.min, False, memory, "below minimum")
    return KedaOutcome(False, None, False, memory)


def fallback_value(spec: KedaSpec, trigger: Trigger, memory: KedaMemory) -> float | None:
    """What the HPA is served for a trigger: its value, or after enough failures the fallback.

    `fallback.replicas * threshold` for an AverageValue target; None while the trigger fails and
    no fallback holds yet. Source: KEDA pkg/fallback/fallback.go doFallback.
    """
    if trigger.value is not None:
        return trigger.value
    if spec.fallback_replicas is None or memory.failures <= spec.failure_threshold:
        return None
    return float(ceil(spec.fallback_replicas * trigger.threshold))
