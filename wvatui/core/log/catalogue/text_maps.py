"""Maps from messages with values in the text (v0.0.1 to v0.4.2, the 2025 fork) to facts."""

from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue.fact_map import (
    STEP,
    Constant,
    Value,
    from_pairs,
    from_template,
)
from wvatui.core.log.catalogue.saturation_maps import ANALYSIS_KEYS
from wvatui.core.log.row import Facts, TextBuilder
from wvatui.core.log.values import go_map, integer, number, pairs, truth

_REASON = ((", reason=", "reason"),)


# --- pods and variants --------------------------------------------------------------------

POD_KV = from_template(fc.PodKv, "KV cache metric: pod={pod}, usage={kv_ratio} ")
POD_QUEUE = from_template(fc.PodQueue, "Queue metric: pod={pod}, queueLength={waiting}")
STOOD_IN = from_pairs(fc.StoodIn, ": ", pod=Value("pod", str.strip))


def _latency(key: str) -> Value:
    """A latency with its unit, in milliseconds: `1.00ms`."""
    return Value(key, lambda text: number(text.removesuffix("ms")))


VARIANT_METRICS = from_pairs(
    fc.VariantMetrics,
    "for VA: ",
    variant="variant",
    replicas="replicas",
    accelerator="accelerator",
    ttft_ms=_latency("ttft"),
    itl_ms=_latency("itl"),
    cost="cost",
    arrival_per_min="arrivalRate",
    input_tokens="avgInputTokens",
    output_tokens="avgOutputTokens",
)
"""`arrivalRate` is per minute (WVA v0.4.2 internal/collector/collector.go:217). The fork prints
the same at DEBUG after `✓`, with token counts."""

VARIANT_INFO = from_pairs(
    fc.VariantInfo,
    "initialized: ",
    variant="variant",
    accelerator="accelerator",
    cost="cost",
    metric_replicas="replicaCount",
)
METRICS_COUNT = from_pairs(fc.VariantInfo, "count: ", variant="variant", metric_replicas="count")

# --- modes and cycles ---------------------------------------------------------------------

STARTED = from_template(fc.Started, "")
DEFAULT_MODE = from_template(
    fc.Mode,
    "No optimization mode enabled, defaulting to {mode}",
    mode=Value("mode", lambda text: text.removesuffix(" mode") or None),
)
NOTHING_TO_DO = from_template(fc.Skipped, "", reason=Constant("no active variants"))
CYCLE_START = from_template(
    fc.CycleStart, "Grouped VAs by model: modelCount={models}, totalVAs={variants}"
)
MODEL_START = from_template(
    fc.ModelStart, "Processing model: modelID={model}, variantCount={variants}"
)
SKIPPED = from_pairs(
    fc.Skipped,
    ": ",
    tails=(*_REASON, (", troubleshooting=", "text")),
    model=("model", "modelID"),
    variant="variant",
    namespace="namespace",
    reason="reason",
    text="text",
)


def mode(message: str) -> Facts:
    """`Operating in X mode: …`."""
    name, mark, _ = message[13:].partition(" mode")
    return (fc.Mode(mode=name),) if mark and name else ()


def cycle_end(*, ok: bool) -> TextBuilder:
    """`Reconciliation completed successfully|with errors: mode=…, modelsProcessed=…, …`."""
    return from_pairs(
        fc.CycleEnd,
        ": ",
        mode="mode",
        models="modelsProcessed",
        failed="modelsFailed",
        decisions="decisionsApplied",
        ok=Constant(ok),
    )


def old_cycle_end(message: str) -> Facts:
    """`Reconciliation completed - variants_processed: 2, optimization_successful: true`."""
    rest = message.partition("optimization_successful: ")[2]
    return (fc.CycleEnd(mode="model-only", ok=rest.strip() != "false"),)


# --- saturation ---------------------------------------------------------------------------

ANALYSIS = from_pairs(fc.SaturationV1, " completed: ", tails=(), **ANALYSIS_KEYS)
"""The DEBUG form adds namespace and mean spares."""

_EXTRA = "%!(EXTRA bool="
UNSAFE_HEADROOM = from_pairs(
    fc.ScaleDownUnsafe,
    "redistribution: ",
    remaining_spare_kv="remainingSpareKv",
    kv_trigger="kvTrigger",
    kv_safe="kvSafe",
    remaining_spare_queue="remainingSpareQueue",
    queue_trigger=Value("queueTrigger", lambda text: number(text.partition(_EXTRA)[0])),
    queue_safe=(
        "queueSafe",
        Value("queueTrigger", lambda text: truth(text.partition(_EXTRA)[2].removesuffix(")"))),
    ),
)
"""v0.4.2 prints `queueTrigger=3.0%!(EXTRA bool=false)`, where the extra value is `queueSafe` (WVA
v0.4.2 internal/capacity/analyzer.go:275)."""

