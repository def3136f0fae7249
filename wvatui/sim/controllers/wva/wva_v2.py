"""One optimisation cycle of the controller as v0.9 (HEAD) does it: V2 rule, console log."""

from collections.abc import Sequence
from dataclasses import replace

from wvatui.core.rules.wva.ballot import VariantChoice, ballot_of
from wvatui.core.rules.wva.capacity import CapacityMemory, Record
from wvatui.core.rules.wva.optimizers import cost_aware
from wvatui.core.rules.wva.saturation_v2 import V2Replica, V2State, analyze, with_thresholds
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.sim.controllers.wva.wva_cycle import (
    REFUSED,
    CyclePodMetrics,
    Surroundings,
    by_model,
    measured_pods,
    settings_for,
)
from wvatui.sim.controllers.wva.wva_enforce import enforce
from wvatui.sim.controllers.wva.wva_log import ConsoleLog
from wvatui.sim.controllers.wva.wva_v2_lines import (
    ENGINE,
    ENGINE_V2,
    pod_lines,
    processing,
    result_line,
    state_lines,
)
from wvatui.sim.controllers.wva.wva_variants import FoundVariant, find_variants

VERSION = "HEAD"
CONFIG = "saturation-scaling-config"
_MODULE = "github.com/llm-d/llm-d-workload-variant-autoscaler/internal/engines"
STACK = (
    f"{_MODULE}/saturation.(*Engine).optimizeV2",
    "\t/workspace/internal/engines/saturation/engine.go:1037",
    f"{_MODULE}/saturation.(*Engine).optimize",
    "\t/workspace/internal/engines/saturation/engine.go:568",
    f"{_MODULE}/executor.(*PollingExecutor).executeWithRetry",
    "\t/workspace/internal/engines/executor/polling.go:67",
    f"{_MODULE}/executor.(*PollingExecutor).Start.func1",
    "\t/workspace/internal/engines/executor/polling.go:52",
)
_FIRST_QUERY = (
    "max by (instance, pod, llm_d_ai_variant) (rate(vllm:request_prompt_tokens_sum"
    '{{namespace="{0}",model_name="{1}"}}[5m]) / rate(vllm:request_prompt_tokens_count'
    '{{namespace="{0}",model_name="{1}"}}[5m]))'
)


_Step = tuple[FoundVariant, VariantChoice]
"""A decision with its variant."""
_Chosen = tuple[str, list[FoundVariant], list[VariantChoice]]
"""(model, its variants, what the optimizer chose for them)."""


def cycle(
    around: Surroundings,
    log: ConsoleLog,
    memory: CapacityMemory,
    *,
    prometheus_down: bool = False,
) -> CapacityMemory:
    """Run one cycle of HEAD, including its log lines; returns the memory for the next one.

    Source: WVA HEAD internal/engines/saturation/engine.go:490-585, engine_v2.go.
    """
    active = _active(around, log)
    if not active:
        log.info(f"{ENGINE}:461", "No active VariantAutoscalings found, skipping optimization")
        return memory
    models = by_model(active)
    log.info(
        f"{ENGINE}:490",
        "Grouped VAs by model",
        {"modelCount": len(models), "totalVAs": len(active)},
    )
    log.detail(
        f"{ENGINE}:540",
        "Optimizer selected",
        {"analyzer": "saturation", "optimizer": cost_aware.NAME, "enableLimiter": False},
    )
    chosen: list[_Chosen] = []
    for model, members in models:
        if prometheus_down:
            _failed(around, log, model, members)
            continue
        made, memory = _model(around, log, model, members, memory)
        if made:
            chosen.append((model, members, made))
    steps = _enforced(around, log, chosen)
    if steps:
        log.info(f"{ENGINE}:578", "Applying scaling decisions", {"totalDecisions": len(steps)})
    else:
        log.info(f"{ENGINE}:581", "No scaling decisions to apply, updating VA status with metrics")
    for variant, choice in steps:
        _apply(around, log, variant, choice)
    decided = {variant.name for variant, _ in steps}
    for variant in active:
        if variant.name not in decided:
            _emit(around, log, variant, variant.current)
    log.info(
        f"{ENGINE}:585",
        "Optimization completed successfully",
        {"mode": "saturation", "modelsProcessed": len(models), "decisionsApplied": len(steps)},
    )
    return memory


