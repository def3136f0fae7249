"""Messages of the fork of Nov and Dec 2025: "saturation" wording in the old JSON; model tuner."""

from wvatui.core.log.catalogue import model_builders as model
from wvatui.core.log.catalogue import text_maps as text
from wvatui.core.log.row import CatalogueRow, TextBuilder, plain, slug

FORK = "fork"


def _row(pattern: str, facts: TextBuilder | None, name: str = "") -> CatalogueRow:
    return CatalogueRow(f"f/{name or slug(pattern)}", pattern, FORK, FORK, facts=facts)


_IN_USE = model.tuner(accepted=None)
WITH_FACTS = (
    _row("saturation analysis completed: modelID={}", text.ANALYSIS, "analysis"),
    _row("Saturation analysis completed: modelID={}", text.ANALYSIS, "analysis-capital"),
    _row("Applied Saturation decision: variant={}", text.APPLIED, "applied"),
    _row("Saturation target: scale-up cheapest variant: {}", text.target("scale-up"), "target-up"),
    _row(
        "Saturation target: scale-down most expensive variant: {}",
        text.target("scale-down"),
        "target-down",
    ),
    _row("Saturation targets calculated: modelID={}", text.targets("targets="), "targets"),
    _row("Saturation targets: no scaling needed{}", text.NO_SCALING),
    _row("Target initialized to metrics count: variant={}", text.METRICS_COUNT, "metrics-count"),
    _row("✓ Metrics collected for VA: {}", text.VARIANT_METRICS, "variant-metrics-tick"),
    _row("No saturation metrics available for model, skipping analysis: {}", text.SKIPPED),
    _row("saturation scaling config cache updated: {}", text.config_cache, "config-cache"),
    _row("saturation scaling ConfigMap not found, {}", text.config_changed, "config-missing"),
    _row("saturation scaling ConfigMap changed{}", text.config_changed, "config-changed"),
    _row("Applied saturation scaling override: key={}", text.config_changed, "override"),
    _row(
        "Pod missing KV cache metrics, using 0 (may cause incorrect saturation analysis): {}",
        text.STOOD_IN,
    ),
    _row(
        "Pod missing queue metrics, using 0 (may cause incorrect saturation analysis): {}",
        text.STOOD_IN,
    ),
    # tuner
    _row("[Tuner Config] variant={}", model.tuner_config, "tuner-config"),
    _row("Tuner NIS validation failed for variant {}", model.tuner(accepted=False), "nis-rejected"),
    _row("Tuner validation succeeded for variant {}", model.tuner(accepted=True), "nis-accepted"),
    _row("Tuned performance parameters result: variant {}", _IN_USE, "tuned"),
    _row("Tuned performance parameters: variant {}", _IN_USE, "tuned-short"),
    _row("Updated tuner status for variant {}", _IN_USE, "tuner-status"),
    _row("Using state vals from VA status to tune variant {}", _IN_USE, "tuner-vals"),
    _row("Using initial state from spec for variant {}", _IN_USE, "tuner-spec"),
    _row("Using fallback parameters for variant {}", _IN_USE, "tuner-fallback"),
    _row("Keeping previously tuned parameters for variant {}", _IN_USE),
    _row("Keeping existing parameters in status for variant {}", _IN_USE),
    _row("Set initial parameters for variant {}", _IN_USE),
)

