"""The types of V2, in tokens: replicas, states and waiting requests; capacities and sums."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class V2Replica:
    """One measured replica. Token counts are 0 where the page had none."""

    pod: str
    variant: str
    kv_ratio: float
    queue: float
    accelerator: str = ""
    cost: float = 0.0
    kv_tokens: int = 0
    """Size of the KV cache in tokens (blocks * block size); 0: no cache_config_info."""
    tokens_in_use: int = 0
    input_tokens: float = 0.0
    """Mean prompt tokens per request."""
    output_tokens: float = 0.0
    prefix_hit_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class V2State:
    """Replicas and limits of a variant before the decision."""

    name: str
    current: int
    desired: int = 0
    pending: int = 0
    gpus: int = 1
    min: int | None = None
    max: int | None = None
    role: str = ""
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class QueueAhead:
    """Requests waiting in the endpoint picker's flow control, and their bytes."""

    size: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReplicaCapacity:
    """Capacity and demand of one replica in tokens. `source`: P1-obs, P2-hist, P3-k2, P4-k1."""

    pod: str
    variant: str
    k1: int
    k2: int
    effective: int
    demand: int
    source: str


@dataclass(frozen=True, slots=True)
class V2Variant:
    """Capacity of a variant. `per_replica` (PRC) and totals in tokens."""

    name: str
    accelerator: str
    cost: float
    role: str
    ready: int
    pending: int
    per_replica: int
    supply: int
    anticipated: int
    demand: int
    reason: str

    @property
    def utilization(self) -> float:
        """Demand over supply, 0 without supply."""
        return self.demand / self.supply if self.supply else 0.0


@dataclass(frozen=True, slots=True)
class Sums:
    """Supply, demand and what follows from them, of a model or of one role. Tokens."""

    supply: float
    anticipated: float
    demand: float
    required: float = 0.0
    spare: float = 0.0


@dataclass(frozen=True, slots=True)
class V2Analysis:
    """Result of `analyze` over a model."""

    total: Sums
    variants: tuple[V2Variant, ...]
    replicas: tuple[ReplicaCapacity, ...]
    roles: Mapping[str, Sums]
    """Per role; empty unless a variant has a role other than both."""

    @property
    def utilization(self) -> float:
        """Demand over supply, 0 without supply."""
        return self.total.demand / self.total.supply if self.total.supply else 0.0