def _enforced(around: Surroundings, log: ConsoleLog, chosen: list[_Chosen]) -> list[_Step]:
    """The optimizer's choices for each model, after the enforcer."""
    steps: list[_Step] = []
    if chosen:
        count = sum(len(made) for _, _, made in chosen)
        log.info(
            f"{ENGINE}:1077",
            "V2 optimizer produced decisions",
            {"optimizer": cost_aware.NAME, "decisionCount": count, "modelCount": len(chosen)},
        )
    for model, members, made in chosen:
        known = {v.name: v for v in members}
        enforced = enforce(around, log, model, members, made, cost_aware.NAME)
        steps += [(known[c.variant], c) for c in enforced]
    return steps


def _active(around: Surroundings, log: ConsoleLog) -> list[FoundVariant]:
    """Variants whose target is not scaled to zero."""
    variants = find_variants(around.store, around.namespace)
    active = [v for v in variants if v.spec_replicas > 0]
    log.detail(
        "utils/variant.go:187",
        "Found variants ready for optimization",
        {"count": len(active), "controllerInstance": ""},
    )
    log.detail(
        "utils/variant.go:153",
        "Found filtered VariantAutoscaling resources",
        {"filterType": "active", "count": len(active)},
    )
    return active


def _failed(
    around: Surroundings, log: ConsoleLog, model: str, members: Sequence[FoundVariant]
) -> None:
    """Fail as when Prometheus does not answer: five tries of a query, an ERROR, the safety net."""
    processing(around, log, model, len(members))
    query = _FIRST_QUERY.format(around.namespace, model)
    for _ in range(5):
        fields = {"query": query, "error": REFUSED}
        log.info("prometheus/api.go:23", "Query Prometheus failed, retrying", fields)
    words = (
        f"failed to collect Saturation metrics for model {model}:"
        f" KV cache query failed: query execution failed: {REFUSED}"
    )
    fields = {"modelID": model, "error": words}
    log.error(f"{ENGINE}:1037", "Model data preparation failed", fields, STACK)
    for variant in members:
        # The zeros are that release's own: the call passes no scale targets (engine.go:1039).
        around.emit(variant.name, variant.namespace, 0)
        log.info(
            f"{ENGINE}:1976",
            "Safety net activated: emitted fallback metrics",
            {
                "variant": variant.name,
                "currentReplicas": 0,
                "desiredReplicas": 0,
                "accelerator": "",
                "fallbackSource": "current-replicas",
            },
        )


def _model(
    around: Surroundings,
    log: ConsoleLog,
    model: str,
    members: Sequence[FoundVariant],
    memory: CapacityMemory,
) -> tuple[list[VariantChoice], CapacityMemory]:
    processing(around, log, model, len(members))
    pods = measured_pods(around, members)
    pod_lines(around, log, model, members, pods)
    if not pods:
        log.info(
            f"{ENGINE}:750",
            "No saturation metrics available for model, skipping analysis",
            {"modelID": model, "namespace": around.namespace},
        )
        log.detail(f"{ENGINE}:1043", "Skipping model: no metrics available", {"modelID": model})
        return [], memory
    thresholds = settings_for(around, CONFIG, model, VERSION)
    memory = _prepopulated(around, log, model, members, memory)
    states = [_state(v) for v in members]
    state_lines(log, members, states)
    analysis, memory = analyze(
        [_replica(around, p) for p in pods],
        states,
        thresholds,
        memory,
        model=model,
        namespace=around.namespace,
        version=VERSION,
    )
    up, down, score = _analyzer_thresholds(thresholds)
    analysis = with_thresholds(analysis, up, down)
    result_line(around, log, model, analysis, up, down)
    choices = cost_aware.optimize([ballot_of(analysis, score=score)], states, VERSION)
    _choice_lines(around, log, model, choices)
    return choices, memory


