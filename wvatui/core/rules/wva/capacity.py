"""What V2 knows about capacity: learned records, engine arguments, past observations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

HISTORY = 10
"""Observed compute-bound capacities that are kept per key (rolling mean)."""


@dataclass(frozen=True, slots=True)
class EngineArgs:
    """Arguments of the engine that limit a batch; 0: not given."""

    max_batched_tokens: int = 0
    """Tokens that a scheduler step may process, with the engine's own defaults applied."""
    max_seqs: int = 0
    """Sequences that may run at once."""
    tensor_parallel: int = 0
    kv_dtype: str = ""
    gpu_memory_ratio: float = 0.0
    max_model_len: int = 0
    block_size: int = 0
    blocks_override: int = 0
    tokens_override: int = 0
    name: str = ""
    """Name of the engine, where the release distinguishes engines."""


@dataclass(frozen=True, slots=True)
class Record:
    """Capacity known for a variant, live (measured) or derived from its deployment. Tokens."""

    accelerator: str = ""
    gpus: int = 0
    kv_tokens: int = 0
    effective: int = 0
    engine: EngineArgs | None = None
    learned: str = "live"
    """live or deployment."""


@dataclass(frozen=True, slots=True)
class CapacityMemory:
    """What is kept from one cycle to the next; never changed in place.

    `records` by "namespace|model|variant", `observed` (k2 in tokens, oldest first) by
    "model|accelerator[|gpus]|bucket".
    """

    records: Mapping[str, Record] = field(default_factory=dict)
    observed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def with_record(self, key: str, record: Record) -> "CapacityMemory":
        """The same with `record` under `key`."""
        return replace(self, records={**self.records, key: record})

    def with_observed(self, key: str, tokens: int) -> "CapacityMemory":
        """The same with one more observation; only the newest ten are kept."""
        past = (*self.observed.get(key, ()), tokens)[-HISTORY:]
        return replace(self, observed={**self.observed, key: past})


def bucket(output_tokens: float) -> str:
    """short below 100 output tokens, medium below 500, else long.

    Source: WVA v0.8.0 internal/engines/analyzers/saturation_v2/analyzer.go.
    """
    if output_tokens < 100:
        return "short"
    return "medium" if output_tokens < 500 else "long"


def derived_k2(engine: EngineArgs | None, input_tokens: float, output_tokens: float) -> int | None:
    """Compute-bound capacity in tokens from engine arguments (P3); None: it cannot be computed.

    `int(min(B*O/(I+O), S) * (I + O/2))` with B tokens a step, S sequences, I input and O output
    tokens a request; needs O > 0 and a bound. Source: WVA v0.8.0 saturation_v2/analyzer.go.
    """
    if engine is None or output_tokens <= 0:
        return None
    bounds = []
    if engine.max_batched_tokens > 0:
        bounds.append(engine.max_batched_tokens * output_tokens / (input_tokens + output_tokens))
    if engine.max_seqs > 0:
        bounds.append(float(engine.max_seqs))
    if len(bounds) < 2:
        return None
    tokens = int(min(bounds) * (input_tokens + output_tokens / 2))
    return tokens if tokens > 0 else None


def compatible(mine: EngineArgs | None, other: EngineArgs | None) -> bool:
    """Whether two engines have the same capacity, so that a record of one serves for the other.

    Their maximum of sequences and the model's context length do not matter.
    Source: WVA v0.8.0 internal/engines/analyzers/saturation_v2 IsCapacityCompatible.
    """
    if mine is None or other is None:
        return False
    alike = replace(other, max_seqs=mine.max_seqs, max_model_len=mine.max_model_len)
    return mine == alike


def stored_capacity(
    key: str,
    memory: CapacityMemory,
    kv_threshold: float,
    input_tokens: float,
    output_tokens: float,
    *,
    accelerator: str = "",
    gpus: int = 0,
) -> int | None:
    """Tokens per replica of a variant without any measured replica (P0); None: unknown.

    A live record is used as it is. A record derived from a deployment is computed again from the
    workload, limited by its own k1 and by a compatible live variant; without a workload its stored
    value is used. For a record without any capacity, it is that of a compatible variant on
    `accelerator` with `gpus`. `key`: "namespace|model|variant".
    Source: WVA v0.8.0 internal/engines/analyzers/saturation_v2/analyzer.go estimateStoredCapacity,
    lookupCompatibleCapacity.
    """
    record = memory.records.get(key)
    if record is None:
        return None
    model = key.split("|", 2)[1]
    if record.effective <= 0:
        peer = _peer(model, memory, accelerator, gpus, record.engine)
        return None if peer is None else peer.effective
    if record.learned == "live":
        return record.effective
    estimate = derived_k2(record.engine, input_tokens, output_tokens)
    if estimate is None:
        return record.effective
    k1 = int(record.kv_tokens * kv_threshold)
    peer = _peer(model, memory, record.accelerator, record.gpus, record.engine)
    bounds = [estimate]
    if k1 > 0:
        bounds.append(k1)
    if peer is not None and peer.learned == "live" and peer.effective > 0:
        bounds.append(peer.effective)
    return min(bounds)


def _peer(
    model: str, memory: CapacityMemory, accelerator: str, gpus: int, engine: EngineArgs | None
) -> Record | None:
    """A compatible record of the same model, in any namespace; live ones first.

    Source: WVA v0.8.0 internal/engines/analyzers/saturation_v2/capacity_store.go FindCompatible.
    """
    peers = [
        record
        for key, record in sorted(memory.records.items())
        if key.split("|", 2)[1:2] == [model]
        and (record.accelerator, record.gpus) == (accelerator, gpus)
        and compatible(record.engine, engine)
        and (record.effective > 0 or record.kv_tokens > 0)
    ]
    return min(peers, key=lambda record: record.learned != "live", default=None)
