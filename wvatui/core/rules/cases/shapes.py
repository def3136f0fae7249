"""The form of a recorded case: what is not named here is not known, and makes it not modelled."""

from collections.abc import Mapping
from typing import Any

import msgspec


class CaseShape(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Base of all: Go's field names in lower camel case; a field too many is an error."""


class ControllerShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of HPA's and KEDA's: what is left out was empty; a field too many is an error."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every case must have for it to be counted at all."""

    id: str
    kind: str
    versions: tuple[str, ...] | None = None


class RecordedCase(CaseShape, frozen=True, kw_only=True):
    """One case as recorded. `request_count`: what the query for requests gave (None: it failed).

    `function`: the function of the source whose call it is. Recordings of HPA and KEDA say `in`
    and `out`, and the version once for the whole file.
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
    """Thresholds: ratios 0 to 1, queue in requests; 0 or absent: the release's default holds."""

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
    """The same without fields that are null: Go leaves them out, other recorders write them."""
    if isinstance(data, dict):
        return {key: known(value) for key, value in data.items() if value is not None}
    return [known(value) for value in data] if isinstance(data, list) else data