def _choice_lines(
    around: Surroundings, log: ConsoleLog, model: str, choices: Sequence[VariantChoice]
) -> None:
    log.detail(
        "pipeline/cost_aware_optimizer.go:70",
        "Cost-aware optimizer decisions",
        {"modelID": model, "decisions": len(choices)},
        cost_aware.NAME,
    )
    log.info(
        f"{ENGINE_V2}:744",
        "scaling-decision",
        {
            "modelID": model,
            "namespace": around.namespace,
            "decisions": [
                {"name": c.variant, "curr": c.current, "tgt": c.target, "action": c.action}
                for c in choices
            ],
        },
    )


def _analyzer_thresholds(settings: Settings) -> tuple[float, float, float]:
    """Scale-up threshold, scale-down boundary and score of the saturation analyzer."""
    own = next((a for a in settings.analyzers if a.name == "saturation"), None)
    up, down = settings.scale_up_threshold, settings.scale_down_boundary
    if own is None:
        return up, down, 1.0
    return (
        up if own.scale_up_threshold is None else own.scale_up_threshold,
        down if own.scale_down_boundary is None else own.scale_down_boundary,
        own.score,
    )


def _prepopulated(
    around: Surroundings,
    log: ConsoleLog,
    model: str,
    members: Sequence[FoundVariant],
    memory: CapacityMemory,
) -> CapacityMemory:
    """Add the engine arguments of the scale targets to the measurements."""
    for v in members:
        key = f"{around.namespace}|{model}|{v.name}"
        record = memory.records.get(key) or Record(
            accelerator=v.accelerator,
            gpus=v.gpus,
            effective=v.engine.max_batched_tokens,
            engine=v.engine,
            learned="deployment",
        )
        memory = memory.with_record(key, replace(record, engine=v.engine))
        log.detail(
            f"{ENGINE_V2}:51",
            "Pre-populated capacity store from scale target",
            {"variant": v.name, "accelerator": v.accelerator, "gpuCount": v.gpus},
        )
    return memory


def _state(variant: FoundVariant) -> V2State:
    return V2State(
        name=variant.name,
        current=variant.current,
        pending=variant.pending,
        gpus=variant.gpus,
        min=variant.min,
        max=variant.max or None,
        role=variant.role,
        cost=variant.cost,
    )


def _replica(around: Surroundings, pod: CyclePodMetrics) -> V2Replica:
    seen = around.collector
    latest = seen.latest(pod.pod)
    tokens = latest.kv_tokens if latest is not None else 0
    hits = seen.rate(pod.pod, "prefix_hits", 300.0)
    asked = seen.rate(pod.pod, "prefix_queries", 300.0)
    ratio = pod.kv_ratio or 0.0
    return V2Replica(
        pod=pod.pod,
        variant=pod.variant.name,
        kv_ratio=ratio,
        queue=pod.waiting or 0.0,
        accelerator=pod.variant.accelerator,
        cost=pod.variant.cost,
        kv_tokens=tokens,
        tokens_in_use=int(ratio * tokens),
        input_tokens=seen.mean(pod.pod, "prompt", 300.0) or 0.0,
        output_tokens=seen.mean(pod.pod, "answer", 300.0) or 0.0,
        prefix_hit_ratio=hits / asked if hits is not None and asked else 0.0,
    )


def _apply(around: Surroundings, log: ConsoleLog, v: FoundVariant, c: VariantChoice) -> None:
    full = f"{v.namespace}/{v.name}"
    log.info(
        f"{ENGINE}:1621",
        "Processing decision for VA",
        {"variant": full, "action": c.action, "current": c.current, "target": c.target},
    )
    _emit(around, log, v, c.target)
    log.info(
        f"{ENGINE}:1830",
        "Successfully emitted metrics",
        {"variant": v.name, "target": c.target, "accelerator": v.accelerator},
    )
    log.info(
        f"{ENGINE}:1871",
        "Applied saturation decision via shared cache",
        {
            "variant": full,
            "namespace": v.namespace,
            "action": c.action,
            "target": c.target,
            "reason": c.reason,
        },
    )


def _emit(around: Surroundings, log: ConsoleLog, v: FoundVariant, desired: int) -> None:
    around.emit(v.name, v.namespace, desired)
    log.info(
        "actuator/actuator.go:89",
        "EmitReplicaMetrics completed",
        {
            "variantName": v.name,
            "currentReplicas": v.current,
            "desiredReplicas": desired,
            "accelerator": v.accelerator,
        },
    )
