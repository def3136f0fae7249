"""Facts: the typed content of one line of the controller's log, the output of every log dialect.

All dialects produce these facts, whatever their wording, so the fold handles only one vocabulary.
Units are converted once: latencies to milliseconds, ratios to 0 to 1 (above 1 stays above 1);
arrival rates keep the controller's unit, which is in their name. `None`: the line does not say.
"""

from typing import Literal

import msgspec

from wvatui.core.ranges import Amount, Count, Small

Action = Literal["scale-up", "scale-down", "no-change"]


class Fact(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Base of all facts."""


class Mode(Fact, frozen=True):
    """The controller's mode, in its own words (CAPACITY-ONLY, saturation-only, MODEL-ONLY…)."""

    mode: str


class CycleStart(Fact, frozen=True):
    """The start of a full reconcile: "Grouped VAs by model"."""

    models: Count | None = None
    variants: Count | None = None


class ModelStart(Fact, frozen=True):
    """The controller begins to process one model."""

    model: str
    namespace: str = ""
    variants: Count | None = None
    path: str = ""
    """V1, V2, queueing-model; empty in releases that do not say."""


class CycleEnd(Fact, frozen=True):
    """A reconcile is over. `ok` False: it completed with errors."""

    mode: str = ""
    models: Count | None = None
    failed: Count | None = None
    decisions: Count | None = None
    ok: bool = True


class PodKv(Fact, frozen=True):
    """A pod's KV cache use (ratio), as the controller sees it."""

    pod: str
    kv_ratio: Amount


class PodQueue(Fact, frozen=True):
    """A pod's waiting requests, as the controller sees them."""

    pod: str
    waiting: Count


class StoodIn(Fact, frozen=True):
    """The controller used 0 for a metric of this pod that it could not get."""

    pod: str


class PodCache(Fact, frozen=True):
    """Size of a pod's KV cache."""

    pod: str
    blocks: Count | None = None
    block_size: Count | None = None
    tokens: Count | None = None


class PodRate(Fact, frozen=True):
    """Of a pod: dispatched requests per second, mean TTFT, mean ITL; whichever the line has."""

    pod: str
    arrival_per_s: Amount | None = None
    ttft_ms: Amount | None = None
    itl_ms: Amount | None = None


class VariantMetrics(Fact, frozen=True):
    """What the controller measured for a variant. `arrival_per_min` is requests per **minute**."""

    variant: str
    replicas: Small | None = None
    accelerator: str = ""
    ttft_ms: Amount | None = None
    itl_ms: Amount | None = None
    cost: Amount | None = None
    arrival_per_min: Amount | None = None
    input_tokens: Amount | None = None
    output_tokens: Amount | None = None


class VariantInfo(Fact, frozen=True):
    """Static or slow facts of a variant that an analysis mentions."""

    variant: str
    accelerator: str = ""
    cost: Amount | None = None
    metric_replicas: Small | None = None
    current: Small | None = None
    ready: Small | None = None
    pending: Small | None = None
    min: Small | None = None
    max: Small | None = None
    role: str = ""
    scale_target: str = ""
    """Name of the workload that it scales."""


class SaturationV1(Fact, frozen=True):
    """One analysis of the V1 rule over a model (or a role group of it)."""

    model: str
    namespace: str = ""
    role: str = ""
    total: Count | None = None
    non_saturated: Count | None = None
    spare_kv: Amount | None = None
    """Mean over the non-saturated replicas of (threshold - KV), ratio."""
    spare_queue: Amount | None = None
    scale_up: bool | None = None
    scale_down_safe: bool | None = None
    reason: str = ""


class VariantCapacity(msgspec.Struct, frozen=True, gc=False):
    """One variant inside an analyzer's result: its capacity per replica and where it came from."""

    name: str
    per_replica: Amount | None = None
    role: str = ""
    reason: str = ""


class AnalyzerResult(Fact, frozen=True):
    """One analyzer's result for a model (V2): tokens for saturation, tokens/s for throughput."""

    model: str
    namespace: str = ""
    analyzer: str = "saturation"
    supply: Amount | None = None
    demand: Amount | None = None
    utilization: Amount | None = None
    required: Amount | None = None
    spare: Amount | None = None
    scale_up_threshold: Amount | None = None
    scale_down_boundary: Amount | None = None
    variants: tuple[VariantCapacity, ...] = ()


class ScaleDownUnsafe(Fact, frozen=True):
    """Why V1 would not scale down; it states triggers, from which thresholds are recovered."""

    remaining_spare_kv: Amount | None = None
    kv_trigger: Amount | None = None
    kv_safe: bool | None = None
    remaining_spare_queue: Amount | None = None
    queue_trigger: Amount | None = None
    queue_safe: bool | None = None
    non_saturated: Count | None = None
    required: Count | None = None


MODEL_BASED = "model-based"
"""Reason of a target of the model-based rule, before it is arbitrated with the capacity rule."""


class LoggedTarget(Fact, frozen=True):
    """A target that an analysis proposes for a variant, before it becomes a decision."""

    variant: str
    target: Small | None = None
    current: Small | None = None
    ready: Small | None = None
    action: str = ""
    reason: str = ""
    cost: Amount | None = None
    base: Small | None = None
    """Replicas from which the step up or down was counted."""
    instead_of: Small | None = None
    """The target before a bound of the variant replaced it."""


class Transition(Fact, frozen=True):
    """Scaling held because the model is in transition (or a variant keeps its desired value)."""

    model: str = ""
    variant: str = ""
    reasons: tuple[str, ...] = ()


class NoScaling(Fact, frozen=True):
    """V1 scales no variant of the model, and none is in transition. Means as in `SaturationV1`.

    Source: "no scaling needed", WVA v0.4.2 internal/capacity/analyzer.go:386.
    """

    spare_kv: Amount | None = None
    spare_queue: Amount | None = None


class LoggedDecision(Fact, frozen=True):
    """The decision for one variant in one cycle. Several lines may repeat it.

    `stage`: decided (scaling-decision), processing ("Processing decision"), applied, emitted.
    `variant` is the bare name; `namespace` is empty where the line has none.
    """

    variant: str
    namespace: str = ""
    model: str = ""
    stage: str = "processing"
    action: Action | None = None
    current: Small | None = None
    target: Small | None = None
    reason: str = ""
    accelerator: str = ""


class Prediction(Fact, frozen=True):
    """What the model-based optimiser expects of a variant after its decision (milliseconds)."""

    variant: str
    namespace: str = ""
    model: str = ""
    replicas: Small | None = None
    itl_ms: Amount | None = None
    ttft_ms: Amount | None = None
    slo_itl_ms: Amount | None = None
    slo_ttft_ms: Amount | None = None
    rate_per_min: Amount | None = None
    accelerator: str = ""
    cost: Amount | None = None
    input_tokens: Amount | None = None
    """With `output_tokens`: the mean tokens per request and per answer that it assumed."""
    output_tokens: Amount | None = None
    batch: Count | None = None
    max_per_min: Amount | None = None
    """Requests per **minute** that one replica can sustain within the latency targets."""


class Tuner(Fact, frozen=True):
    """State of the performance model's tuner. `accepted` False: the NIS gate rejected the step."""

    variant: str
    namespace: str = ""
    alpha: Amount | None = None
    beta: Amount | None = None
    gamma: Amount | None = None
    delta: Amount | None = None
    nis: Amount | None = None
    accepted: bool | None = None


class Slo(Fact, frozen=True):
    """Latency targets of a model or variant (milliseconds)."""

    model: str = ""
    variant: str = ""
    ttft_ms: Amount | None = None
    itl_ms: Amount | None = None


class Limited(Fact, frozen=True):
    """A limiter cut a decision."""

    variant: str
    original: Small | None = None
    limited: Small | None = None
    by: str = ""


class ScaleToZero(Fact, frozen=True):
    """Scale to or from zero, or the rule that kept one replica."""

    model: str = ""
    variant: str = ""
    direction: Literal["to-zero", "from-zero", "kept"] = "to-zero"
    text: str = ""


class SafetyNet(Fact, frozen=True):
    """Fallback values were emitted because an analysis failed."""

    variant: str
    current: Small | None = None
    desired: Small | None = None
    source: str = ""


class Leader(Fact, frozen=True):
    """Leader election: attempting, acquired, lost."""

    event: Literal["attempting", "acquired", "lost", "trouble"]
    lease: str = ""


class Configured(Fact, frozen=True):
    """The controller (re)read its configuration."""

    what: str
    entries: Count | None = None


class Started(Fact, frozen=True):
    """The controller process started ("Starting manager", "Logger initialized")."""


class Skipped(Fact, frozen=True):
    """The controller left a model, a variant or everything out of this cycle, and why."""

    model: str = ""
    variant: str = ""
    namespace: str = ""
    reason: str = ""
    """The controller's own term, if any: MetricsMissing, MetricsStale, PrometheusError."""
    text: str = ""


class SchedulerQueue(Fact, frozen=True):
    """Requests of a model that wait in the endpoint picker's flow control."""

    model: str = ""
    size: Count | None = None
    size_bytes: Count | None = None


class ModelRate(Fact, frozen=True):
    """Requests per **second** that arrive for a model."""

    model: str = ""
    namespace: str = ""
    arrival_per_s: Amount | None = None
