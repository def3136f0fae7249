"""The model-based rule inside one reconcile of v0.4.2: prepare, tune, solve, report.

The experimental tuner of the 2025 builds keeps its parameters in the variant's status.
"""

from collections.abc import Sequence
from typing import Any

from wvatui.core.rules.wva.model.model_based import Allocation, ModelLoad, allocate
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.core.rules.wva.model.tuner import (
    MAX_NIS,
    Matrix,
    Observation,
    Tuned,
    first_covariance,
    tune,
)
from wvatui.sim import rfc3339
from wvatui.sim.controllers.wva.wva_cycle import (
    REFUSED,
    TUNER,
    CyclePodMetrics,
    Surroundings,
    setting,
)
from wvatui.sim.controllers.wva.wva_log import JsonLog, go_bool, go_map
from wvatui.sim.controllers.wva.wva_v1_lines import (
    ServerLine,
    accelerator_line,
    missing_metrics,
    solution_line,
)
from wvatui.sim.controllers.wva.wva_v1_status import (
    MAX_BATCH,
    StatusLoad,
    accelerator_cost,
    keep_allocation,
    keep_metrics_condition,
    profile,
    read_parameters,
    service_class,
    written_parameters,
)
from wvatui.sim.controllers.wva.wva_variants import FoundVariant
from wvatui.sim.pods.pod_json import owner_of

STATUS = "tunerPerfData"


def tuned(around: Surroundings, log: JsonLog, server: ServerLine) -> Parameters:
    """Run one step of the tuner and log it; returns the parameters to continue with."""
    v, slo, now = server.variant, server.slo, server.parameters
    known, covariance = _remembered(around, v)
    full = f"{v.name}/{v.namespace}"
    if known is not None:
        log.debug(
            f"Using state vals from VA status to tune variant {v.name}: alpha= {now.alpha:.6f},"
            f" beta= {now.beta:.6f}, gamma= {now.gamma:.6f}, delta= {now.delta:.6f}"
        )
    log.debug(
        f"[Tuner Config] variant={full} | Initial state: {_named(now)} | SLO targets:"
        f" TTFT={slo.ttft_ms:.2f}ms, ITL={slo.itl_ms:.2f}ms"
        f" | Has covariance={go_bool(covariance is not None)}"
    )
    seen = _observation(server)
    if not seen.is_enough:
        _insufficient(around, log, server, known=known is not None)
        return now
    step = tune(now, covariance or first_covariance(now), seen, slo)
    _verdict(log, server, step)
    log.debug(
        f"Model tuner results: model={v.model}, accelerator={v.accelerator},"
        f" {_named(step.parameters)}, NIS={step.nis:.2f}"
    )
    log.debug(
        f"Updated tuner status for variant {v.name}: {_named(step.parameters)}, NIS={step.nis:.6f}"
    )
    if step.accepted:
        p = step.parameters
        log.info(
            f"Tuned performance parameters result: variant {full} - alpha: {p.alpha:.6f},"
            f" beta: {p.beta:.6f}, gamma: {p.gamma:.6f}, delta: {p.delta:.6f}"
        )
    _remember(around, v, step.parameters, step.covariance, step.nis)
    return step.parameters


def _observation(server: ServerLine) -> Observation:
    load, replicas = server.load, max(1, server.variant.status_replicas)
    return Observation(
        load.arrival_per_min / replicas,
        load.input_tokens,
        load.output_tokens,
        MAX_BATCH,
        load.ttft_ms,
        load.itl_ms,
    )


def _verdict(log: JsonLog, server: ServerLine, step: Tuned) -> None:
    v = server.variant
    full = f"variant {v.name}/{v.namespace}"
    if step.accepted:
        log.info(
            f"Tuner validation succeeded for {full}, server {server.name} - New NIS: {step.nis:.6f}"
        )
        return
    nis, state = f"NIS={step.nis:.2f}", _named(step.parameters)
    log.warn(
        f"Tuner validation failed ({nis}), validation error: normalized innovation squared"
        f" ({nis}) exceeds threshold ({MAX_NIS:.2f}), rejecting update as outlier - returning"
        f" previous state: {state}"
    )
    log.warn(
        f"Tuner NIS validation failed for {full}, server {server.name} ({nis} exceeds threshold"
        f" {MAX_NIS:.2f}) - Keeping previous state: {state}"
    )
    log.info(
        f"Keeping previous tuned parameters for {full} due to NIS validation failure"
        f" (NIS={step.nis:.6f})"
    )


