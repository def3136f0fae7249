"""The model-based rule inside one reconcile of v0.4.2: prepare, tune, solve, tell."""

from collections.abc import Sequence
from typing import Any

from wvatui.core.rules.wva.model.model_based import Allocation, ModelLoad, allocate
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.sim.controllers.wva.v1.wva_model_config import accelerator_cost, profile, service_class
from wvatui.sim.controllers.wva.v1.wva_tuner import current_parameters, tuned
from wvatui.sim.controllers.wva.v1.wva_v1_lines import (
    ServerLine,
    accelerator_line,
    missing_metrics,
    solution_line,
)
from wvatui.sim.controllers.wva.v1.wva_v1_status import (
    MAX_BATCH,
    StatusLoad,
    keep_allocation,
    keep_metrics_condition,
)
from wvatui.sim.controllers.wva.wva_cycle import (
    REFUSED,
    TUNER,
    CyclePodMetrics,
    Surroundings,
    setting,
)
from wvatui.sim.controllers.wva.wva_log import JsonLog, go_map
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

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
    servers = []
    for v in members:
        server = _prepared(around, log, v, load, bool(pods), down=prometheus_down)
        if server is not None:
            servers.append(server)
    if setting(around, TUNER) == "true":
        log.debug(
            f"Experimental model tuner is enabled globally ({TUNER}=true)"
            " tuning model performance parameters for active VAs"
        )
        servers = [_tuned(around, log, server) for server in servers]
    solved = [(server, _solved(server)) for server in servers]
    found = {server.variant.name: one for server, one in solved if one is not None}
    for server, one in solved:
        if one is None:
            log.info(f"No potential allocations found for server: {server.name}")
    if not found:
        log.error(FAILED)
        return None
    log.debug(solution_line(solved))
    for server, one in solved:
        if one is not None:
            log.debug(accelerator_line(server, one))
    wanted = {name: one.replicas for name, one in found.items()}
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
    """A variant with all that the optimiser needs of it; None, and why in the log."""
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
    parameters = current_parameters(around, v, specified)
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
    """The Deployment becomes the variant's owner, once."""
    obj = around.store.get(v.kind, v.namespace, v.name)
    if obj is None or obj["metadata"].get("ownerReferences"):
        return
    owner = {
        "apiVersion": "apps/v1",
        "kind": v.target["kind"],
        "name": v.target_name,
        "uid": v.target["metadata"].get("uid", ""),
        "controller": True,
        "blockOwnerDeletion": False,
    }

    def change(one: dict[str, Any]) -> None:
        one["metadata"]["ownerReferences"] = [owner]

    around.store.patch(v.kind, v.namespace, v.name, change)
    log.info(
        f"Set ownerReference on VariantAutoscaling: variantAutoscaling-name={v.name},"
        f" owner={v.target_name}"
    )


def _tuned(around: Surroundings, log: JsonLog, server: ServerLine) -> ServerLine:
    parameters: Parameters = tuned(around, log, server)
    return ServerLine(server.variant, server.slo, parameters, server.load, server.cost)


def _solved(server: ServerLine) -> Allocation | None:
    load = ModelLoad(
        server.load.arrival_per_min, server.load.input_tokens, server.load.output_tokens
    )
    return allocate(
        server.parameters,
        load,
        server.slo,
        cost=server.cost,
        current=server.variant.status_replicas,
    )
