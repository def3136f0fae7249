"""What V2 knows of capacity: records of what was learned, engine arguments, past observations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

HISTORY = 10
"""Observed compute-bound capacities that are kept per key (rolling mean)."""


@dataclass(frozen=True, slots=True)
class EngineArgs:
    """Arguments of the engine that bound a batch; 0: not given."""

    max_batched_tokens: int = 0
    """Tokens a scheduler step may take, after the engine's own defaults."""
    max_seqs: int = 0
    """Sequences that may run at once."""
    tensor_parallel: int = 0
    kv_dtype: str = ""
    gpu_memory_ratio: float = 0.0
    max_model_len: int = 0


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
    """What survives from one cycle to the next; never changed in place.

    `records` by "namespace|model|variant", `observed` (k2 in tokens, oldest first) by
    "model|accelerator[|gpus]|bucket".
    """

    records: Mapping[str, Record] = field(default_factory=dict)
    observed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def with_record(self, key: str, record: Record) -> "CapacityMemory":
        """The same with `record` under `key`."""
        return replace(self, records={**self.records, key: record})

    def with_observed(self, key: str, tokens: int) -> "CapacityMemory":
        """The same with one more observation, the oldest beyond ten forgotten."""
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
    """Compute-bound capacity in tokens from engine arguments (P3), None when it cannot be had.

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


def compatible(one: Record, other: Record) -> bool:
    """Do two variants run the same engine on the same hardware, so that one stands for both?"""
    return (
        bool(one.accelerator)
        and one.accelerator == other.accelerator
        and one.gpus == other.gpus
        and one.engine == other.engine
    )


def stored_capacity(
    key: str,
    memory: CapacityMemory,
    kv_threshold: float,
    input_tokens: float,
    output_tokens: float,
) -> int:
    """Tokens per replica of a variant of which no replica is measured (P0); 0 when unknown.

    A live record counts as it is. A record derived from a deployment is taken anew from the
    workload, bounded by its own k1 and by a compatible live variant; without a workload its
    stored value holds, bounded likewise. `key`: "namespace|model|variant".
    Source: WVA v0.8.0 internal/engines/analyzers/saturation_v2/analyzer.go:62-655.
    """
    record = memory.records.get(key)
    if record is None:
        return 0
    if record.learned == "live" and record.effective > 0:
        return record.effective
    peer = _compatible_live(key, record, memory)
    estimate = derived_k2(record.engine, input_tokens, output_tokens)
    if estimate is None:
        return record.effective if record.effective > 0 else peer
    if record.kv_tokens > 0:
        estimate = min(estimate, int(record.kv_tokens * kv_threshold))
    return min(estimate, peer) if peer > 0 else estimate


def _compatible_live(key: str, record: Record, memory: CapacityMemory) -> int:
    prefix = key.rsplit("|", 1)[0] + "|"
    for other_key in sorted(memory.records):
        other = memory.records[other_key]
        if other_key == key or not other_key.startswith(prefix):
            continue
        if other.learned == "live" and other.effective > 0 and compatible(record, other):
            return other.effective
    return 0
