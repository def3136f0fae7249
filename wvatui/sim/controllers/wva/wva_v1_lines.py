"""Log lines of one reconcile of v0.4.2 on measurements, analysis and proposals."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wvatui.core.rules.wva.model.model_based import Allocation, LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.core.rules.wva.saturation_v1 import V1Analysis, V1State
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.sim.controllers.wva.wva_cycle import CyclePodMetrics, Surroundings
from wvatui.sim.controllers.wva.wva_log import JsonLog, go_bool, go_float32, go_map
from wvatui.sim.controllers.wva.wva_v1_status import StatusDecision, StatusLoad
from wvatui.sim.controllers.wva.wva_variants import FoundVariant


def pod_lines(
    around: Surroundings,
    log: JsonLog,
    model: str,
    pods: Sequence[CyclePodMetrics],
    seen_for: str = "",
) -> None:
    """Write each pod's queue and KV use, as the collector logs them; `seen_for`: the mode in which
    they are only read."""
    where = f"modelID={model}, namespace={around.namespace}"
    queued = [p for p in pods if p.waiting is not None]
    for p in queued:
        log.info(f"Queue metric: pod={p.pod}, queueLength={int(p.waiting or 0)}")
    log.debug(f"Queue metrics collected (max over 1m): {where}, podCount={len(queued)}")
    used = [p for p in pods if p.kv_ratio is not None]
    for p in used:
        ratio = p.kv_ratio or 0.0
        log.info(f"KV cache metric: pod={p.pod}, usage={ratio:.3f} ({ratio * 100:.1f}%)")
    log.debug(f"KV cache metrics collected (max over 1m): {where}, podCount={len(used)}")
    suffix = "(may cause incorrect capacity analysis): pod="
    for p in pods:
        if p.kv_ratio is None:
            log.warn(f"Pod missing KV cache metrics, using 0 {suffix}{p.pod}")
        if p.waiting is None:
            log.warn(f"Pod missing queue metrics, using 0 {suffix}{p.pod}")
    counts: dict[str, int] = {}
    for p in pods:
        counts[p.variant.name] = counts.get(p.variant.name, 0) + 1
    log.debug(
        f"Pod-to-variant matching successful: totalPods={len(pods)}, variantCounts={go_map(counts)}"
    )
    log.debug(f"Collected replica metrics: {where}, replicaCount={len(pods)}")
    if seen_for:
        log.debug(
            f"Collected capacity metrics for observability in {seen_for} mode: modelID={model},"
            f" replicaCount={len(pods)}"
        )
    else:
        log.debug(f"Collected capacity metrics: {where}, metricsCount={len(pods)}")


def analysis_lines(
    around: Surroundings, log: JsonLog, model: str, analysis: V1Analysis, t: Settings
) -> None:
    """Write the analysis, and why it would not scale down."""
    for v in analysis.variants:
        log.debug(
            f"Variant analysis initialized: variant={v.name}, accelerator={v.accelerator},"
            f" cost={v.cost:.2f}, replicaCount={v.replicas}"
        )
    if analysis.non_saturated < 2:
        log.debug(
            "Scale-down unsafe: insufficient non-saturated replicas:"
            f" nonSaturated={analysis.non_saturated}, required=2"
        )
    elif not analysis.scale_down_safe:
        kv = analysis.remaining_spare_kv or 0.0
        queue = analysis.remaining_spare_queue or 0.0
        # The last value is a formatting error of that release (analyzer.go:275).
        log.debug(
            "Scale-down unsafe: insufficient headroom after redistribution:"
            f" remainingSpareKv={kv:.3f}, kvTrigger={t.kv_spare_trigger:.3f},"
            f" kvSafe={go_bool(kv >= t.kv_spare_trigger)}, remainingSpareQueue={queue:.1f},"
            f" queueTrigger={t.queue_spare_trigger:.1f}"
            f"%!(EXTRA bool={go_bool(queue >= t.queue_spare_trigger)})"
        )
    counts = f"totalReplicas={analysis.total}, nonSaturated={analysis.non_saturated}"
    answers = (
        f"shouldScaleUp={go_bool(analysis.scale_up)},"
        f" scaleDownSafe={go_bool(analysis.scale_down_safe)}"
    )
    log.debug(
        f"Capacity analysis completed: modelID={model}, namespace={around.namespace}, {counts},"
        f" avgSpareKv={analysis.avg_spare_kv:.3f}, avgSpareQueue={analysis.avg_spare_queue:.1f},"
        f" {answers}"
    )
    log.info(f"Capacity analysis completed: modelID={model}, {counts}, {answers}")


def target_lines(
    log: JsonLog, analysis: V1Analysis, states: Sequence[V1State], wanted: Mapping[str, int]
) -> None:
    """Write which variant changes, and why."""
    known = {state.name: state for state in states}
    moved = False
    for v in analysis.variants:
        state, target = known[v.name], wanted[v.name]
        counts = f"currentReplicas={state.current}, readyReplicas={v.replicas}"
        if state.desired != 0 and state.desired != state.current:
            log.debug(
                f"Preserving desired replicas: variant={v.name}, {counts}, desired={state.desired}"
            )
            moved = True
        elif target > v.replicas:
            log.info(
                f"Capacity target: scale-up cheapest variant: variant={v.name},"
                f" cost={v.cost:.2f}, {counts}, target={target}, reason={analysis.reason}"
            )
            moved = True
        elif target < v.replicas:
            log.info(
                f"Capacity target: scale-down most expensive variant: variant={v.name},"
                f" cost={v.cost:.2f}, {counts}, target={target}"
            )
            moved = True
    if not moved:
        log.debug(
            f"Capacity targets: no scaling needed (avgSpareKv={analysis.avg_spare_kv:.3f},"
            f" avgSpareQueue={analysis.avg_spare_queue:.1f}, all variants stable)"
        )


def decision_lines(log: JsonLog, decision: StatusDecision) -> None:
    """Write a decision that is about to be emitted."""
    v, target = decision.variant, decision.target
    log.info(
        f"Processing decision: variant={v.name}, action={decision.action},"
        f" current={decision.current}→target={target}"
    )
    log.debug(
        f"Found VA in map: variant={v.name}, hasCurrentAlloc=true, accelerator={v.accelerator}"
    )
    log.info(
        f"EmitReplicaMetrics completed - variant: {v.name}, current-replicas: {v.current},"
        f" desired-replicas: {target}, accelerator: {v.accelerator}"
    )
    log.info(
        f"Successfully emitted metrics for external autoscalers: variant={v.name},"
        f" targetReplicas={target}, accelerator={v.accelerator},"
        f" capacityOnly={go_bool(decision.capacity_only)}"
    )


def missing_metrics(model: str, namespace: str) -> str:
    """Advice for a model without metrics."""
    return (
        f"No vLLM metrics found for model '{model}' in namespace '{namespace}'. Check:"
        " (1) ServiceMonitor exists in monitoring namespace,"
        " (2) ServiceMonitor selector matches vLLM service labels,"
        " (3) vLLM pods are running and exposing /metrics endpoint,"
        " (4) Prometheus is scraping the monitoring namespace"
    )


Solved = tuple["ServerLine", Allocation | None]


class ServerLine(NamedTuple):
    """The optimiser's view of a variant; `cost`: of one replica."""

    variant: FoundVariant
    slo: LatencyTargets
    parameters: Parameters
    load: StatusLoad
    cost: float

    @property
    def name(self) -> str:
        """`variant:namespace`."""
        return f"{self.variant.name}:{self.variant.namespace}"