WITHOUT_FACTS = plain(
    "f",
    """
fork fork Replica count mismatch for {}
fork fork Filtered {} stale pod(s) with metrics for {}
fork fork Filtering pod from stale vLLM metrics: pod={}
fork fork Filtering deleted pod: pod={}
fork fork Pod to owner mapping: namespace={}
fork fork Pod has no owner: pod={}
fork fork Could not match pod to owner: pod={}
fork fork Empty pod name in kube_pod_info metric: {}
fork fork Failed to query kube_pod_info: {}
fork fork Failed to query Prometheus for pod existence: {}
fork fork Prometheus pod existence query warnings: {}
fork fork Prometheus query warnings: query={}
fork fork kube_pod_info returned no pods{}
fork fork Collected Saturation metrics: modelID={}
fork fork Collected saturation metrics: modelID={}
fork fork Collected saturation metrics for observability{}
fork fork Collected Saturation metrics for observability{}
fork fork Collected capacity metrics for observability{}
fork fork Failed to collect capacity metrics for logging{}
fork fork Failed to collect saturation metrics for logging{}
fork fork Failed to collect Saturation metrics for logging{}
fork fork Could not get deployment for VA in model-only metrics logging: {}
fork fork Failed to collect metrics for saturation mode: {}
fork fork saturation-only decisions made for model: {}
fork fork Saturation-only decisions made for model: {}
fork fork saturation analysis unavailable, using model-based targets only: {}
fork fork Saturation analysis unavailable, using model-based targets only: {}
fork fork saturation analysis failed for modelID={}
fork fork saturation analysis failed and model-based disabled, activating safety net: {}
fork fork Both Saturation and model-based failed, activating safety net: {}
fork fork Both saturation and model-based failed, activating safety net: {}
fork fork Config read failed and Saturation unavailable, activating safety net: {}
fork fork Config read failed and saturation unavailable, activating safety net: {}
fork fork Variant preparation failed and Saturation unavailable, activating safety net: {}
fork fork Variant preparation failed and saturation unavailable, activating safety net: {}
fork fork Failed to apply Saturation decisions: {}
fork fork Failed to apply saturation decisions: {}
fork fork saturation scaling configuration loaded successfully
fork fork Saturation scaling config not loaded yet, using defaults
fork fork Loading initial saturation scaling configuration
fork fork Failed to load initial saturation scaling config, will use defaults{}
fork fork Failed to parse saturation scaling config entry, skipping: {}
fork fork Invalid saturation scaling config entry, skipping: {}
fork fork No 'default' entry in saturation scaling ConfigMap, using hardcoded defaults
fork fork Failed to reload saturation scaling config cache: {}
fork fork unable to get active variant autoscalings: {}
fork fork Unable to get VA: variant={}
fork fork unable to get variantAutoscaling: variantAutoscaling-name={}
fork fork unable to fetch metrics, skipping this variantAutoscaling loop: variant={}
fork fork VariantAutoscaling resource not found, may have been deleted: {}
fork fork VariantAutoscaling is being deleted, skipping reconciliation: {}
fork fork Unable to fetch VariantAutoscaling: {}
fork fork Reconciling VariantAutoscaling: name={}
fork fork Failed to get scale target Deployment: {}
fork fork Failed to update VariantAutoscaling status: {}
fork fork Failed to get deployment for VA, using status: {}
fork fork ConfigMap watch enqueueing requests: count={}
fork fork Setting accelerator name: Name={}
fork fork Model tuner results: model={}
fork fork Updated SystemData for model={}
fork fork Updated VA status for variant {}
fork fork Tuned parameters unchanged for variant {}
fork fork Tuner validation failed (NIS={}
fork fork Tuner validation failed{}
fork fork Tuner failed completely for variant {}
fork fork Tuning failed for variant {}
fork fork Keeping previous tuned parameters for variant {}
fork fork Using tuned parameters from status for variant {}
fork fork Skipping tuning for variant {}
fork fork Server not found in SystemData, skipping {}
fork fork Failed to set fallback parameters for variant {}
fork fork Failed to set fallback tuned parameters for variant {}
fork fork Failed to extract state from status for variant {}
fork fork Failed to extract tuned state from VA status, falling back {}
fork fork Failed to get initial state for variant {}
fork fork Failed to update SystemData {}
fork fork Failed to update VA status {}
fork fork Failed to tune server for variant {}
fork fork Failed to read auto-guess configuration, defaulting to false: {}
fork fork {}Failed to read model tuner configuration, defaulting to disabled
fork fork {}failed to tune system data
fork fork {}Experimental optimization failed
fork fork {}Failed to list VariantAutoscaling resources for ConfigMap watch
fork fork Model tuner is disabled globally{}
fork fork Model tuner not activated for variant {}
fork fork Experimental model tuner is enabled globally{}
fork fork Experimental proactive model is enabled!
fork fork experimental proactive model is enabled!
fork fork Running in saturation based scaling
fork fork VA status already has valid tuner parameters for variant {}
fork fork No previous parameters found for variant {}
fork fork No valid parameters found in status for variant {}
fork fork Failed to find perf data in SystemData for variant {}
fork fork Invalid allocation: {}
fork fork Tuning is disabled, skipping parameter tuning
fork fork Failed to tune server, keeping original params{}
fork fork Created new tunerserver{}
fork fork Removed tuner for deleted serverserver{}
fork fork Tuner validation succeededvariant{}
fork fork No accelerator profiles found in ModelProfile for variant {}
fork fork Invalid or incomplete parameters in ModelProfile for variant {}
fork fork Spec parameters already set in status for variant {}
fork fork Set default zero parameters for variant {}
fork fork Covariance matrix from VA status {}
fork fork Guessed initial state for {}
fork fork Using guessed initial state for {}
fork fork Failed to guess initial state{}
""",
)

ROWS = (*WITH_FACTS, *WITHOUT_FACTS)
