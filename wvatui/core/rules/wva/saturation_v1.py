"""The V1 rule: saturation by KV-cache use and queue length, one replica more or less at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.thresholds import Settings


@dataclass(frozen=True, slots=True)
class V1Replica:
    """The controller's measurement of one replica: KV use (ratio, max over 1 min), waiting."""

    pod: str
    variant: str
    kv_ratio: float
    queue: float
    cost: float = 0.0
    accelerator: str = ""


@dataclass(frozen=True, slots=True)
class V1Variant:
    """One variant inside an analysis. Averages are over its non-saturated replicas."""

    name: str
    cost: float
    replicas: int
    non_saturated: int
    max_kv: float
    avg_kv: float
    max_queue: float
    avg_spare_kv: float
    avg_spare_queue: float
    saturated: tuple[str, ...] = ()
    accelerator: str = ""


@dataclass(frozen=True, slots=True)
class V1Analysis:
    """Result of `analyze` over a model (from v0.9.0-rc1: over a role group of it)."""

    total: int
    non_saturated: int
    avg_spare_kv: float
    avg_spare_queue: float
    scale_up: bool
    scale_down_safe: bool
    reason: str
    variants: tuple[V1Variant, ...] = ()
    remaining_spare_kv: float | None = None
    """Spare KV (ratio) if one replica fewer carried the load; None with fewer than two."""
    remaining_spare_queue: float | None = None


@dataclass(frozen=True, slots=True)
class V1State:
    """Replicas of a variant before the decision. `desired` 0: no decision is remembered."""

    name: str
    current: int
    desired: int = 0
    pending: int = 0
    min: int = 0
    max: int = 0
    """0: no limit."""


def safety_net(current: int, desired: int) -> int:
    """Replicas emitted when a model's analysis failed: the last desired, else the current ones.

    Source: "Safety net activated", WVA v0.0.5 to HEAD (v0.8.0
    internal/engines/saturation/engine.go emitSafetyNetMetrics).
    """
    return desired if desired > 0 else current


def is_saturated(kv_ratio: float, queue: float, thresholds: Settings) -> bool:
    """`kv >= kvCacheThreshold or queue >= queueLengthThreshold`.

    Source: WVA v0.8.0 internal/saturation/analyzer.go:164 (the same since v0.0.5).
    """
    return kv_ratio >= thresholds.kv_cache_threshold or queue >= thresholds.queue_length_threshold


def analyze(replicas: Iterable[V1Replica], thresholds: Settings, version: str = HEAD) -> V1Analysis:
    """Averages over non-saturated replicas, and whether to scale up or whether down is safe.

    N = non-saturated replicas; spare = mean(threshold - load) over them, 0 when N is 0;
    scale up when a spare is below its trigger; scale down is safe when N >= 2 and
    `threshold - sum(load) / (N - 1)` keeps both triggers. Nothing measured: neither.
    Source: WVA v0.4.2 internal/capacity/analyzer.go:155-283, v0.8.0
    internal/saturation/analyzer.go:164-282.
    """
    ordered = sorted(replicas, key=lambda r: (r.variant, r.pod))
    if not ordered:
        return V1Analysis(0, 0, 0.0, 0.0, False, False, "")
    free = [r for r in ordered if not is_saturated(r.kv_ratio, r.queue, thresholds)]
    variants = tuple(
        _variant([r for r in ordered if r.variant == name], thresholds)
        for name in sorted({r.variant for r in ordered})
    )
    spare_kv, spare_queue = _overall(variants)
    low_kv = spare_kv < thresholds.kv_spare_trigger
    low_queue = spare_queue < thresholds.queue_spare_trigger
    left_kv, left_queue = _remaining(free, spare_kv, spare_queue, thresholds, version)
    return V1Analysis(
        total=len(ordered),
        non_saturated=len(free),
        avg_spare_kv=spare_kv,
        avg_spare_queue=spare_queue,
        scale_up=low_kv or low_queue,
        scale_down_safe=left_kv is not None
        and left_queue is not None
        and left_kv >= thresholds.kv_spare_trigger
        and left_queue >= thresholds.queue_spare_trigger,
        reason=_reason(low_kv, low_queue, spare_kv, spare_queue, thresholds, version),
        variants=variants,
        remaining_spare_kv=left_kv,
        remaining_spare_queue=left_queue,
    )


