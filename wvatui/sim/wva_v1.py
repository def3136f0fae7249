"""One reconcile of the controller as v0.4.2 does it: capacity-only, V1 rule, JSON log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.wva.saturation_v1 import (
    V1Replica,
    V1State,
    action,
    analyze,
    targets,
)
from wvatui.sim import rfc3339
from wvatui.sim.wva_cycle import (
    REFUSED,
    PodMetrics,
    Surroundings,
    by_model,
    config_data,
    mean_over,
    measured_pods,
    settings_for,
)
from wvatui.sim.wva_log import JsonLog, go_bool, go_map
from wvatui.sim.wva_v1_lines import analysis_lines, pod_lines, target_lines
from wvatui.sim.wva_variants import FoundVariant, find_variants

VERSION = "v0.4.2"
CONFIG = "capacity-scaling-config"
MODE = "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only"
MAX_BATCH = 256
"""`status.currentAlloc.maxBatch` is this constant in v0.4.2 (internal/collector/collector.go)."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a model's pods serve: 1/min, tokens, milliseconds."""

    arrival_per_min: float
    input_tokens: float
    output_tokens: float
    ttft_ms: float
    itl_ms: float


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with the variant it is for."""

    variant: FoundVariant
    current: int
    target: int

    @property
    def action(self) -> str:
        """scale-up, scale-down or no-change."""
        return action(self.current, self.target)


def reconcile(around: Surroundings, log: JsonLog, *, prometheus_down: bool = False) -> None:
    """Everything that one reconcile of v0.4.2 does and writes.

    Source: WVA v0.4.2 internal/controller/variantautoscaling_controller.go:141-483.
    """
    _configuration(around, log)
    log.info(MODE)
    variants = [v for v in find_variants(around.store, around.namespace) if _is_own(v)]
    if not variants:
        log.info("No active VariantAutoscalings found, skipping optimization")
        return
    models = by_model(variants)
    log.info(f"Grouped VAs by model: modelCount={len(models)}, totalVAs={len(variants)}")
    decisions: list[Decided] = []
    for model, members in models:
        log.info(f"Processing model: modelID={model}, variantCount={len(members)}")
        if prometheus_down:
            _refused(around, log, model, members)
        else:
            decisions += _model(around, log, model, members)
    if decisions:
        log.info(f"Applying scaling decisions: totalDecisions={len(decisions)}")
        for decision in decisions:
            _apply(around, log, decision)
    else:
        log.info("No scaling decisions to apply")
    failed = len(models) if prometheus_down else 0
    processed, applied = f"modelsProcessed={len(models)}", f"decisionsApplied={len(decisions)}"
    if failed:
        log.warn(
            "Reconciliation completed with errors:"
            f" mode=capacity-only, {processed}, modelsFailed={failed}, {applied}"
        )
    else:
        log.info(
            f"Reconciliation completed successfully: mode=capacity-only, {processed}, {applied}"
        )


def _is_own(variant: FoundVariant) -> bool:
    return variant.kind == "VariantAutoscaling"


def _configuration(around: Surroundings, log: JsonLog) -> None:
    data = config_data(around, CONFIG)
    if data is None:
        log.warn(
            "Capacity scaling ConfigMap not found, using hardcoded defaults:"
            f" configmap={CONFIG}, namespace={around.controller_namespace}"
        )
        entries, default = 1, True
    else:
        entries, default = len(data), "default" in data
    log.info(
        f"Capacity scaling config cache updated: entries={entries}, has_default={go_bool(default)}"
    )
    log.info("Capacity scaling configuration loaded successfully")


def _refused(
    around: Surroundings, log: JsonLog, model: str, members: Sequence[FoundVariant]
) -> None:
    for variant in members:
        log.error(
            f"{REFUSED}Error querying Prometheus for metrics validation"
            f"model{model}namespace{around.namespace}"
        )
        trouble = f"Failed to query Prometheus: {REFUSED}"
        _skip(around, log, variant, "PrometheusError", trouble)
    log.error(
        f"Capacity analysis failed for modelID={model}: failed to collect capacity metrics for"
        f" model {model}: failed to query KV cache metrics: prometheus query failed: {REFUSED}"
    )


def _skip(
    around: Surroundings, log: JsonLog, variant: FoundVariant, reason: str, trouble: str
) -> None:
    log.warn(
        f"Metrics unavailable for VA, skipping: variant={variant.name}, reason={reason},"
        f" troubleshooting={trouble}"
    )
    _set_metrics_condition(around, variant, "False", reason, trouble)


def _model(
    around: Surroundings, log: JsonLog, model: str, members: Sequence[FoundVariant]
) -> list[Decided]:
    pods = measured_pods(around, members)
    load = _load(around, pods)
    for variant in members:
        if pods:
            _collected(around, log, variant, load)
        else:
            _skip(around, log, variant, "MetricsMissing", _missing(model, around.namespace))
    if not pods:
        log.info(
            "No capacity metrics available for model, skipping analysis:"
            f" modelID={model}, namespace={around.namespace}"
        )
        return []
    pod_lines(around, log, model, pods)
    thresholds = settings_for(around, CONFIG, model, VERSION)
    analysis = analyze(
        [
            V1Replica(
                p.pod,
                p.variant.name,
                p.kv_ratio or 0.0,
                p.waiting or 0.0,
                p.variant.cost,
                p.variant.accelerator,
            )
            for p in pods
        ],
        thresholds,
        VERSION,
    )
    analysis_lines(around, log, model, analysis, thresholds)
    states = [V1State(v.name, v.current, v.desired) for v in members]
    wanted = targets(analysis, states, VERSION)
    target_lines(log, analysis, states, wanted)
    log.debug(f"Capacity targets calculated: modelID={model}, targets={go_map(wanted)}")
    decisions = [Decided(v, v.current, wanted[v.name]) for v in members if v.name in wanted]
    log.info(f"Capacity-only decisions made for model: {model} - decision count: {len(decisions)}")
    return decisions


def _missing(model: str, namespace: str) -> str:
    return (
        f"No vLLM metrics found for model '{model}' in namespace '{namespace}'. Check:"
        " (1) ServiceMonitor exists in monitoring namespace,"
        " (2) ServiceMonitor selector matches vLLM service labels,"
        " (3) vLLM pods are running and exposing /metrics endpoint,"
        " (4) Prometheus is scraping the monitoring namespace"
    )


def _load(around: Surroundings, pods: Sequence[PodMetrics]) -> Load:
    """Sums and means over all pods of the model: v0.4.2 asks by model, not by variant."""
    names = [p.pod for p in pods]
    seen = around.collector
    arrival = sum(seen.rate(name, "success", 60.0) or 0.0 for name in names)
    itl = [seen.mean(name, "tpot", 60.0) or seen.mean(name, "itl", 60.0) for name in names]
    return Load(
        arrival_per_min=arrival * 60,
        input_tokens=mean_over(seen.mean(name, "prompt", 60.0) for name in names) or 0.0,
        output_tokens=mean_over(seen.mean(name, "answer", 60.0) for name in names) or 0.0,
        ttft_ms=(mean_over(seen.mean(name, "ttft", 60.0) for name in names) or 0.0) * 1000,
        itl_ms=(mean_over(itl) or 0.0) * 1000,
    )


def _collected(around: Surroundings, log: JsonLog, variant: FoundVariant, load: Load) -> None:
    replicas = variant.status_replicas
    cost = f"{replicas * variant.cost:.2f}"
    log.info(
        f"Metrics collected for VA: variant={variant.name}, replicas={replicas},"
        f" accelerator={variant.accelerator}, ttft={load.ttft_ms:.2f}ms,"
        f" itl={load.itl_ms:.2f}ms, cost={cost}"
    )

    def allocate(obj: dict[str, Any]) -> None:
        obj.setdefault("status", {})["currentAlloc"] = {
            "accelerator": variant.accelerator,
            "numReplicas": replicas,
            "maxBatch": MAX_BATCH,
            "variantCost": cost,
            "itlAverage": f"{load.itl_ms:.2f}",
            "ttftAverage": f"{load.ttft_ms:.2f}",
            "load": {
                "arrivalRate": f"{load.arrival_per_min:.2f}",
                "avgInputTokens": f"{load.input_tokens:.2f}",
                "avgOutputTokens": f"{load.output_tokens:.2f}",
            },
        }

    around.store.patch(variant.kind, variant.namespace, variant.name, allocate)
    text = "vLLM metrics are available and up-to-date"
    _set_metrics_condition(around, variant, "True", "MetricsFound", text)


def _apply(around: Surroundings, log: JsonLog, decision: Decided) -> None:
    v, verb, target = decision.variant, decision.action, decision.target
    log.info(
        f"Processing decision: variant={v.name}, action={verb},"
        f" current={decision.current}→target={target}"
    )
    log.debug(
        f"Found VA in map: variant={v.name}, hasCurrentAlloc=true, accelerator={v.accelerator}"
    )
    around.emit(v.name, v.namespace, target)
    log.info(
        f"EmitReplicaMetrics completed - variant: {v.name}, current-replicas: {v.current},"
        f" desired-replicas: {target}, accelerator: {v.accelerator}"
    )
    log.info(
        f"Successfully emitted metrics for external autoscalers: variant={v.name},"
        f" targetReplicas={target}, accelerator={v.accelerator}, capacityOnly=true"
    )

    def decide(obj: dict[str, Any]) -> None:
        status = obj.setdefault("status", {})
        status["desiredOptimizedAlloc"] = {
            "lastRunTime": rfc3339.seconds(around.timeline.now),
            "accelerator": v.accelerator,
            "numReplicas": target,
        }
        status["actuation"] = {"applied": True}
        text = f"capacity-only mode: {verb}"
        _set_condition(obj, around, "OptimizationReady", "True", "CapacityOnlyMode", text)

    around.store.patch(v.kind, v.namespace, v.name, decide)
    log.info(
        f"Applied capacity decision: variant={v.name}, action={verb},"
        f" current={decision.current}, target={target}, reason=capacity-only mode: {verb}"
    )


def _set_metrics_condition(
    around: Surroundings, variant: FoundVariant, status: str, reason: str, message: str
) -> None:
    def change(obj: dict[str, Any]) -> None:
        _set_condition(obj, around, "MetricsAvailable", status, reason, message)

    around.store.patch(variant.kind, variant.namespace, variant.name, change)


def _set_condition(
    obj: dict[str, Any],
    around: Surroundings,
    type_: str,
    status: str,
    reason: str,
    message: str,
) -> None:
    """Set a condition; its transition time moves only when its status does."""
    conditions = obj.setdefault("status", {}).setdefault("conditions", [])
    old = next((c for c in conditions if c["type"] == type_), None)
    since = rfc3339.seconds(around.timeline.now)
    if old is not None and old["status"] == status:
        since = old["lastTransitionTime"]
    new = {
        "type": type_,
        "status": status,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
    if old is None:
        conditions.append(new)
    else:
        conditions[conditions.index(old)] = new
