"""KEDA's part: waking from zero, going to zero, pausing and falling back; an HPA does the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from wvatui.core.rules.keda.keda_formula import evaluate

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
    name: str = ""
    """As a formula calls it (`triggers[].name`)."""


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
    fallback_behavior: str = "static"
    """static, currentReplicas, currentReplicasIfHigher, currentReplicasIfLower (KEDA 2.17)."""
    polling_s: float = POLLING_S
    formula: str = ""
    """`advanced.scalingModifiers.formula` over the triggers' names; empty: none."""
    formula_activation: float = 0.0


@dataclass(frozen=True, slots=True)
class KedaMemory:
    """What survives between two polls. `active_at`: epoch seconds; None: never active."""

    active_at: float | None = None
    failures: int = 0
    polled_at: float | None = None
    """Epoch seconds; None: never."""


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

    Active when any trigger is above its activation; with a formula, when that is above its own.
    At 0 and active: to max(min, 1). Inactive for longer than the cooldown: to `idle`, or to 0 when
    min is 0. Not active, and a trigger cannot be read: to the fallback after more failures in a row
    than the threshold, until then and without a fallback nothing. Paused: to `paused_at`, or
    nothing at all. Raises FormulaError.
    Source: KEDA pkg/scaling/executor/scale_scaledobjects.go RequestScale.
    """
    active = _active(spec, triggers)
    broken = any(t.value is None for t in triggers)
    failures = memory.failures + 1 if broken else 0
    memory = replace(memory, failures=failures, polled_at=now)
    if spec.paused or spec.paused_at is not None:
        move = spec.paused_at if spec.paused_at not in (None, current) else None
        return KedaOutcome(active, move, False, memory, "paused")
    if broken and not active:
        failing = memory.failures > spec.failure_threshold
        if not failing or spec.fallback_replicas is None:
            return KedaOutcome(False, None, False, memory, "unread")
        replicas = fallback_replicas(spec, current)
        return KedaOutcome(
            False, replicas if current != replicas else None, True, memory, "fallback"
        )
    if active:
        memory = replace(memory, active_at=now)
        low = max(spec.min, 1)
        asleep = current == 0 or (spec.idle is not None and current == spec.idle < low)
        return KedaOutcome(True, low if asleep else None, False, memory, "woken" if asleep else "")
    return _quiet(spec, current, memory, now)


def due(spec: KedaSpec, memory: KedaMemory, now: float) -> bool:
    """Is it time to poll? The HPA reads on at its own pace, 15 s, whatever the polling."""
    return memory.polled_at is None or now >= memory.polled_at + spec.polling_s


def composite(spec: KedaSpec, triggers: Sequence[Trigger]) -> float | None:
    """What the HPA is served in place of all triggers: the formula's value.

    None: there is no formula, or a trigger that could not be read.
    Raises FormulaError, in words. Source: KEDA pkg/scaling/modifiers/modifiers.go.
    """
    known = {t.name: t.value for t in triggers if t.value is not None}
    if not spec.formula or len(known) < len(triggers):
        return None
    return evaluate(spec.formula, known)


def _active(spec: KedaSpec, triggers: Sequence[Trigger]) -> bool:
    if spec.formula:
        value = composite(spec, triggers)
        return value is not None and value > spec.formula_activation
    return any(t.value is not None and t.value > t.activation for t in triggers)


def _quiet(spec: KedaSpec, current: int, memory: KedaMemory, now: float) -> KedaOutcome:
    cooled = memory.active_at is None or now > memory.active_at + spec.cooldown_s
    rest = spec.idle if spec.idle is not None else 0
    may_rest = spec.idle is not None or spec.min == 0
    if may_rest and current > rest:
        return KedaOutcome(False, rest if cooled else None, False, memory, "idle" if cooled else "")
    if not may_rest and current < spec.min:
        return KedaOutcome(False, spec.min, False, memory, "below minimum")
    return KedaOutcome(False, None, False, memory)


def fallback_replicas(spec: KedaSpec, current: int) -> int:
    """Replicas to hold while nothing can be read, as `fallback.behavior` has it.

    Source: KEDA pkg/fallback/fallback.go getFallbackReplicas (behaviours since 2.17).
    """
    fixed = spec.fallback_replicas or 0
    if spec.fallback_behavior == "currentReplicas":
        return current
    if spec.fallback_behavior == "currentReplicasIfHigher":
        return max(current, fixed)
    if spec.fallback_behavior == "currentReplicasIfLower":
        return min(current, fixed)
    return fixed


def fallback_value(
    spec: KedaSpec, trigger: Trigger, memory: KedaMemory, current: int | None = None
) -> float | None:
    """What the HPA is served for a trigger: its value, or after enough failures the fallback.

    `replicas * threshold` for an AverageValue target; None while the trigger fails and no
    fallback holds yet. `current`: replicas now, which some behaviours want.
    Source: KEDA pkg/fallback/fallback.go doFallback.
    """
    if trigger.value is not None:
        return trigger.value
    if spec.fallback_replicas is None or memory.failures <= spec.failure_threshold:
        return None
    fixed = spec.fallback_replicas
    replicas = fixed if current is None else fallback_replicas(spec, current)
    return float(ceil(replicas * trigger.threshold))
