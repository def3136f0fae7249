"""Messages that carry facts, with the values in structured fields: v0.5.0 to HEAD."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wvatui.core.log.catalogue import decision_maps as v2
from wvatui.core.log.catalogue import saturation_maps as v1
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
    """Appends `suffix` to a row's id where the message has all fields `keys`."""
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


_CONFIGURED = """
v0.5.0 HEAD saturation: Updated global saturation config from ConfigMap
v0.5.1 HEAD saturation: Updated global saturation config
v0.5.1 HEAD saturation: Updated namespace-local saturation config from ConfigMap
v0.5.1 HEAD saturation: Updated namespace-local saturation config
v0.5.0 HEAD scale-to-zero: Updated global scale-to-zero config from ConfigMap
v0.5.1 HEAD scale-to-zero: Updated global scale-to-zero config
v0.5.1 HEAD scale-to-zero: Updated namespace-local scale-to-zero config from ConfigMap
v0.5.1 HEAD scale-to-zero: Updated namespace-local scale-to-zero config
v0.6.0 HEAD queueing model: Updated global queueing model config from ConfigMap
v0.6.0 HEAD queueing model: Updated global queueing model config
v0.6.0 HEAD queueing model: Updated namespace-local queueing model config from ConfigMap
v0.6.0 HEAD queueing model: Updated namespace-local queueing model config
v0.5.0 v0.5.1 optimization: Updated global optimization config from ConfigMap
v0.5.1 v0.5.1 Prometheus cache: Updated Prometheus cache config from ConfigMap
v0.5.1 v0.5.1 optimization interval: Updated optimization interval
v0.5.1 v0.5.1 saturation: Loaded saturation scaling config
v0.5.1 HEAD ConfigMap deleted: ConfigMap deleted
HEAD HEAD GPU limiter: GPU limiter (re)built from config
v0.5.1 HEAD namespace-local removed: Removed namespace-local config
v0.5.1 HEAD saturation: Removed namespace-local saturation config on ConfigMap deletion
v0.5.1 HEAD scale-to-zero: Removed namespace-local scale-to-zero config on ConfigMap deletion
v0.6.0 HEAD queueing model: Removed namespace-local queueing model config on ConfigMap deletion
"""
"""Messages about the configuration, one per line: `since until what: message`."""


def _configured(table: str) -> Iterator[CatalogueRow]:
    for line in table.strip().splitlines():
        release, _, pattern = line.partition(": ")
        since, until, what = release.split(" ", 2)
        yield _row(since, until, pattern, v1.configured(what))


ALL = ("v0.5.0", "HEAD")
V06 = ("v0.6.0", "HEAD")

