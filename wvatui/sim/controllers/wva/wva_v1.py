"""One reconcile of the controller as v0.4.2 does it: by capacity, by its model, or by both."""

from collections.abc import Mapping, Sequence

from wvatui.core.rules.wva.saturation_v1 import (
    V1Analysis,
    V1Replica,
    V1State,
    action,
    analyze,
    arbitrate,
    targets,
)
from wvatui.sim.controllers.wva import wva_model
from wvatui.sim.controllers.wva.wva_cycle import (
    CAPACITY_ONLY,
    HYBRID,
    REFUSED,
    CyclePodMetrics,
    SimulatedMode,
    Surroundings,
    by_model,
    config_data,
    measured_pods,
    mode_of,
    settings_for,
)
from wvatui.sim.controllers.wva.wva_log import JsonLog, go_bool, go_map
from wvatui.sim.controllers.wva.wva_v1_lines import (
    analysis_lines,
    decision_lines,
    missing_metrics,
    pod_lines,
    target_lines,
)
from wvatui.sim.controllers.wva.wva_v1_status import (
    StatusDecision,
    StatusLoad,
    keep_allocation,
    keep_decision,
    keep_metrics_condition,
    measured_load,
)
from wvatui.sim.controllers.wva.wva_variants import FoundVariant, find_variants

VERSION = "v0.4.2"
CONFIG = "capacity-scaling-config"


_Capacity = tuple[V1Analysis, dict[str, int]]
"""The result of the capacity analyzer, and the replicas that it wants."""


def reconcile(
    around: Surroundings, log: JsonLog, *, hybrid: bool = False, prometheus_down: bool = False
) -> None:
    """Run one reconcile of v0.4.2, including its log lines.

    `hybrid`: arbitrate between both rules; the code exists, but no setting of v0.4.2 selects it.
    Source: WVA v0.4.2 internal/controller/variantautoscaling_controller.go:141-483.
    """
    _configuration(around, log)
    mode = HYBRID if hybrid else mode_of(around)
    log.info(mode.line)
    variants = [
        v for v in find_variants(around.store, around.namespace) if v.kind == "VariantAutoscaling"
    ]
    if not variants:
        log.info("No active VariantAutoscalings found, skipping optimization")
        return
    models = by_model(variants)
    log.info(f"Grouped VAs by model: modelCount={len(models)}, totalVAs={len(variants)}")
    decisions: list[StatusDecision] = []
    failed = 0
    for model, members in models:
        log.info(f"Processing model: modelID={model}, variantCount={len(members)}")
        made = _model(around, log, mode, model, members, prometheus_down=prometheus_down)
        failed += made is None
        decisions += made or []
    if decisions:
        log.info(f"Applying scaling decisions: totalDecisions={len(decisions)}")
        for decision in decisions:
            _apply(around, log, decision)
    else:
        log.info("No scaling decisions to apply")
    named, applied = f"mode={mode.name}", f"decisionsApplied={len(decisions)}"
    processed = f"modelsProcessed={len(models)}"
    if failed:
        log.warn(
            "Reconciliation completed with errors:"
            f" {named}, {processed}, modelsFailed={failed}, {applied}"
        )
    else:
        log.info(f"Reconciliation completed successfully: {named}, {processed}, {applied}")


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


def _model(
    around: Surroundings,
    log: JsonLog,
    mode: SimulatedMode,
    model: str,
    members: Sequence[FoundVariant],
    *,
    prometheus_down: bool,
) -> list[StatusDecision] | None:
    """Decisions for one model; None when it failed."""
    pods = [] if prometheus_down else measured_pods(around, members)
    load = measured_load(around, pods)
    capacity: _Capacity | None = None
    if mode.by_capacity:
        if prometheus_down:
            _refused(around, log, model, members)
        else:
            capacity = _by_capacity(around, log, model, members, pods, load)
        if not mode.by_model:
            if prometheus_down:
                return None
            return [] if capacity is None else _capacity_only(log, model, members, capacity[1])
    elif not prometheus_down:
        pod_lines(around, log, model, pods, seen_for="model-only")
    wanted = wva_model.targets(
        around, log, model, members, pods, load, prometheus_down=prometheus_down
    )
    if capacity is not None:
        return arbitrated(log, model, members, *capacity, wanted or {})
    if wanted is None:
        _safety_net(around, log, model, members)
        return None
    log.warn(f"Capacity analysis unavailable, using model-based targets only: modelID={model}")
    reason = "model-based only (capacity unavailable)"
    return [
        StatusDecision(v, v.current, wanted[v.name], reason) for v in members if v.name in wanted
    ]


