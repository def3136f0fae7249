"""Messages that carry facts, with the values inside the text: v0.0.1 to v0.4.2."""

from wvatui.core.log import facts as fc
from wvatui.core.log.catalogue import model_builders as model
from wvatui.core.log.catalogue import text_maps as text
from wvatui.core.log.row import CatalogueRow, TextBuilder, slug


def _row(
    since: str, until: str, pattern: str, facts: TextBuilder | None, name: str = ""
) -> CatalogueRow:
    return CatalogueRow(f"a/{name or slug(pattern)}", pattern, since, until, facts=facts)


V04 = ("v0.0.5", "v0.4.2")
V00 = ("v0.0.1", "v0.0.4")
ALL = ("v0.0.1", "v0.4.2")

ROWS = (
    # the process
    _row(*ALL, "Zap logger initialized", text.STARTED, "logger-initialized"),
    _row(*ALL, "Starting manager", text.STARTED, "starting-manager"),
    # mode, cycle
    _row(*V04, "Operating in {} mode: {}", text.mode, "mode"),
    _row(*V04, "No optimization mode enabled, defaulting to {}", text.DEFAULT_MODE, "mode-default"),
    _row(*ALL, "No active VariantAutoscalings found, skipping optimization", text.NOTHING_TO_DO),
    _row(*V04, "Grouped VAs by model: modelCount={}, totalVAs={}", text.CYCLE_START, "grouped"),
    _row(*V04, "Processing model: modelID={}, variantCount={}", text.MODEL_START, "model"),
    _row(*V04, "Reconciliation completed successfully: {}", text.cycle_end(ok=True), "cycle-end"),
    _row(
        *V04,
        "Reconciliation completed with errors: {}",
        text.cycle_end(ok=False),
        "cycle-end-errors",
    ),
    _row(
        *V00,
        "Reconciliation completed - variants_processed: {}, optimization_successful: {}",
        text.old_cycle_end,
        "old-cycle-end",
    ),
    # pods and variants
    _row(*V04, "KV cache metric: pod={}, usage={} ({}%)", text.POD_KV, "kv"),
    _row(*V04, "Queue metric: pod={}, queueLength={}", text.POD_QUEUE, "queue"),
    _row(
        *V04,
        "Pod missing KV cache metrics, using 0 (may cause incorrect capacity analysis):…",
        text.STOOD_IN,
    ),
    _row(
        *V04,
        "Pod missing queue metrics, using 0 (may cause incorrect capacity analysis): pod…",
        text.STOOD_IN,
    ),
    _row(*V04, "Metrics collected for VA: {}", text.VARIANT_METRICS, "variant-metrics"),
    _row(*V04, "Metrics unavailable for VA, skipping: variant={}", text.SKIPPED, "no-metrics"),
    _row(
        *V04,
        "Metrics unavailable, skipping optimization for variant: variant={}",
        text.SKIPPED,
        "no-metrics-optimizer",
    ),
    _row(
        *V04,
        "No capacity metrics available for model, skipping analysis: modelID={}",
        text.SKIPPED,
        "no-capacity-metrics",
    ),
    # capacity analysis
    _row(*V04, "Capacity analysis completed: modelID={}", text.ANALYSIS, "capacity-analysis"),
    _row(*V04, "Variant analysis initialized: variant={}", text.VARIANT_INFO, "variant-analysis"),
    _row(
        *V04,
        "Scale-down unsafe: insufficient headroom after redistribution: {}",
        text.UNSAFE_HEADROOM,
        "unsafe-headroom",
    ),
    _row(
        *V04,
        "Scale-down unsafe: insufficient non-saturated replicas: {}",
        text.UNSAFE_REPLICAS,
        "unsafe-replicas",
    ),
    _row(*V04, "Preserving desired replicas: variant={}", text.preserved, "preserved"),
    _row(
        *V04,
        "Capacity target: scale-up cheapest variant: {}",
        text.target("scale-up"),
        "capacity-target-up",
    ),
    _row(
        *V04,
        "Capacity target: scale-down most expensive variant: {}",
        text.target("scale-down"),
        "capacity-target-down",
    ),
    _row(
        *V04,
        "Capacity targets: no scaling needed (avgSpareKv={}, avgSpareQueue={}, {}",
        text.NO_SCALING,
        "capacity-targets-none",
    ),
    _row(
        *V04,
        "Capacity targets calculated: modelID={}",
        text.targets("targets="),
        "capacity-targets",
    ),
    # decisions
    _row(*V04, "Processing decision: variant={}, action={}", text.PROCESSING, "processing"),
    _row(*V04, "Applied capacity decision: variant={}", text.APPLIED, "applied-capacity"),
    _row(*("v0.0.3", "v0.4.2"), "EmitReplicaMetrics completed - {}", text.EMITTED, "emitted"),
    _row(*("v0.0.1", "v0.0.2"), "EmitReplicaMetrics completed for {}", text.EMITTED, "emitted-for"),
    _row(
        *V04,
        "Successfully emitted metrics for external autoscalers: variant={}",
        text.EMITTED_EXTERNAL,
        "emitted-external",
    ),
    _row(
        *V04,
        "Safety net activated: emitted fallback metrics: variant={}",
        text.SAFETY_NET,
        "safety-net",
    ),
    _row(*V04, "Variant decision arbitrated{}", model.arbitrated, "arbitrated"),
    # configuration
    _row(*V04, "Capacity scaling config cache updated: {}", text.config_cache, "capacity-config"),
    _row(
        *("v0.0.5", "v0.0.5"),
        "Capacity scaling ConfigMap changed, reloading cache",
        text.config_changed,
        "capacity-config-changed",
    ),
    _row(
        *V04,
        "Capacity scaling ConfigMap not found, using hardcoded defaults: {}",
        text.config_changed,
        "capacity-config-missing",
    ),
    _row(
        *V04,
        "Applied capacity scaling override: key={}",
        text.config_changed,
        "capacity-override",
    ),
    # model-based optimiser
    _row(*V00, "Found SLO for model - model: {}", model.old_slo, "old-slo"),
    _row(*V04, "Found SLO for model: model={}", text.SLO, "slo"),
    _row(*ALL, "Optimization solution - system: {}", model.predictions, "solution"),
    _row(
        *V00,
        "System data prepared for optimization: - {}",
        model.servers,
        "system-data",
    ),
    _row(*V00, "Optimized allocation entry - key: {}", model.allocation_entry, "allocation"),
    _row(
        *V04,
        "Model-based optimization completed for model: {}",
        text.targets("model-based targets: ", fc.MODEL_BASED),
        "model-targets",
    ),
)