def _spare(free: Sequence[V1Replica], thresholds: Settings) -> tuple[float, float]:
    """Means of one variant, summed in the controller's order: the last bit can matter."""
    if not free:
        return 0.0, 0.0
    n = len(free)
    kv = sum(thresholds.kv_cache_threshold - r.kv_ratio for r in free) / n
    queue = sum(thresholds.queue_length_threshold - r.queue for r in free) / n
    return kv, queue


def _overall(variants: Sequence[V1Variant]) -> tuple[float, float]:
    """Means over all non-saturated replicas, from those of the variants."""
    n = sum(v.non_saturated for v in variants)
    if n == 0:
        return 0.0, 0.0
    return (
        sum(v.avg_spare_kv * v.non_saturated for v in variants) / n,
        sum(v.avg_spare_queue * v.non_saturated for v in variants) / n,
    )


def _remaining(
    free: Sequence[V1Replica],
    spare_kv: float,
    spare_queue: float,
    thresholds: Settings,
    version: str,
) -> tuple[float | None, float | None]:
    """Spare that would be left with one non-saturated replica fewer.

    Computed from the sum of the loads up to v0.4.2, later from their mean: equal up to rounding.
    """
    n = len(free)
    if n < 2:
        return None, None
    if at_least(version, "v0.5.0"):
        more = n / (n - 1)
        kv_load = (thresholds.kv_cache_threshold - spare_kv) * more
        queue_load = (thresholds.queue_length_threshold - spare_queue) * more
    else:
        kv_load = sum(r.kv_ratio for r in free) / (n - 1)
        queue_load = sum(r.queue for r in free) / (n - 1)
    return (
        thresholds.kv_cache_threshold - kv_load,
        thresholds.queue_length_threshold - queue_load,
    )


def _reason(
    low_kv: bool, low_queue: bool, kv: float, queue: float, t: Settings, version: str
) -> str:
    word = "Saturation" if at_least(version, "v0.5.0") else "capacity"
    if low_kv and low_queue:
        return (
            f"both KV spare ({kv:.3f} < {t.kv_spare_trigger:.3f})"
            f" and queue spare ({queue:.1f} < {t.queue_spare_trigger:.1f})"
        )
    if low_kv:
        return f"KV spare {word} low ({kv:.3f} < {t.kv_spare_trigger:.3f})"
    if low_queue:
        return f"queue spare {word} low ({queue:.1f} < {t.queue_spare_trigger:.1f})"
    return ""


def _variant(replicas: Sequence[V1Replica], thresholds: Settings) -> V1Variant:
    free = [r for r in replicas if not is_saturated(r.kv_ratio, r.queue, thresholds)]
    spare_kv, spare_queue = _spare(free, thresholds)
    kept = {r.pod for r in free}
    return V1Variant(
        name=replicas[0].variant,
        cost=replicas[0].cost,
        replicas=len(replicas),
        non_saturated=len(free),
        max_kv=max(r.kv_ratio for r in replicas),
        avg_kv=fsum(r.kv_ratio for r in replicas) / len(replicas),
        max_queue=max(r.queue for r in replicas),
        avg_spare_kv=spare_kv,
        avg_spare_queue=spare_queue,
        saturated=tuple(r.pod for r in replicas if r.pod not in kept),
        accelerator=replicas[0].accelerator,
    )


def targets(analysis: V1Analysis, states: Iterable[V1State], version: str = HEAD) -> dict[str, int]:
    """Target replicas per variant: at most one variant moves, by one replica.

    Up: the cheapest variant that may grow, +1 (ties: first by name). Else down, when safe: the
    most expensive with more than one, -1 (ties: last by name). Variants without any measured
    replica get no target; an analysis of nothing keeps every variant as it is.
    Source: WVA v0.4.2 internal/capacity/analyzer.go:291-389, v0.5.1
    internal/saturation/analyzer.go:287-433, v0.8.0 …:293-475.
    """
    known = {state.name: state for state in states}
    if not analysis.variants:
        return {name: state.current for name, state in sorted(known.items())}
    if not at_least(version, "v0.5.0"):
        return _targets_capacity(analysis, known)
    return _targets_saturation(analysis, known, version)


def _targets_capacity(analysis: V1Analysis, states: Mapping[str, V1State]) -> dict[str, int]:
    """Targets up to v0.4.2: a variant in transition keeps its desired count, others may change."""
    result: dict[str, int] = {}
    movable: list[V1Variant] = []
    for variant in analysis.variants:
        state = states.get(variant.name)
        if state is not None and state.desired != 0 and state.desired != state.current:
            result[variant.name] = state.desired
        else:
            result[variant.name] = variant.replicas
            movable.append(variant)
    _step(result, analysis, movable, movable)
    return result