def solution_line(solved: Sequence[Solved]) -> str:
    """The allocation for every server, and the number of accelerators of each kind that it
    needs."""
    lines = [_server(server, allocation) for server, allocation in solved]
    kinds: dict[str, tuple[int, float]] = {}
    for server, allocation in solved:
        if allocation is not None:
            count, cost = kinds.get(server.variant.accelerator, (0, 0.0))
            kinds[server.variant.accelerator] = (
                count + allocation.replicas,
                cost + allocation.cost,
            )
    lines.append("AllocationByType: ")
    lines += [
        f"name={name}, count={count}, limit=0, cost={go_float32(cost)} "
        for name, (count, cost) in sorted(kinds.items())
    ]
    lines.append(f"totalCost={go_float32(sum(cost for _, cost in kinds.values()))} ")
    return "Optimization solution - system: Solution: \n" + "\n".join(lines) + "\n"


def _server(server: ServerLine, allocation: Allocation | None) -> str:
    v, slo = server.variant, server.slo
    head = f"s={server.name}; c={slo.service_class}; m={v.model}; {_load(server.load)}"
    if allocation is None:
        return f"{head}; no feasible allocation! "
    alloc = (
        f"acc={v.accelerator}; numRep={allocation.replicas}; maxBatch={allocation.batch};"
        f" cost={go_float32(allocation.cost)}, val={go_float32(allocation.value)},"
        f" itl={go_float32(allocation.itl_ms)}, ttft={go_float32(allocation.ttft_ms)},"
        f" rho={go_float32(allocation.rho)}, maxRPM={go_float32(allocation.max_per_min)}"
    )
    return (
        f"{head}; sol=1, sat=false, alloc={{{alloc}}}; slo-itl={go_float32(slo.itl_ms)},"
        f" slo-ttft={go_float32(slo.ttft_ms)}, slo-tps=0 "
    )


def _load(load: StatusLoad) -> str:
    rate = go_float32(round(load.arrival_per_min, 2))
    return f"rate={rate}; inTk={int(load.input_tokens)}; outTk={int(load.output_tokens)}"


def accelerator_line(server: ServerLine, allocation: Allocation) -> str:
    """The allocation for one server."""
    load, name = server.load, server.variant.accelerator
    rate = go_float32(round(load.arrival_per_min, 2))
    data = (
        f"{{{name} {allocation.replicas} {allocation.batch} {go_float32(allocation.cost)}"
        f" {go_float32(allocation.itl_ms)} {go_float32(allocation.ttft_ms)}"
        f" {{{rate} {int(load.input_tokens)} {int(load.output_tokens)}}}}}"
    )
    return f"Setting accelerator name: Name={name}, allocationData={data}"