UNSAFE_REPLICAS = from_pairs(
    fc.ScaleDownUnsafe, "replicas: ", non_saturated="nonSaturated", required="required"
)


def target(act: str) -> TextBuilder:
    """`Capacity|Saturation target: scale-up cheapest variant: variant=…, …, reason=…`."""
    return from_pairs(
        fc.LoggedTarget,
        "variant: ",
        tails=_REASON,
        variant="variant",
        target="target",
        current="currentReplicas",
        ready="readyReplicas",
        action=Constant(act),
        reason="reason",
        cost="cost",
        base="baseTarget",
    )


def targets(mark: str, reason: str = "") -> TextBuilder:
    """The targets in the printed Go map behind `mark`: `targets=map[a:2 b:1]`."""

    def build(message: str) -> Facts:
        return tuple(
            fc.LoggedTarget(variant=name, target=replicas, reason=reason)
            for name, replicas in go_map(message.partition(mark)[2].strip()).items()
        )

    return build


NO_SCALING = from_pairs(
    fc.NoScaling,
    "needed (",
    spare_kv="avgSpareKv",
    spare_queue=Value("avgSpareQueue", lambda text: number(text.partition(",")[0].rstrip(")"))),
)
_PRESERVED = from_pairs(
    fc.LoggedTarget,
    "replicas: ",
    variant="variant",
    target="desired",
    current="currentReplicas",
    ready="readyReplicas",
    reason=Constant("desired replicas preserved"),
)


def preserved(message: str) -> Facts:
    """`Preserving desired replicas: variant=X, currentReplicas=1, readyReplicas=1, desired=2`."""
    values = pairs(message.partition("replicas: ")[2])
    name = values.get("variant", "")
    if not name:
        return ()
    held = f"desired({values.get('desired', '')})!=current({values.get('currentReplicas', '')})"
    return (fc.Transition(variant=name, reasons=(held,)), *_PRESERVED(message))


# --- decisions ----------------------------------------------------------------------------

PROCESSING = from_template(
    fc.LoggedDecision,
    "Processing decision: variant={variant}, action={action}, current={current}→target={target}",
)
APPLIED = from_pairs(
    fc.LoggedDecision,
    "decision: ",
    tails=_REASON,
    variant="variant",
    stage=Constant("applied"),
    action="action",
    current="current",
    target="target",
    reason="reason",
)
EMITTED = from_template(
    fc.LoggedDecision,
    "EmitReplicaMetrics completed {variant}, current-replicas: {current}, "
    "desired-replicas: {target}, accelerator: {accelerator}",
    variant=Value("variant", lambda text: text.rpartition(": ")[2] or None),
    stage=Constant("emitted"),
    action=STEP,
)
"""`- variant: X`; v0.0.1 and v0.0.2 write `for variantAutoscaling-name: X` instead."""

EMITTED_EXTERNAL = from_pairs(
    fc.LoggedDecision,
    "autoscalers: ",
    variant="variant",
    stage=Constant("emitted"),
    target="targetReplicas",
    accelerator="accelerator",
)
SAFETY_NET = from_pairs(
    fc.SafetyNet,
    "metrics: ",
    variant="variant",
    current="currentReplicas",
    desired="desiredReplicas",
    source="fallbackSource",
)

# --- configuration ------------------------------------------------------------------------


def config_cache(message: str) -> Facts:
    """`… scaling config cache updated: entries=1, has_default=true`."""
    what, _, rest = message.partition(" config cache updated: ")
    return (fc.Configured(what=what.lower(), entries=integer(pairs(rest).get("entries", ""))),)


def config_changed(message: str) -> Facts:
    """The ConfigMap of the thresholds changed or is missing, or an override in it was used."""
    return (fc.Configured(what=message.partition(":")[0].partition(",")[0].lower()),)


# --- the model-based optimiser ------------------------------------------------------------

SLO = from_pairs(fc.Slo, ": ", model="model", itl_ms="slo-tpot", ttft_ms="slo-ttft")
"""`Found SLO for model: model=X, class=Y, slo-tpot=10, slo-ttft=1000` (ms)."""
