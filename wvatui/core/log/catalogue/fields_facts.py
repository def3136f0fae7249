"""Messages that carry facts, values in structured fields: v0.5.0 to HEAD."""

from collections.abc import Callable, Mapping
from typing import Any

from wvatui.core.log.catalogue import field_builders as v1
from wvatui.core.log.catalogue import field_builders_v2 as v2
from wvatui.core.log.row import CatalogueRow, FieldBuilder, slug

Refine = Callable[[Mapping[str, Any]], str]


def _row(
    since: str,
    until: str,
    pattern: str,
    fields: FieldBuilder | None,
    name: str = "",
    refine: Refine | None = None,
) -> CatalogueRow:
    return CatalogueRow(
        f"b/{name or slug(pattern)}", pattern, since, until, fields=fields, refine=refine
    )


def _has(suffix: str, *keys: str) -> Refine:
    """The suffix where the message has all of the fields."""
    return lambda fields: suffix if all(key in fields for key in keys) else ""


def _analysis(fields: Mapping[str, Any]) -> str:
    if "role" in fields:
        return "+role"
    return "+spare" if "avgSpareKv" in fields else ""


def _transition(fields: Mapping[str, Any]) -> str:
    text = str(fields.get("reasons", ""))
    return "+pending" if "pending(" in text else "+metrics" if "metrics(" in text else ""


def _applied(fields: Mapping[str, Any]) -> str:
    reason = fields.get("reason")
    if isinstance(reason, str) and (reason == "V2" or reason.startswith("V2 (optimizer")):
        return "+v2"
    return "+namespace" if "namespace" in fields else ""


ALL = ("v0.5.0", "HEAD")
V06 = ("v0.6.0", "HEAD")