ROWS = (
    _row(*ALL, "Logger initialized", v1.STARTED),
    _row(*ALL, "Starting manager", v1.STARTED),
    # cycle
    _row(*ALL, "Grouped VAs by model", v1.CYCLE_START, "grouped"),
    _row("v0.5.0", "v0.5.1", "Processing model", v1.model_start(""), "model"),
    _row(*V06, "Processing model (V1)", v1.model_start("V1"), "model-v1"),
    _row(*V06, "Processing model (V2)", v1.model_start("V2"), "model-v2"),
    _row(*V06, "Processing model (queueing-model)", v1.model_start("queueing-model"), "model-qm"),
    _row(*ALL, "Optimization completed successfully", v1.CYCLE_END, "cycle-end"),
    _row(*ALL, "No active VariantAutoscalings found, skipping optimization", v1.NOTHING_TO_DO),
    _row(*ALL, "No saturation metrics available for model, skipping analysis", v1.SKIPPED),
    _row(
        "v0.5.1",
        "HEAD",
        "Saturation scaling config not loaded yet for namespace, skipping model",
        v1.SKIPPED,
    ),
    _row(
        "v0.5.1",
        "v0.5.1",
        "Default saturation scaling config not found for namespace, skipping model",
        v1.SKIPPED,
    ),
    _row(
        "v0.0.2",
        "v0.0.4",
        "Metrics unavailable, skipping optimization for variant",
        v1.SKIPPED,
        "no-metrics",
    ),
    # pods
    _row(*ALL, "KV cache metric", v1.POD_KV, "kv", _has("+instance", "instanceKey")),
    _row(*ALL, "Pod missing KV cache metrics, using 0", v1.STOOD_IN),
    _row(*ALL, "Pod missing queue metrics, using 0", v1.STOOD_IN),
    _row(*ALL, "Queue metric", v1.POD_QUEUE, "queue", _has("+instance", "instanceKey")),
    _row("v0.5.1", "HEAD", "Cache config info metric", v1.POD_CACHE, "cache-config"),
    _row("HEAD", "HEAD", "SGLang cache config metric", v1.POD_CACHE),
    _row(*V06, "Scheduler dispatch rate metric", v1.POD_RATE, "dispatch-rate"),
    _row(*V06, "Avg TTFT metric", v1.POD_RATE, "ttft"),
    _row(*V06, "Avg ITL metric", v1.POD_RATE, "itl"),
    _row("v0.5.1", "HEAD", "Collected scheduler queue metrics", v1.SCHEDULER_QUEUE),
    _row("HEAD", "HEAD", "Collected model arrival rate", v1.MODEL_RATE),
    # saturation V1
    _row(*ALL, "saturation analysis completed", v1.ANALYSIS, "analysis-detail"),
    _row(*ALL, "Saturation analysis completed", v1.ANALYSIS, "analysis", _analysis),
    _row(*ALL, "Variant analysis initialized", v1.VARIANT_INFO, "variant-analysis"),
    _row(*ALL, "Scale-down unsafe: insufficient non-saturated replicas", v1.UNSAFE),
    _row(*ALL, "Scale-down unsafe: insufficient headroom after redistribution", v1.UNSAFE),
    _row(*ALL, "Saturation target: scale-up cheapest variant", v1.target("scale-up"), "target-up"),
    _row(
        *ALL,
        "Saturation target: scale-down most expensive variant",
        v1.target("scale-down"),
        "target-down",
    ),
    _row("v0.5.0", "v0.7.0", "Saturation targets calculated", v1.targets, "targets"),
    _row(*ALL, "Saturation targets: no scaling needed", v1.NO_SCALING),
    _row(*ALL, "Target set to desired (model transitioning)", v1.TARGET_HELD),
    _row(*ALL, "Target set to current (model transitioning)", v1.TARGET_HELD),
    _row("v0.5.0", "v0.9.0-rc1", "Target initialized to metrics count (stable)", v1.METRICS_COUNT),
    _row("v0.8.0", "HEAD", "Target initialized to current replicas (stable)", v1.CURRENT_COUNT),
    _row(
        *ALL,
        "Model in transition, blocking scaling decisions",
        v1.transition,
        "transition",
        _transition,
    ),
    _row(*ALL, "Skipping variant with pending replicas for scale-up", v1.VARIANT_INFO),
    _row(*V06, "Clamping target to minReplicas", v1.clamped("minReplicas")),
    _row(*V06, "Clamping target to maxReplicas", v1.clamped("maxReplicas")),
    _row(
        *ALL,
        "BuildVariantStates result",
        v1.VARIANT_INFO,
        "variant-states",
        _has("+role", "role"),
    ),
    _row(*ALL, "BuildVariantStates map lookup", v1.VARIANT_LOOKUP),
    _row(*ALL, "BuildVariantStates fallback lookup", v1.VARIANT_LOOKUP),
    # V2
    _row(
        "v0.6.0",
        "v0.8.0",
        "V2 saturation analysis completed",
        v2.totals("saturation"),
        "analysis-v2",
        _has("+thresholds", "scaleUpThreshold"),
    ),
    _row(*V06, "Queueing model analysis completed", v2.totals("queueing-model"), "analysis-qm"),
    _row("HEAD", "HEAD", "analyzer-result", v2.ANALYZER_RESULT),
    _row("HEAD", "HEAD", "scaling-decision", v2.scaling_decision),
    _row("", "", "saturation cycle summary", v2.cycle_summary),
    # decisions
    _row(*ALL, "Processing decision for VA", v2.PROCESSING, "processing"),
    _row(*ALL, "EmitReplicaMetrics completed", v2.EMITTED, "emitted"),
    _row(*ALL, "Successfully emitted metrics", v2.EMITTED_EXTERNAL, "emitted-external"),
    _row(*ALL, "Applied saturation decision via shared cache", v2.APPLIED, "applied", _applied),
    _row(*ALL, "Safety net activated: emitted fallback metrics", v2.SAFETY_NET, "safety-net"),
    _row(*ALL, "Decision was limited by GPU availability", v2.LIMITED, "limited"),
    # to and from zero
    _row("v0.5.0", "v0.5.1", "No requests in retention period, scaling to zero", v2.TO_ZERO),
    _row(*V06, "No requests in retention period, scaling decisions to zero", v2.TO_ZERO),
    _row(
        *ALL,
        "Preserving minimum replica on cheapest variant (scale-to-zero disabled)",
        v2.KEPT_ONE,
    ),
    _row(*ALL, "Target workload has pending requests, scaling up from zero", v2.FROM_ZERO),
    _row(*ALL, "Successfully scaled up Target Workload", v2.FROM_ZERO),
    _row(*V06, "Scale-from-zero decision written to cache", v2.FROM_ZERO),
    # tuner
    _row(*V06, "Parameters tuned successfully", v2.tuner(accepted=True)),
    _row(*V06, "Tuner validation failed, using previous state", v2.tuner(accepted=False)),
    _row(*V06, "Restoring tuner state from parameter store", v2.tuner(accepted=None)),
    _row(*V06, "Using guessed initial state", v2.tuner(accepted=None)),
    _row(*V06, "Inferred SLO from queueing model", v2.SLO),
    _row(*V06, "Using fallback SLO from observations", v2.SLO),
    # configuration
    *_configured(_CONFIGURED),
)
