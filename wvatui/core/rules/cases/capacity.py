"""Cases of V2's analysis in tokens, including what was learned before: store and k2 history."""

from collections.abc import Mapping

import msgspec

from wvatui.core.rules.cases.saturation import MeasuredCase, settings
from wvatui.core.rules.cases.shapes import (
    Analysis,
    CaseShape,
    RecordedCase,
    RecordedReplica,
    RecordedState,
)
from wvatui.core.rules.cases.verdict import Difference, differ, shaped
from wvatui.core.rules.wva import saturation_v2
from wvatui.core.rules.wva.capacity import CapacityMemory, EngineArgs, Record
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v2 import QueueAhead, V2Analysis, V2Replica, V2State


class QueueCase(CaseShape, frozen=True, kw_only=True):
    """Requests held back by the endpoint picker's flow control."""

    queue_size: int = 0
    queue_bytes: int = 0


class AnalyzerInput(MeasuredCase, frozen=True, kw_only=True):
    """The analyzer's input in a cycle."""

    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""
    variant_states: tuple[RecordedState, ...] = ()
    scheduler_queue: QueueCase | None = None
    arrival_rate: float = 0.0


class EngineCase(CaseShape, frozen=True, kw_only=True):
    """Engine arguments of a stored record; the first ones limit a batch."""

    effective_max_batched_tokens: int = 0
    max_num_seqs: int = 0
    tensor_parallel_size: int = 0
    kv_cache_dtype: str = ""
    gpu_memory_utilization: float = 0.0
    max_model_len: int = 0
    block_size: int = 0
    chunked_prefill_enabled: bool = False
    enforce_eager: bool = False
    is_v1_engine: bool = msgspec.field(default=False, name="isV1Engine")
    max_num_batched_tokens: int = 0
    num_gpu_blocks_override: int = 0
    total_kv_tokens_override: int = 0
    engine: str = ""


class Stored(CaseShape, frozen=True, kw_only=True):
    """A record of the capacity store."""

    accelerator_name: str = ""
    gpu_count: int = 0
    total_kv_capacity_tokens: int = 0
    effective_capacity: int = 0
    learned_from: str = ""
    num_gpu_blocks: int = 0
    block_size: int = 0
    engine_params: EngineCase | None = None
    vllm_params: EngineCase | None = None


class CapacityGiven(CaseShape, frozen=True, kw_only=True):
    """Input of a case: the cycle's, and what was learned before it."""

    input: AnalyzerInput
    store: Mapping[str, Stored] = {}
    k2history: Mapping[str, tuple[int, ...]] = {}


def analyze(case: RecordedCase, version: str) -> list[Difference]:
    """`v2.analyze`: sums, every variant and every role."""
    given = shaped(case.input, CapacityGiven, "input")
    want = shaped(case.output, Analysis, "output")
    cycle = given.input
    queue = cycle.scheduler_queue
    got, _ = saturation_v2.analyze(
        [_replica(r) for r in cycle.replica_metrics],
        [state(s) for s in cycle.variant_states],
        settings(cycle.config),
        CapacityMemory({key: _record(r) for key, r in given.store.items()}, given.k2history),
        model=cycle.model_id,
        namespace=cycle.namespace,
        queue=QueueAhead(queue.queue_size, queue.queue_bytes) if queue else None,
        version=version,
    )
    return [*_totals(got, want, version), *_variants(got, want), *_roles(got, want, version)]


def state(given: RecordedState) -> V2State:
    """A variant's state in the rules' own type."""
    return V2State(
        given.variant_name,
        given.current_replicas,
        given.desired_replicas,
        given.pending_replicas,
        given.gpus_per_replica,
        given.min_replicas,
        given.max_replicas,
        given.role,
    )


def _replica(r: RecordedReplica) -> V2Replica:
    return V2Replica(
        r.pod_name,
        r.variant_name,
        r.kv_cache_usage,
        r.queue_length,
        r.accelerator_name,
        r.cost,
        r.total_kv_capacity_tokens,
        r.tokens_in_use,
        r.avg_input_tokens,
        r.avg_output_tokens,
        r.prefix_cache_hit_rate,
    )


def _record(given: Stored) -> Record:
    engine = given.engine_params or given.vllm_params
    return Record(
        given.accelerator_name,
        given.gpu_count,
        given.total_kv_capacity_tokens,
        given.effective_capacity,
        None
        if engine is None
        else EngineArgs(
            engine.effective_max_batched_tokens,
            engine.max_num_seqs,
            engine.tensor_parallel_size,
            engine.kv_cache_dtype,
            engine.gpu_memory_utilization,
            engine.max_model_len,
            engine.block_size,
            engine.num_gpu_blocks_override,
            engine.total_kv_tokens_override,
            engine.engine,
        ),
        given.learned_from or "live",
    )


def _totals(got: V2Analysis, want: Analysis, version: str) -> list[Difference]:
    differences = [
        *differ("totalSupply", got.total.supply, want.total_supply),
        *differ("totalDemand", got.total.demand, want.total_demand),
        *differ("utilization", got.utilization, want.utilization),
        *differ("requiredCapacity", got.total.required, want.required_capacity),
        *differ("spareCapacity", got.total.spare, want.spare_capacity),
    ]
    if want.total_anticipated_supply is not None:
        anticipated = got.total.anticipated
        differences += differ("totalAnticipatedSupply", anticipated, want.total_anticipated_supply)
    return differences


def _variants(got: V2Analysis, want: Analysis) -> list[Difference]:
    expected = {v.variant_name: v for v in want.variant_capacities}
    differences = differ("variants", sorted(v.name for v in got.variants), sorted(expected))
    for variant in got.variants:
        recorded = expected.get(variant.name)
        if recorded is None:
            continue
        pairs = {
            "perReplicaCapacity": (variant.per_replica, recorded.per_replica_capacity),
            "replicaCount": (variant.ready, recorded.replica_count),
            "pendingReplicas": (variant.pending, recorded.pending_replicas),
            "totalCapacity": (variant.supply, recorded.total_capacity),
            "totalDemand": (variant.demand, recorded.total_demand),
            "utilization": (variant.utilization, recorded.utilization),
            "cost": (variant.cost, recorded.cost),
            "role": (variant.role, recorded.role),
            "acceleratorName": (variant.accelerator, recorded.accelerator_name),
        }
        if recorded.reason:
            pairs["reason"] = (variant.reason, recorded.reason)
        for key, pair in pairs.items():
            differences += differ(f"{variant.name}.{key}", *pair)
    return differences


def _roles(got: V2Analysis, want: Analysis, version: str) -> list[Difference]:
    differences = differ("roles", sorted(got.roles), sorted(want.role_capacities))
    for name, role in want.role_capacities.items():
        if name not in got.roles:
            continue
        mine = got.roles[name]
        differences += differ(f"{name}.totalSupply", mine.supply, role.total_supply)
        differences += differ(f"{name}.totalDemand", mine.demand, role.total_demand)
        if at_least(version, "v0.9.0-rc1"):
            anticipated = role.total_anticipated_supply
            differences += differ(f"{name}.totalAnticipatedSupply", mine.anticipated, anticipated)
        differences += differ(f"{name}.requiredCapacity", mine.required, role.required_capacity)
        differences += differ(f"{name}.spareCapacity", mine.spare, role.spare_capacity)
    return differences