ROWS = (
    _row(*ALL, "Logger initialized", v2.started),
    _row(*ALL, "Starting manager", v2.started),
    # cycle
    _row(*ALL, "Grouped VAs by model", v1.cycle_start, "grouped"),
    _row("v0.5.0", "v0.5.1", "Processing model", v1.model_start, "model"),
    _row(*V06, "Processing model (V1)", v1.model_start_v1, "model-v1"),
    _row(*V06, "Processing model (V2)", v1.model_start_v2, "model-v2"),
    _row(*V06, "Processing model (queueing-model)", v1.model_start_queueing, "model-qm"),
    _row(*ALL, "Optimization completed successfully", v1.cycle_end, "cycle-end"),
    _row(*ALL, "No active VariantAutoscalings found, skipping optimization", v1.nothing_to_do),
    _row(*ALL, "No saturation metrics available for model, skipping analysis", v1.skipped),
    _row(
        "v0.5.1",
        "HEAD",
        "Saturation scaling config not loaded yet for namespace, skipping model",
        v1.skipped,
    ),
    _row(
        "v0.5.1",
        "v0.5.1",
        "Default saturation scaling config not found for namespace, skipping model",
        v1.skipped,
    ),
    _row(
        "v0.0.2",
        "v0.0.4",
        "Metrics unavailable, skipping optimization for variant",
        v1.skipped,
        "no-metrics",
    ),
    # pods
    _row(*ALL, "KV cache metric", v1.pod_kv, "kv", _has("+instance", "instanceKey")),
    _row(*ALL, "Pod missing KV cache metrics, using 0", v1.stood_in),
    _row(*ALL, "Pod missing queue metrics, using 0", v1.stood_in),
    _row(*ALL, "Queue metric", v1.pod_queue, "queue", _has("+instance", "instanceKey")),
    _row("v0.5.1", "HEAD", "Cache config info metric", v1.pod_cache, "cache-config"),
    _row("HEAD", "HEAD", "SGLang cache config metric", v1.pod_cache),
    _row(*V06, "Scheduler dispatch rate metric", v1.pod_rate, "dispatch-rate"),
    _row(*V06, "Avg TTFT metric", v1.pod_rate, "ttft"),
    _row(*V06, "Avg ITL metric", v1.pod_rate, "itl"),
    _row("v0.5.1", "HEAD", "Collected scheduler queue metrics", v1.scheduler_queue),
    _row("HEAD", "HEAD", "Collected model arrival rate", v1.model_rate),
    # saturation V1
    _row(*ALL, "saturation analysis completed", v1.analysis, "analysis-detail"),
    _row(*ALL, "Saturation analysis completed", v1.analysis, "analysis", _analysis),
    _row(*ALL, "Variant analysis initialized", v1.variant_info, "variant-analysis"),
    _row(*ALL, "Scale-down unsafe: insufficient non-saturated replicas", v1.unsafe),
    _row(*ALL, "Scale-down unsafe: insufficient headroom after redistribution", v1.unsafe),
    _row(*ALL, "Saturation target: scale-up cheapest variant", v1.target_up, "target-up"),
    _row(
        *ALL,
        "Saturation target: scale-down most expensive variant",
        v1.target_down,
        "target-down",
    ),
    _row("v0.5.0", "v0.7.0", "Saturation targets calculated", v1.targets, "targets"),
    _row(*ALL, "Target set to desired (model transitioning)", v1.target_held),
    _row(*ALL, "Target set to current (model transitioning)", v1.target_held),
    _row("v0.5.0", "v0.9.0-rc1", "Target initialized to metrics count (stable)", v1.metrics_count),
    _row("v0.8.0", "HEAD", "Target initialized to current replicas (stable)", v1.current_count),
    _row(
        *ALL,
        "Model in transition, blocking scaling decisions",
        v1.transition,
        "transition",
        _transition,
    ),
    _row(*ALL, "Skipping variant with pending replicas for scale-up", v1.variant_info),
    _row(*V06, "Clamping target to minReplicas", v1.target_floor),
    _row(*V06, "Clamping target to maxReplicas", v1.target_ceiling),
    _row(
        *ALL,
        "BuildVariantStates result",
        v1.variant_info,
        "variant-states",
        _has("+role", "role"),
    ),
    _row(*ALL, "BuildVariantStates map lookup", v1.variant_lookup),
    _row(*ALL, "BuildVariantStates fallback lookup", v1.variant_lookup),
    # V2
    _row(
        "v0.6.0",
        "v0.8.0",
        "V2 saturation analysis completed",
        v2.v2_analysis,
        "analysis-v2",
        _has("+thresholds", "scaleUpThreshold"),
    ),
    _row(*V06, "Queueing model analysis completed", v2.queueing_analysis, "analysis-qm"),
    _row("HEAD", "HEAD", "analyzer-result", v2.analyzer_result),
    _row("HEAD", "HEAD", "scaling-decision", v2.scaling_decision),
    _row("", "", "saturation cycle summary", v2.cycle_summary),
    # decisions
    _row(*ALL, "Processing decision for VA", v1.processing, "processing"),
    _row(*ALL, "EmitReplicaMetrics completed", v2.emitted, "emitted"),
    _row(*ALL, "Successfully emitted metrics", v2.emitted_external, "emitted-external"),
    _row(*ALL, "Applied saturation decision via shared cache", v1.applied, "applied", _applied),
    _row(*ALL, "Safety net activated: emitted fallback metrics", v2.safety_net, "safety-net"),
    _row(*ALL, "Decision was limited by GPU availability", v2.limited, "limited"),
    # to and from zero
    _row("v0.5.0", "v0.5.1", "No requests in retention period, scaling to zero", v2.to_zero),
    _row(*V06, "No requests in retention period, scaling decisions to zero", v2.to_zero),
    _row(
        *ALL,
        "Preserving minimum replica on cheapest variant (scale-to-zero disabled)",
        v2.kept_one,
    ),
    _row(*ALL, "Target workload has pending requests, scaling up from zero", v2.from_zero),
    _row(*ALL, "Successfully scaled up Target Workload", v2.from_zero),
    _row(*V06, "Scale-from-zero decision written to cache", v2.from_zero),
    # tuner
    _row(*V06, "Parameters tuned successfully", v2.tuner_accepted),
    _row(*V06, "Tuner validation failed, using previous state", v2.tuner_rejected),
    _row(*V06, "Restoring tuner state from parameter store", v2.tuner_state),
    _row(*V06, "Using guessed initial state", v2.tuner_state),
    _row(*V06, "Inferred SLO from queueing model", v2.slo),
    _row(*V06, "Using fallback SLO from observations", v2.slo),
    # configuration
    *(
        _row(since, until, pattern, v2.configured(what))
        for since, until, pattern, what in (
            (*ALL, "Updated global saturation config from ConfigMap", "saturation"),
            ("v0.5.1", "HEAD", "Updated global saturation config", "saturation"),
            (
                "v0.5.1",
                "HEAD",
                "Updated namespace-local saturation config from ConfigMap",
                "saturation",
            ),
            ("v0.5.1", "HEAD", "Updated namespace-local saturation config", "saturation"),
            (*ALL, "Updated global scale-to-zero config from ConfigMap", "scale-to-zero"),
            ("v0.5.1", "HEAD", "Updated global scale-to-zero config", "scale-to-zero"),
            (
                "v0.5.1",
                "HEAD",
                "Updated namespace-local scale-to-zero config from ConfigMap",
                "scale-to-zero",
            ),
            ("v0.5.1", "HEAD", "Updated namespace-local scale-to-zero config", "scale-to-zero"),
            (*V06, "Updated global queueing model config from ConfigMap", "queueing model"),
            (*V06, "Updated global queueing model config", "queueing model"),
            (
                *V06,
                "Updated namespace-local queueing model config from ConfigMap",
                "queueing model",
            ),
            (*V06, "Updated namespace-local queueing model config", "queueing model"),
            (
                "v0.5.0",
                "v0.5.1",
                "Updated global optimization config from ConfigMap",
                "optimization",
            ),
            (
                "v0.5.1",
                "v0.5.1",
                "Updated Prometheus cache config from ConfigMap",
                "Prometheus cache",
            ),
            ("v0.5.1", "v0.5.1", "Updated optimization interval", "optimization interval"),
            ("v0.5.1", "v0.5.1", "Loaded saturation scaling config", "saturation"),
            ("v0.5.1", "HEAD", "ConfigMap deleted", "ConfigMap deleted"),
            ("HEAD", "HEAD", "GPU limiter (re)built from config", "GPU limiter"),
            ("v0.5.1", "HEAD", "Removed namespace-local config", "namespace-local removed"),
            (
                "v0.5.1",
                "HEAD",
                "Removed namespace-local saturation config on ConfigMap deletion",
                "saturation",
            ),
            (
                "v0.5.1",
                "HEAD",
                "Removed namespace-local scale-to-zero config on ConfigMap deletion",
                "scale-to-zero",
            ),
            (
                *V06,
                "Removed namespace-local queueing model config on ConfigMap deletion",
                "queueing model",
            ),
        )
    ),
)