def _insufficient(around: Surroundings, log: JsonLog, server: ServerLine, *, known: bool) -> None:
    """Log that there is no load to learn from."""
    v, now = server.variant, server.parameters
    full = f"{v.name}/{v.namespace}"
    load, seen = server.load, _observation(server)
    tokens = load.output_tokens, load.input_tokens
    values = (seen.rate_per_min, *tokens, MAX_BATCH, load.ttft_ms, load.itl_ms, v.status_replicas)
    environment = " ".join(f"{value:g}" for value in values)
    log.warn(
        f"Tuner failed completely for variant {full}: failed to get/create tuner: failed to create"
        f" tuner: invalid environment: &{{{environment}}}. Using fallback parameters."
    )
    if known:
        log.info(f"Using tuned parameters from status for variant {full}")
    else:
        log.info(f"Using fallback parameters for variant {full}: {_named(now)}")
    log.debug(f"Updated SystemData for model={v.model}, accelerator={v.accelerator}: {_named(now)}")
    if not known:
        state = ", ".join(f"{value:.6f}" for value in now)
        log.debug(
            f"Updated VA status for variant {full}, model {v.model}, accelerator {v.accelerator}:"
            f" state=[{state}]"
        )


def _named(p: Parameters) -> str:
    return f"alpha={p.alpha:.6f}, beta={p.beta:.6f}, gamma={p.gamma:.6f}, delta={p.delta:.6f}"


def _remembered(
    around: Surroundings, variant: FoundVariant
) -> tuple[Parameters | None, Matrix | None]:
    obj = around.store.get(variant.kind, variant.namespace, variant.name) or {}
    kept = (obj.get("status") or {}).get(STATUS) or {}
    rows = kept.get("covarianceMatrix") or []
    matrix = tuple(tuple(float(value) for value in row) for row in rows)
    return read_parameters(kept.get("perfParms") or {}), matrix or None


def _remember(
    around: Surroundings, v: FoundVariant, parameters: Parameters, covariance: Matrix, nis: float
) -> None:
    def change(obj: dict[str, Any]) -> None:
        obj.setdefault("status", {})[STATUS] = {
            "model": v.model,
            "accelerator": v.accelerator,
            "updatedAt": rfc3339.seconds(around.timeline.now),
            "perfParms": written_parameters(parameters),
            "nis": f"{nis:.6f}",
            "covarianceMatrix": [[repr(value) for value in row] for row in covariance],
        }

    around.store.patch(v.kind, v.namespace, v.name, change)


FAILED = "Model-based optimization failed: no feasible allocations found for all variants: "


def targets(
    around: Surroundings,
    log: JsonLog,
    model: str,
    members: Sequence[FoundVariant],
    pods: Sequence[CyclePodMetrics],
    load: StatusLoad,
    *,
    prometheus_down: bool = False,
) -> dict[str, int] | None:
    """Replicas by variant; None when the optimisation failed.

    Source: WVA v0.4.2 variantautoscaling_controller.go:255-351, 960-1075. The tuner's lines are
    those of the build with which the experiments of Dec 2025 were run.
    """
    if prometheus_down:
        log.debug(
            "Failed to collect capacity metrics for logging in model-only mode:"
            f" modelID={model}, error=failed to query KV cache metrics: prometheus query failed:"
            f" {REFUSED}"
        )
    prepared = [_prepared(around, log, v, load, bool(pods), down=prometheus_down) for v in members]
    servers = [server for server in prepared if server is not None]
    if setting(around, TUNER) == "true":
        log.debug(
            f"Experimental model tuner is enabled globally ({TUNER}=true)"
            " tuning model performance parameters for active VAs"
        )
        servers = [s._replace(parameters=tuned(around, log, s)) for s in servers]
    solved = [(server, _solved(server)) for server in servers]
    wanted = {s.variant.name: chosen.replicas for s, chosen in solved if chosen is not None}
    for server, allocation in solved:
        if allocation is None:
            log.info(f"No potential allocations found for server: {server.name}")
    if not wanted:
        log.error(FAILED)
        return None
    log.debug(solution_line(solved))
    for server, allocation in solved:
        if allocation is not None:
            log.debug(accelerator_line(server, allocation))
    log.info(
        f"Model-based optimization completed for model: {model} - model-based targets:"
        f" {go_map(wanted)}"
    )
    return wanted


