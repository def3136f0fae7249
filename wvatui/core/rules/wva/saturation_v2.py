"""The V2 rule: saturation in tokens of KV cache, per replica, per variant, per model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from wvatui.core.rules.wva.capacity import (
    CapacityMemory,
    Record,
    bucket,
    derived_k2,
    stored_capacity,
)
from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.rules.wva.tokens import QueueAhead as QueueAhead
from wvatui.core.rules.wva.tokens import ReplicaCapacity as ReplicaCapacity
from wvatui.core.rules.wva.tokens import Sums as Sums
from wvatui.core.rules.wva.tokens import V2Analysis as V2Analysis
from wvatui.core.rules.wva.tokens import V2Replica as V2Replica
from wvatui.core.rules.wva.tokens import V2State as V2State
from wvatui.core.rules.wva.tokens import V2Variant as V2Variant


def analyze(
    replicas: Iterable[V2Replica],
    states: Iterable[V2State],
    thresholds: Settings,
    memory: CapacityMemory,
    *,
    model: str,
    namespace: str,
    queue: QueueAhead | None = None,
    version: str = HEAD,
) -> tuple[V2Analysis, CapacityMemory]:
    """Supply and demand of a model in tokens, and what was learned for the next cycle.

    Per replica `eff = min(k1, k2)` and demand; per variant the median of `eff` times replicas;
    the model's sums plus the scheduler's queue. Required and spare are filled up to v0.7.0 and
    0 later, where `with_thresholds` is a step of its own.
    Source: WVA v0.8.0 internal/engines/analyzers/saturation_v2/analyzer.go:62-655.
    """
    ordered = sorted(replicas, key=lambda r: (r.variant, r.pod))
    known = sorted(states, key=lambda s: s.name)
    cycle = _Cycle(model, namespace, thresholds, version, {s.name: s for s in known})
    measured: list[ReplicaCapacity] = []
    for replica in ordered:
        result, memory = _replica(replica, cycle, memory)
        if result is not None:
            measured.append(result)
    inputs, outputs, hits = _workload(ordered)
    variants = tuple(
        _variant(
            state,
            [r for r in ordered if r.variant == state.name],
            [m for m in measured if m.variant == state.name],
            _stored(state, ordered, cycle, memory, (inputs, outputs)),
            version,
        )
        for state in known
    )
    ahead = _ahead(queue, inputs, outputs, hits)
    analysis = V2Analysis(
        _sums(variants, sum(ahead)), variants, tuple(measured), _by_role(variants, ahead)
    )
    if not at_least(version, "v0.9.0-rc1"):
        analysis = with_thresholds(
            analysis, thresholds.scale_up_threshold, thresholds.scale_down_boundary
        )
    return analysis, memory


@dataclass(frozen=True, slots=True)
class _Cycle:
    """Values that are the same for every replica of a model in one cycle."""

    model: str
    namespace: str
    thresholds: Settings
    version: str
    states: Mapping[str, V2State]

    def key(self, variant: str) -> str:
        """Key under which a variant's capacity is remembered."""
        return f"{self.namespace}|{self.model}|{variant}"

    def history(self, replica: V2Replica, gpus: int) -> str:
        """Key under which observed capacities of replicas like this one are remembered."""
        sized = [str(gpus)] if at_least(self.version, "v0.9.0-rc1") else []
        return "|".join([self.model, replica.accelerator, *sized, bucket(replica.output_tokens)])


def _stored(
    state: V2State,
    replicas: Sequence[V2Replica],
    cycle: _Cycle,
    memory: CapacityMemory,
    workload: tuple[float, float],
) -> int | None:
    """The record to remember of a variant, for cycles in which no replica shows its capacity."""
    return stored_capacity(
        cycle.key(state.name),
        memory,
        cycle.thresholds.kv_cache_threshold,
        *workload,
        accelerator=next((r.accelerator for r in replicas if r.variant == state.name), ""),
        gpus=state.gpus,
    )