def _targets_saturation(
    analysis: V1Analysis, states: Mapping[str, V1State], version: str
) -> dict[str, int]:
    """Targets from v0.5.0: a model in transition does not scale at all."""
    by_pending = at_least(version, "v0.8.0")
    present = list(analysis.variants)
    # A measured variant without a state has 0 replicas, the controller's zero value.
    states = {v.name: states.get(v.name, V1State(v.name, 0)) for v in present}
    if any(transition(v, states[v.name], by_pending=by_pending) for v in present):
        return {v.name: _held(states[v.name]) for v in present}
    result = {v.name: states[v.name].current if by_pending else v.replicas for v in present}
    growing = [v for v in present if states[v.name].pending == 0]
    _step(result, analysis, growing, present)
    if at_least(version, "v0.6.0"):
        for name, target in result.items():
            result[name] = clamp(target, states[name].min, states[name].max)
    return result


def transition(variant: V1Variant, state: V1State, *, by_pending: bool) -> str:
    """Why the variant is in transition, in the controller's words; empty when it is not.

    Desired and current differ, or (before v0.8.0) measured and current differ, or (from v0.8.0,
    `by_pending`) replicas are pending. Source: WVA v0.8.0 internal/saturation/analyzer.go:293.
    """
    if state.desired != 0 and state.desired != state.current:
        return f"{variant.name}: desired({state.desired})!=current({state.current})"
    if by_pending:
        return f"{variant.name}: pending({state.pending})" if state.pending > 0 else ""
    if variant.replicas != state.current:
        return f"{variant.name}: metrics({variant.replicas})!=current({state.current})"
    return ""


def _held(state: V1State) -> int:
    moving = state.desired != 0 and state.desired != state.current
    return state.desired if moving else state.current


def _step(
    result: dict[str, int],
    analysis: V1Analysis,
    growing: Sequence[V1Variant],
    shrinking: Sequence[V1Variant],
) -> None:
    if analysis.scale_up:
        if growing:
            chosen = min(growing, key=lambda v: (v.cost, v.name))
            result[chosen.name] += 1
    elif analysis.scale_down_safe:
        spare = [v for v in shrinking if result[v.name] > 1]
        if spare:
            chosen = max(spare, key=lambda v: (v.cost, v.name))
            result[chosen.name] -= 1


def clamp(target: int, low: int, high: int) -> int:
    """`target`, at least `low`, then at most `high` if that is above 0 (WVA v0.6.0 and later)."""
    target = max(target, low)
    return min(target, high) if high > 0 else target


def action(current: int, target: int) -> str:
    """scale-up, scale-down or no-change, as the controller calls it."""
    if target > current:
        return "scale-up"
    return "scale-down" if target < current else "no-change"


@dataclass(frozen=True, slots=True)
class Arbitrated:
    """Outcome of the arbitration between capacity target and model-based target for one variant.

    `capacity_based`, `model_based`: which of the two the decision is based on; a veto and a safety
    block are based on both.
    """

    action: str
    target: int
    reason: str
    capacity_based: bool = False
    model_based: bool = False
    safety_override: bool = False


def arbitrate(capacity: int, model: int, current: int, *, scale_down_safe: bool) -> Arbitrated:
    """The first rule that applies: veto, safety block, capacity-driven, model-based, nothing.

    All numbers are replicas. Source: WVA v0.4.2 internal/capacity/analyzer.go:392-548.
    """
    if capacity > current and model < current:
        reason = (
            f"capacity veto: capacity needs scale-up (capacity={capacity}, model-based={model})"
        )
        return Arbitrated("no-change", current, reason, True, True, safety_override=True)
    if model < current and not scale_down_safe:
        reason = f"capacity safety block: scale-down unsafe (model-based wants {model})"
        return Arbitrated("no-change", current, reason, True, True, safety_override=True)
    if capacity > current and model == current:
        reason = f"capacity-driven scale-up to {capacity}"
        return Arbitrated("scale-up", capacity, reason, capacity_based=True)
    if model != current:
        verb = action(current, model)
        reason = f"model-based recommendation: {verb} to {model} (capacity allows)"
        return Arbitrated(verb, model, reason, model_based=True)
    return Arbitrated("no-change", current, "no action needed")