def _prepared(
    around: Surroundings,
    log: JsonLog,
    v: FoundVariant,
    load: StatusLoad,
    measured: bool,
    *,
    down: bool,
) -> ServerLine | None:
    """The optimiser's input for a variant; None, with the reason in the log."""
    slo = service_class(around, v.model)
    if slo is None:
        log.error(
            f"failed to locate SLO for model: variantAutoscaling-name={v.name},"
            f" modelName={v.model}, error=model {v.model} not found in any service class"
        )
        return None
    log.info(
        f"Found SLO for model: model={v.model}, class={slo.service_class},"
        f" slo-tpot={slo.itl_ms:.0f}, slo-ttft={slo.ttft_ms:.0f}"
    )
    specified = profile(around, v)
    if specified is None:
        log.error(
            "variantAutoscaling bad model accelerator profile data, skipping optimization:"
            f" variantAutoscaling-name={v.name}"
        )
        return None
    cost = accelerator_cost(around, v.accelerator)
    if cost is None:
        log.error(
            "variantAutoscaling missing accelerator cost in configMap, skipping optimization:"
            f" variantAutoscaling-name={v.name}"
        )
        return None
    _own(around, log, v)
    if down or not measured:
        _unmeasured(around, log, v, down=down)
        return None
    total = f"{v.status_replicas * cost:.2f}"
    log.debug(
        f"Metrics collected for VA: variant={v.name}, replicas={v.status_replicas},"
        f" accelerator={v.accelerator}, ttft={load.ttft_ms:.2f}ms, itl={load.itl_ms:.2f}ms,"
        f" cost={total}, maxBatch={MAX_BATCH}, arrivalRate={load.arrival_per_min:.2f},"
        f" avgInputTokens={load.input_tokens:.2f}, avgOutputTokens={load.output_tokens:.2f}"
    )
    keep_allocation(around, v, load, total)
    parameters = _remembered(around, v)[0] or specified  # as tuned so far
    return ServerLine(v, slo, parameters, load, cost)


def _unmeasured(around: Surroundings, log: JsonLog, v: FoundVariant, *, down: bool) -> None:
    reason = "PrometheusError" if down else "MetricsMissing"
    trouble = (
        f"Failed to query Prometheus: {REFUSED}"
        if down
        else missing_metrics(v.model, around.namespace)
    )
    log.warn(
        f"Metrics unavailable, skipping optimization for variant: variant={v.name},"
        f" namespace={v.namespace}, model={v.model}, reason={reason}, troubleshooting={trouble}"
    )
    keep_metrics_condition(around, v, "False", reason, trouble)


def _own(around: Surroundings, log: JsonLog, v: FoundVariant) -> None:
    """Make the Deployment the variant's owner, once."""
    obj = around.store.get(v.kind, v.namespace, v.name)
    if obj is None or obj["metadata"].get("ownerReferences"):
        return
    owners = [owner_of(v.target) | {"blockOwnerDeletion": False}]
    around.store.patch(
        v.kind, v.namespace, v.name, lambda obj: obj["metadata"].update(ownerReferences=owners)
    )
    log.info(
        f"Set ownerReference on VariantAutoscaling: variantAutoscaling-name={v.name},"
        f" owner={v.target_name}"
    )


def _solved(server: ServerLine) -> Allocation | None:
    parameters, given, replicas = server.parameters, server.load, server.variant.status_replicas
    load = ModelLoad(given.arrival_per_min, given.input_tokens, given.output_tokens)
    return allocate(parameters, load, server.slo, cost=server.cost, current=replicas)