def _replica(
    replica: V2Replica, cycle: _Cycle, memory: CapacityMemory
) -> tuple[ReplicaCapacity | None, CapacityMemory]:
    """Capacity and demand of one replica, and the memory after it; None: nothing is known of it."""
    state = cycle.states.get(replica.variant)
    waiting = waiting_tokens(
        replica.queue,
        replica.input_tokens,
        replica.output_tokens,
        state.role if state is not None else "",
        cycle.version,
    )
    record = memory.records.get(cycle.key(replica.variant))
    if replica.kv_tokens <= 0:
        return _unsized(replica, record, waiting, cycle), memory
    k1 = int(replica.kv_tokens * cycle.thresholds.kv_cache_threshold)
    gpus = state.gpus if state is not None else 0
    history = cycle.history(replica, gpus)
    k2, source = _k2(replica, k1, cycle.thresholds, record, memory.observed.get(history, ()))
    if source == "P1-obs":
        memory = memory.with_observed(history, k2)
    effective = min(k1, k2)
    engine = record.engine if record is not None else None
    learned = Record(replica.accelerator, gpus, replica.kv_tokens, effective, engine)
    memory = memory.with_record(cycle.key(replica.variant), learned)
    demand = replica.tokens_in_use + waiting
    return (
        ReplicaCapacity(replica.pod, replica.variant, k1, k2, effective, demand, source),
        memory,
    )


def _unsized(
    replica: V2Replica, record: Record | None, waiting: int, cycle: _Cycle
) -> ReplicaCapacity | None:
    """Capacity of a replica whose page lacks the cache's size, from its variant's record."""
    if not at_least(cycle.version, "v0.6.0") or record is None or record.effective <= 0:
        return None
    eff = int(record.effective * cycle.thresholds.kv_cache_threshold)
    if eff <= 0:
        return None
    demand = int(replica.kv_ratio * eff) + waiting
    return ReplicaCapacity(replica.pod, replica.variant, eff, eff, eff, demand, "P4-k1")


def _k2(
    replica: V2Replica,
    k1: int,
    thresholds: Settings,
    record: Record | None,
    observed: Sequence[int],
) -> tuple[int, str]:
    """Compute-bound capacity in tokens, and its source."""
    full = replica.queue >= int(thresholds.queue_length_threshold)
    if full and replica.tokens_in_use > 0:
        return replica.tokens_in_use, "P1-obs"
    if sum(observed) > 0:
        return int(sum(observed) / len(observed)), "P2-hist"
    engine = record.engine if record is not None else None
    derived = derived_k2(engine, replica.input_tokens, replica.output_tokens)
    if derived is not None:
        return derived, "P3-k2"
    return k1, "P4-k1"


def waiting_tokens(
    queue: float, input_tokens: float, output_tokens: float, role: str, version: str = HEAD
) -> int:
    """Tokens that the waiting requests of a replica will need.

    Up to v0.8.0 `queue * int(I)`; at HEAD `int(queue * (I + O))`, without O for a prefill
    replica. Source: WVA v0.8.0 and HEAD saturation_v2/analyzer.go.
    """
    if at_least(version, "v0.9"):
        return int(queue * (input_tokens + (0.0 if role == "prefill" else output_tokens)))
    return int(queue) * int(input_tokens) if input_tokens > 0 else 0