def _safety_net(
    around: Surroundings, log: JsonLog, model: str, members: Sequence[FoundVariant]
) -> None:
    """Emit the previous targets again, when neither rule gave an answer."""
    log.warn(f"Both capacity and model-based failed, activating safety net: modelID={model}")
    for v in members:
        desired = v.desired or v.current
        source = "previous-desired" if v.desired else "current-replicas"
        around.emit(v.name, v.namespace, desired)
        log.info(
            f"Safety net activated: emitted fallback metrics: variant={v.name},"
            f" currentReplicas={v.current}, desiredReplicas={desired},"
            f" accelerator={v.accelerator}, fallbackSource={source}"
        )


# --- by capacity --------------------------------------------------------------------------


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
    keep_metrics_condition(around, variant, "False", reason, trouble)


def _by_capacity(
    around: Surroundings,
    log: JsonLog,
    model: str,
    members: Sequence[FoundVariant],
    pods: Sequence[CyclePodMetrics],
    load: StatusLoad,
) -> _Capacity | None:
    for variant in members:
        if pods:
            _collected(around, log, variant, load)
        else:
            trouble = missing_metrics(model, around.namespace)
            _skip(around, log, variant, "MetricsMissing", trouble)
    if not pods:
        log.info(
            "No capacity metrics available for model, skipping analysis:"
            f" modelID={model}, namespace={around.namespace}"
        )
        return None
    pod_lines(around, log, model, pods)
    thresholds = settings_for(around, CONFIG, model, VERSION)
    analysis = analyze([_replica(p) for p in pods], thresholds, VERSION)
    analysis_lines(around, log, model, analysis, thresholds)
    states = [V1State(v.name, v.current, v.desired) for v in members]
    wanted = targets(analysis, states, VERSION)
    target_lines(log, analysis, states, wanted)
    log.debug(f"Capacity targets calculated: modelID={model}, targets={go_map(wanted)}")
    return analysis, wanted


def _replica(p: CyclePodMetrics) -> V1Replica:
    v = p.variant
    return V1Replica(p.pod, v.name, p.kv_ratio or 0.0, p.waiting or 0.0, v.cost, v.accelerator)


def _collected(around: Surroundings, log: JsonLog, variant: FoundVariant, load: StatusLoad) -> None:
    replicas = variant.status_replicas
    cost = f"{replicas * variant.cost:.2f}"
    log.info(
        f"Metrics collected for VA: variant={variant.name}, replicas={replicas},"
        f" accelerator={variant.accelerator}, ttft={load.ttft_ms:.2f}ms,"
        f" itl={load.itl_ms:.2f}ms, cost={cost}"
    )
    keep_allocation(around, variant, load, cost)


def _capacity_only(
    log: JsonLog, model: str, members: Sequence[FoundVariant], wanted: Mapping[str, int]
) -> list[StatusDecision]:
    chosen = [(v, wanted[v.name]) for v in members if v.name in wanted]
    log.info(f"Capacity-only decisions made for model: {model} - decision count: {len(chosen)}")
    return [
        StatusDecision(
            v,
            v.current,
            target,
            f"{CAPACITY_ONLY.name} mode: {action(v.current, target)}",
            condition="CapacityOnlyMode",
            capacity_only=True,
        )
        for v, target in chosen
    ]


def _apply(around: Surroundings, log: JsonLog, decision: StatusDecision) -> None:
    v = decision.variant
    around.emit(v.name, v.namespace, decision.target)
    decision_lines(log, decision)
    keep_decision(around, decision)
    log.info(
        f"Applied capacity decision: variant={v.name}, action={decision.action},"
        f" current={decision.current}, target={decision.target}, reason={decision.reason}"
    )


def arbitrated(
    log: JsonLog,
    model: str,
    members: Sequence[FoundVariant],
    analysis: V1Analysis,
    by_capacity: Mapping[str, int],
    by_model: Mapping[str, int],
) -> list[StatusDecision]:
    """One decision per variant. A rule without a target for it counts as choosing the current
    replicas.

    Source: WVA v0.4.2 internal/capacity/analyzer.go:392-548.
    """
    made = []
    for v in members:
        capacity = by_capacity.get(v.name, v.current)
        wanted = by_model.get(v.name, v.current)
        result = arbitrate(capacity, wanted, v.current, scale_down_safe=analysis.scale_down_safe)
        log.info(
            f"Variant decision arbitratedvariant{v.name}current{v.current}"
            f"capacityTarget{capacity}modelBasedTarget{wanted}action{result.action}"
            f"targetReplicas{result.target}reason{result.reason}"
        )
        condition = "CapacitySafetyOverride" if result.safety_override else "OptimizationSucceeded"
        made.append(StatusDecision(v, v.current, result.target, result.reason, condition))
    log.info(f"Arbitration completed for model: {model} - decision count: {len(made)}")
    return made
