"""Log lines of one cycle of v0.9 (HEAD) on measurements and analysis."""

from collections.abc import Mapping, Sequence
from typing import Any

from wvatui.core.rules.wva.saturation_v2 import V2Analysis, V2State
from wvatui.sim.controllers.wva.wva_cycle import CyclePodMetrics, Surroundings
from wvatui.sim.controllers.wva.wva_log import ConsoleLog
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

ENGINE = "saturation/engine.go"
ENGINE_V2 = "saturation/engine_v2.go"
COLLECTOR = "collector/replica_metrics.go"


def processing(around: Surroundings, log: ConsoleLog, model: str, count: int) -> None:
    """Write that the controller begins with the model."""
    log.info(
        f"{ENGINE}:1019",
        "Processing model (V2)",
        {
            "modelID": model,
            "namespace": around.namespace,
            "variantCount": count,
            "groupKey": f"{model}|{around.namespace}",
        },
    )


def pod_lines(
    around: Surroundings,
    log: ConsoleLog,
    model: str,
    members: Sequence[FoundVariant],
    pods: Sequence[CyclePodMetrics],
) -> None:
    """Write the collected metrics, V(4), in the collector's order: by metric, then by pod."""
    where = {"modelID": model, "namespace": around.namespace}
    log.detail(f"{ENGINE}:1560", "Using source infrastructure for replica metrics", where)
    for v in members:
        target = {"scaleTarget": f"{v.namespace}/{v.target_name}", "engine": v.engine_name}
        log.detail(f"{COLLECTOR}:347", "Detected inference engine for scale target", target)
    engines = where | {"engines": sorted({v.engine_name for v in members})}
    log.detail(f"{COLLECTOR}:354", "Resolved inference engines for model", engines)
    _gauges(around, log, pods)
    _rates(around, log, pods)
    for p in pods:
        if around.collector.dispatch_rate(p.pod) is None:
            log.info(
                f"{COLLECTOR}:1035",
                "Pod has engine metrics but no dispatch rate — possible pod/pod_name label"
                " mismatch",
                {"pod": p.pod, "model": model, "namespace": around.namespace},
            )
    counted = where | {"replicaCount": len(pods)}
    log.detail(f"{COLLECTOR}:1083", "Collected replica metrics", counted)
    counted = where | {"metricsCount": len(pods)}
    log.detail(f"{ENGINE}:1568", "Collected saturation metrics", counted)


def _gauges(around: Surroundings, log: ConsoleLog, pods: Sequence[CyclePodMetrics]) -> None:
    for p in pods:
        if p.kv_ratio is not None:
            usage = {"usage": p.kv_ratio, "usagePercent": p.kv_ratio * 100}
            log.detail(f"{COLLECTOR}:550", "KV cache metric", _pod(p) | usage)
    for p in pods:
        if p.waiting is not None:
            waiting = {"queueLength": int(p.waiting)}
            log.detail(f"{COLLECTOR}:579", "Queue metric", _pod(p) | waiting)
    for p in pods:
        latest = around.collector.latest(p.pod)
        if latest is not None and latest.blocks:
            cache = {"numGpuBlocks": latest.blocks, "blockSize": latest.block_size}
            log.detail(f"{COLLECTOR}:625", "Cache config info metric", _pod(p) | cache)
    for p in pods:
        latest = around.collector.latest(p.pod)
        if latest is not None and p.variant.engine_name == "sglang":
            total = {"totalKvCapacityTokens": latest.kv_tokens}
            log.detail(f"{COLLECTOR}:663", "SGLang cache config metric", _pod(p) | total)


def _rates(around: Surroundings, log: ConsoleLog, pods: Sequence[CyclePodMetrics]) -> None:
    for p in pods:
        rate = around.collector.dispatch_rate(p.pod)
        if rate is not None:
            named = {"instance": f"{p.pod}:{p.port}", "pod": p.pod, "port": str(p.port)}
            fields = named | {"arrivalRate": rate}
            log.detail(f"{COLLECTOR}:780", "Scheduler dispatch rate metric", fields)
    for line, name, text, field in (
        (809, "ttft", "Avg TTFT metric", "avgTTFTSeconds"),
        (837, "itl", "Avg ITL metric", "avgITLSeconds"),
    ):
        for p in pods:
            mean = around.collector.mean(p.pod, name, 300.0)
            if mean is not None:
                log.detail(f"{COLLECTOR}:{line}", text, _pod(p) | {field: mean})


def _pod(p: CyclePodMetrics) -> dict[str, Any]:
    return {"instanceKey": f"{p.pod}:{p.port}", "pod": p.pod}


def state_lines(
    log: ConsoleLog, members: Sequence[FoundVariant], states: Sequence[V2State]
) -> None:
    """Write the replicas of each variant, V(4)."""
    for v, state in zip(members, states, strict=True):
        log.detail(
            f"{ENGINE}:1132",
            "BuildVariantStates map lookup",
            {
                "variant": v.name,
                "scaleTargetName": v.target_name,
                "specReplicas": v.spec_replicas,
                "statusReplicas": v.status_replicas,
                "readyReplicas": v.ready,
            },
        )
        log.detail(
            f"{ENGINE}:1169",
            "BuildVariantStates result",
            {
                "variant": v.name,
                "currentReplicas": state.current,
                "readyReplicas": v.ready,
                "pendingReplicas": state.pending,
                "gpusPerReplica": state.gpus,
                "role": state.role,
                "minReplicas": v.min,
                "maxReplicas": v.max,
            },
        )


def result_line(
    around: Surroundings,
    log: ConsoleLog,
    model: str,
    analysis: V2Analysis,
    up: float,
    down: float,
) -> None:
    """Write the saturation analyzer's result."""
    total = analysis.total
    fields: Mapping[str, Any] = {
        "modelID": model,
        "namespace": around.namespace,
        "analyzer": "saturation",
        "supply": total.supply,
        "demand": total.demand,
        "util": analysis.utilization,
        "rc": total.required,
        "sc": total.spare,
        "scaleUpThreshold": up,
        "scaleDownBoundary": down,
        "variants": [
            {"name": v.name, "prc": v.per_replica, "role": v.role, "reason": v.reason}
            for v in analysis.variants
        ],
    }
    log.info(f"{ENGINE_V2}:695", "analyzer-result", fields)