def median(values: Sequence[int]) -> int:
    """Median of whole tokens; of an even count the integer mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2


def counted(current: int, pending: int, measured: int, version: str = HEAD) -> tuple[int, int]:
    """Replicas that count for the supply, and those that the anticipated supply adds.

    Up to v0.8.0 these are the ready and the pending replicas. At HEAD, where any engine is
    `measured`, they are the measured engines, and `pending` times the engines of a ready replica. A
    replica that is measured but not ready counts in both, as it does at HEAD.
    Source: WVA HEAD internal/engines/analyzers/saturation_v2/analyzer.go aggregateByVariant.
    """
    ready = max(0, current - pending)
    if not measured or not at_least(version, "v0.9"):
        return ready, pending
    each = max(1, measured // ready) if ready > 0 else 1
    return measured, pending * each


def _variant(
    state: V2State,
    replicas: Sequence[V2Replica],
    measured: Sequence[ReplicaCapacity],
    stored: int | None,
    version: str,
) -> V2Variant:
    """A variant's sums."""
    ready, pending = counted(state.current, state.pending, len(measured), version)
    per_replica = median([m.effective for m in measured]) if measured else (stored or 0)
    reason = "no-data" if stored is None else "P0-store"
    if measured:
        ordered = sorted(measured, key=lambda m: m.effective)
        reason = ordered[(len(ordered) - 1) // 2].source
    return V2Variant(
        name=state.name,
        accelerator=replicas[0].accelerator if replicas else "",
        cost=replicas[0].cost if replicas else state.cost,
        role=state.role,
        ready=ready,
        pending=pending,
        per_replica=per_replica,
        supply=ready * per_replica,
        anticipated=(ready + pending) * per_replica,
        demand=sum(m.demand for m in measured),
        reason=reason,
    )


def _workload(replicas: Sequence[V2Replica]) -> tuple[float, float, float]:
    """Mean input and output tokens and prefix hit ratio over replicas that know them."""
    served = [r for r in replicas if r.input_tokens > 0 or r.output_tokens > 0]
    if not served:
        return 0.0, 0.0, 0.0
    n = len(served)
    return (
        fsum(r.input_tokens for r in served) / n,
        fsum(r.output_tokens for r in served) / n,
        fsum(r.prefix_hit_ratio for r in served) / n,
    )


def _ahead(
    queue: QueueAhead | None, inputs: float, outputs: float, hits: float
) -> tuple[float, float]:
    """Tokens waiting in the scheduler's queue: of prompts (less prefix hits), and of answers."""
    if queue is None or (queue.size <= 0 and queue.size_bytes <= 0):
        return 0.0, 0.0
    prompt = max(queue.size_bytes / 4, queue.size * inputs) * (1 - hits)
    return prompt, queue.size * outputs


def _sums(variants: Iterable[V2Variant], ahead: float) -> Sums:
    listed = list(variants)
    return Sums(
        supply=sum(v.supply for v in listed),
        anticipated=sum(v.anticipated for v in listed),
        demand=sum(v.demand for v in listed) + ahead,
    )


def _by_role(variants: Sequence[V2Variant], ahead: tuple[float, float]) -> dict[str, Sums]:
    names = sorted({v.role or "both" for v in variants})
    if not any(name != "both" for name in names):
        return {}
    prompt, answer = ahead
    return {
        name: _sums(
            [v for v in variants if (v.role or "both") == name],
            prompt if name == "prefill" else prompt + answer,
        )
        for name in names
    }


def required_capacity(demand: float, anticipated: float, scale_up_threshold: float) -> float:
    """`max(0, demand / scaleUpThreshold - anticipated)`, tokens. Source: WVA v0.8.0
    internal/engines/saturation/engine_v2.go:260."""
    return max(0.0, demand / scale_up_threshold - anticipated) if scale_up_threshold > 0 else 0.0


def spare_capacity(supply: float, demand: float, scale_down_boundary: float) -> float:
    """`max(0, supply - demand / scaleDownBoundary)`, tokens. Source: as `required_capacity`."""
    return max(0.0, supply - demand / scale_down_boundary) if scale_down_boundary > 0 else 0.0


def with_thresholds(
    analysis: V2Analysis, scale_up_threshold: float, scale_down_boundary: float
) -> V2Analysis:
    """The analysis with required and spare capacity filled, for the model and each role.

    Source: applyUniversalThreshold, WVA v0.9.0-rc1 engine_v2.go:251, v0.8.0 …:260, HEAD …:482.
    """

    def filled(sums: Sums) -> Sums:
        return replace(
            sums,
            required=required_capacity(sums.demand, sums.anticipated, scale_up_threshold),
            spare=spare_capacity(sums.supply, sums.demand, scale_down_boundary),
        )

    return replace(
        analysis,
        total=filled(analysis.total),
        roles={name: filled(sums) for name, sums in analysis.roles.items()},
    )
