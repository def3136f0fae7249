"""The form of a recorded case; one with a field that is not named here counts as not modelled."""

from collections.abc import Mapping
from typing import Any

import msgspec


class CaseShape(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Base of all shapes: Go's field names in lower camel case; an extra field is an error."""


class ControllerShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the shapes of HPA and KEDA: omitted fields were empty; an extra field is an error."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every case must have to be counted."""

    id: str
    kind: str
    versions: tuple[str, ...] | None = None


class RecordedCase(CaseShape, frozen=True, kw_only=True):
    """One case as recorded. `request_count`: result of the query for requests (None: it failed).

    `function`: the source function whose call was recorded. Recordings of HPA and KEDA use the
    names `in` and `out`, and state the version once for the whole file.
    """

    id: str
    kind: str
    versions: tuple[str, ...] = ()
    input: Any = None
    output: Any = None
    test: str = ""
    function: str = ""
    call: int = 0
    note: str = ""
    sources: Mapping[str, str] = {}
    request_count: float | None = None


class RecordedConfig(CaseShape, frozen=True, kw_only=True):
    """Thresholds: ratios 0 to 1, queue in requests; 0 or absent: the release's default."""

    kv_cache_threshold: float
    queue_length_threshold: float
    kv_spare_trigger: float = 0.0
    queue_spare_trigger: float = 0.0
    scale_up_threshold: float = 0.0
    scale_down_boundary: float = 0.0
    priority: float = 0.0
    analyzer_name: str = ""
    enable_limiter: bool = False
    enable_rescale: bool = False


class RecordedReplica(CaseShape, frozen=True, kw_only=True):
    """Metrics of one replica. Only the first lines are read by the saturation rules."""

    pod_name: str = ""
    variant_name: str = ""
    kv_cache_usage: float
    queue_length: float
    cost: float = 0.0
    accelerator_name: str = ""
    total_kv_capacity_tokens: int = 0
    tokens_in_use: int = 0
    avg_input_tokens: float = 0.0
    avg_output_tokens: float = 0.0
    prefix_cache_hit_rate: float = 0.0
    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""
    num_gpu_blocks: int = 0
    block_size: int = 0
    arrival_rate: float = 0.0
    avg_itl: float = msgspec.field(default=0.0, name="avgITL")
    avg_ttft: float = msgspec.field(default=0.0, name="avgTTFT")
    generation_token_rate: float = 0.0
    kv_usage_instant: float = 0.0
    max_batch_size: float = 0.0
    request_rate: float = 0.0
    vllm_request_rate: float = 0.0


class RecordedState(CaseShape, frozen=True, kw_only=True):
    """Replicas of a variant before the decision."""

    variant_name: str
    current_replicas: int
    desired_replicas: int = 0
    pending_replicas: int = 0
    gpus_per_replica: int = 0
    min_replicas: int | None = None
    max_replicas: int | None = None
    role: str = ""


class RecordedVariantCapacity(CaseShape, frozen=True, kw_only=True):
    """Capacity of a variant in an analyzer's own unit."""

    variant_name: str
    per_replica_capacity: float
    accelerator_name: str = ""
    cost: float = 0.0
    role: str = ""
    reason: str = ""
    replica_count: int = 0
    pending_replicas: int = 0
    total_capacity: float = 0.0
    total_demand: float = 0.0
    utilization: float = 0.0


class RoleCapacity(CaseShape, frozen=True, kw_only=True):
    """Supply and demand of one role."""

    role: str = ""
    total_supply: float = 0.0
    total_demand: float = 0.0
    total_anticipated_supply: float = 0.0
    required_capacity: float = 0.0
    spare_capacity: float = 0.0


class Analysis(CaseShape, frozen=True, kw_only=True):
    """An analyzer's result for a model (V2)."""

    analyzer_name: str = ""
    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""
    total_supply: float = 0.0
    total_demand: float = 0.0
    utilization: float = 0.0
    total_anticipated_supply: float | None = None
    required_capacity: float
    spare_capacity: float
    score: float = 0.0
    variant_capacities: tuple[RecordedVariantCapacity, ...] = ()
    role_capacities: Mapping[str, RoleCapacity] = {}


class RecordedChoice(CaseShape, frozen=True, kw_only=True):
    """A decision as an optimiser or the enforcer records it."""

    variant: str
    current: int
    target: int
    action: str = ""
    reason: str = ""
    model: str = ""
    namespace: str = ""
    role: str = ""


def known(data: Any) -> Any:
    """`data` without fields that are null: Go omits these, other recorders write them."""
    if isinstance(data, dict):
        return {key: known(value) for key, value in data.items() if value is not None}
    return [known(value) for value in data] if isinstance(data, list) else data
