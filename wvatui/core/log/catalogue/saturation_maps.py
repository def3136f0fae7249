"""Maps from structured fields (v0.5.0 to HEAD) to facts: pods, cycles, configuration, V1."""

from collections.abc import Mapping
from typing import Any

from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue.fact_map import (
    Constant,
    Derived,
    Value,
    bare,
    from_fields,
    not_zero,
)
from wvatui.core.log.row import Facts, FieldBuilder
from wvatui.core.log.values import Fields, as_integer, as_list, as_number, text_of


def _seconds(key: str) -> Value:
    """A value in seconds, converted to the fact's milliseconds."""

    def read(value: Any) -> float | None:
        seconds = as_number(value)
        return None if seconds is None else seconds * 1000.0

    return Value(key, read)


def _product(blocks: int | None, size: int | None) -> int | None:
    return None if blocks is None or size is None else blocks * size


# --- pods ---------------------------------------------------------------------------------

POD_KV = from_fields(fc.PodKv, pod="pod", kv_ratio="usage")
POD_QUEUE = from_fields(fc.PodQueue, pod="pod", waiting="queueLength")
STOOD_IN = from_fields(fc.StoodIn, pod="pod")
POD_RATE = from_fields(
    fc.PodRate,
    pod="pod",
    arrival_per_s="arrivalRate",
    ttft_ms=_seconds("avgTTFTSeconds"),
    itl_ms=_seconds("avgITLSeconds"),
)
"""A line has one of these: dispatch rate (requests/s), mean TTFT or mean ITL (ms)."""

SCHEDULER_QUEUE = from_fields(
    fc.SchedulerQueue, model="modelID", size="queueSize", size_bytes="queueBytes"
)
MODEL_RATE = from_fields(
    fc.ModelRate, model="modelID", namespace="namespace", arrival_per_s="arrivalRate"
)

POD_CACHE = from_fields(
    fc.PodCache,
    pod="pod",
    blocks="numGpuBlocks",
    block_size="blockSize",
    tokens=("totalKvCapacityTokens", Derived(_product, ("blocks", "block_size"))),
)
"""`Cache config info metric` has the number and size of blocks; SGLang's line has the tokens."""

# --- cycles -------------------------------------------------------------------------------

STARTED = from_fields(fc.Started)
CYCLE_START = from_fields(fc.CycleStart, models="modelCount", variants="totalVAs")
CYCLE_END = from_fields(
    fc.CycleEnd, mode="mode", models="modelsProcessed", decisions="decisionsApplied"
)
"""`Optimization completed successfully` is printed after cycles in which every model failed, too,
so `ok` means only that the cycle ended."""

NOTHING_TO_DO = from_fields(fc.Skipped, reason=Constant("no active variants"))
SKIPPED = from_fields(
    fc.Skipped,
    model=("modelID", "model"),
    variant="variant",
    namespace="namespace",
    reason="reason",
    text="troubleshooting",
)


def model_start(path: str) -> FieldBuilder:
    """`Processing model (V1)` …: work on a model begins. `path`: V1, V2 or queueing-model."""
    return from_fields(
        fc.ModelStart,
        model="modelID",
        namespace="namespace",
        variants="variantCount",
        path=Constant(path),
    )


def configured(what: str) -> FieldBuilder:
    """The controller read its `what` configuration."""
    return from_fields(
        fc.Configured,
        what=Constant(what),
        entries=("entries", "newEntries", "modelCount", "newModels"),
    )


# --- saturation V1 ------------------------------------------------------------------------

ANALYSIS_KEYS = {
    "model": "modelID",
    "namespace": "namespace",
    "total": "totalReplicas",
    "non_saturated": "nonSaturated",
    "spare_kv": "avgSpareKv",
    "spare_queue": "avgSpareQueue",
    "scale_up": "shouldScaleUp",
    "scale_down_safe": "scaleDownSafe",
}
"""Names of values, which are those of v0.4 and the fork, too."""
ANALYSIS = from_fields(fc.SaturationV1, role="role", reason="scaleUpReason", **ANALYSIS_KEYS)
"""`Saturation analysis completed` (INFO) and `saturation analysis completed` (V(4))."""

VARIANT_INFO = from_fields(
    fc.VariantInfo,
    variant=bare("variant"),
    accelerator="accelerator",
    cost="cost",
    metric_replicas="replicaCount",
    current="currentReplicas",
    ready="readyReplicas",
    pending="pendingReplicas",
    min="minReplicas",
    max="maxReplicas",
    role="role",
)
VARIANT_LOOKUP = from_fields(
    fc.VariantInfo,
    variant=bare("variant"),
    current=(not_zero("statusReplicas"), "specReplicas"),
    ready="readyReplicas",
    scale_target="scaleTargetName",
)
"""Current is status.replicas, or spec.replicas where that is 0 (WVA v0.8.0 engine.go:936)."""

METRICS_COUNT = from_fields(fc.VariantInfo, variant="variant", metric_replicas="count")
CURRENT_COUNT = from_fields(fc.VariantInfo, variant="variant", current="count")
UNSAFE = from_fields(
    fc.ScaleDownUnsafe,
    remaining_spare_kv="remainingSpareKv",
    kv_trigger="kvTrigger",
    kv_safe="kvSafe",
    remaining_spare_queue="remainingSpareQueue",
    queue_trigger="queueTrigger",
    queue_safe="queueSafe",
    non_saturated="nonSaturated",
    required="required",
)
NO_SCALING = from_fields(
    fc.NoScaling, spare_kv="avgSpareKvCapacity", spare_queue="avgSpareQueueLength"
)
TARGET_HELD = from_fields(
    fc.LoggedTarget,
    variant="variant",
    target=("desired", "current"),
    current="current",
    reason=Constant("model transitioning"),
)


def target(act: str) -> FieldBuilder:
    """`Saturation target: scale-up cheapest variant` and its counterpart for scale-down."""
    return from_fields(
        fc.LoggedTarget,
        variant="variant",
        target="target",
        current="currentReplicas",
        ready="readyReplicas",
        action=Constant(act),
        reason="reason",
        cost="cost",
        base="baseTarget",
    )


def clamped(bound: str) -> FieldBuilder:
    """`Clamping target to minReplicas` {variant, target, minReplicas}: the target is the bound."""

    def build(fields: Fields) -> Facts:
        name, limit = text_of(fields, "variant"), as_integer(fields.get(bound))
        if not name or limit is None:
            return ()
        before = as_integer(fields.get("target"))
        reason = f"{bound} {limit} instead of {before}"
        return (fc.LoggedTarget(variant=name, target=limit, reason=reason, instead_of=before),)

    return build


def targets(fields: Fields) -> Facts:
    """`Saturation targets calculated` {modelID, targets: {variant: replicas}}."""
    replicas = fields.get("targets")
    if not isinstance(replicas, Mapping):
        return ()
    return tuple(
        fc.LoggedTarget(variant=name, target=as_integer(count))
        for name, count in replicas.items()
        if isinstance(name, str) and name
    )


def transition(fields: Fields) -> Facts:
    """`Model in transition, blocking scaling decisions` {modelID, reasons: […]}."""
    reasons = tuple(r for r in as_list(fields.get("reasons")) if isinstance(r, str))
    return (fc.Transition(model=text_of(fields, "modelID"), reasons=reasons),)
