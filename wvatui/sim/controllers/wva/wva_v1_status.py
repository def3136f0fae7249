"""The configuration that v0.4.2 reads for its models, and the status that it keeps in a
VariantAutoscaling.

It reads latency targets, costs of accelerators and the speed of engines. It keeps the allocation,
the decision and conditions.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.rules.wva.config_text import read_config
from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.core.rules.wva.saturation_v1 import action
from wvatui.sim import rfc3339
from wvatui.sim.controllers.wva.wva_cycle import (
    CyclePodMetrics,
    Surroundings,
    config_data,
    mean_over,
)
from wvatui.sim.controllers.wva.wva_variants import FoundVariant
from wvatui.sim.pods.pod_json import condition_of, since

CLASSES = "service-classes-config"
COSTS = "accelerator-unit-costs"


def service_class(around: Surroundings, model: str) -> LatencyTargets | None:
    """Targets of the first service class, by key, that lists the model; None: none does."""
    data = config_data(around, CLASSES) or {}
    for key in sorted(data):
        entry = read_config(data[key])
        rows = entry.get("data")
        for row in rows if isinstance(rows, list) else ():
            if row.get("model") == model:
                itl, ttft = _number(row.get("slo-tpot")), _number(row.get("slo-ttft"))
                if itl is not None and ttft is not None:
                    return LatencyTargets(ttft, itl, str(entry.get("name", "")))
    return None


def accelerator_cost(around: Surroundings, accelerator: str) -> float | None:
    """Cost of one accelerator; None when the ConfigMap has none for it, or not a number."""
    text = (config_data(around, COSTS) or {}).get(accelerator, "")
    try:
        cost = json.loads(text)
    except ValueError:
        return None
    return _number(cost.get("cost")) if isinstance(cost, dict) else None


def profile(around: Surroundings, variant: FoundVariant) -> Parameters | None:
    """`modelProfile.accelerators[].perfParms` for the variant's accelerator; None: there is
    none, or it is not four numbers."""
    obj = around.store.get(variant.kind, variant.namespace, variant.name) or {}
    listed = (obj.get("spec", {}).get("modelProfile") or {}).get("accelerators") or []
    for entry in listed:
        if entry.get("acc") == variant.accelerator:
            return read_parameters(entry.get("perfParms") or {})
    return None


def read_parameters(given: dict[str, Any]) -> Parameters | None:
    """`{decodeParms: {alpha, beta}, prefillParms: {gamma, delta}}`, decimal text."""
    decode, prefill = given.get("decodeParms") or {}, given.get("prefillParms") or {}
    numbers = [
        _number(decode.get("alpha")),
        _number(decode.get("beta")),
        _number(prefill.get("gamma")),
        _number(prefill.get("delta")),
    ]
    known = [number for number in numbers if number is not None]
    return Parameters(*known) if len(known) == len(numbers) else None


def written_parameters(parameters: Parameters) -> dict[str, dict[str, str]]:
    """The parameters in the form of `read_parameters`."""
    p = parameters
    return {
        "decodeParms": {"alpha": f"{p.alpha:.6f}", "beta": f"{p.beta:.6f}"},
        "prefillParms": {"gamma": f"{p.gamma:.6f}", "delta": f"{p.delta:.6f}"},
    }


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


MAX_BATCH = 256
"""`status.currentAlloc.maxBatch` is this constant in v0.4.2 (internal/collector/collector.go)."""


@dataclass(frozen=True, slots=True)
class StatusLoad:
    """The load of a model's pods: 1/min, tokens, milliseconds."""

    arrival_per_min: float
    input_tokens: float
    output_tokens: float
    ttft_ms: float
    itl_ms: float


@dataclass(frozen=True, slots=True)
class StatusDecision:
    """A decision with its variant and its reason."""

    variant: FoundVariant
    current: int
    target: int
    reason: str
    condition: str = "OptimizationSucceeded"
    """Reason of the condition OptimizationReady."""
    capacity_only: bool = False

    @property
    def action(self) -> str:
        """scale-up, scale-down or no-change."""
        return action(self.current, self.target)


def measured_load(around: Surroundings, pods: Sequence[CyclePodMetrics]) -> StatusLoad:
    """Sums and means over all pods of the model, as v0.4.2 queries by model rather than by
    variant."""
    names = [p.pod for p in pods]
    seen = around.collector
    arrival = sum(seen.rate(name, "success", 60.0) or 0.0 for name in names)
    itl = [seen.mean(name, "tpot", 60.0) or seen.mean(name, "itl", 60.0) for name in names]
    return StatusLoad(
        arrival_per_min=arrival * 60,
        input_tokens=mean_over(seen.mean(name, "prompt", 60.0) for name in names) or 0.0,
        output_tokens=mean_over(seen.mean(name, "answer", 60.0) for name in names) or 0.0,
        ttft_ms=(mean_over(seen.mean(name, "ttft", 60.0) for name in names) or 0.0) * 1000,
        itl_ms=(mean_over(itl) or 0.0) * 1000,
    )


def keep_allocation(
    around: Surroundings, variant: FoundVariant, load: StatusLoad, cost: str
) -> None:
    """Store the variant's present allocation and load, when there are metrics of it."""

    def allocate(obj: dict[str, Any]) -> None:
        obj.setdefault("status", {})["currentAlloc"] = {
            "accelerator": variant.accelerator,
            "numReplicas": variant.status_replicas,
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
    keep_metrics_condition(around, variant, "True", "MetricsFound", text)


def keep_decision(around: Surroundings, decision: StatusDecision) -> None:
    """Store the decision."""
    v = decision.variant

    def decide(obj: dict[str, Any]) -> None:
        status = obj.setdefault("status", {})
        status["desiredOptimizedAlloc"] = {
            "lastRunTime": rfc3339.seconds(around.timeline.now),
            "accelerator": v.accelerator,
            "numReplicas": decision.target,
        }
        status["actuation"] = {"applied": True}
        reason, text = decision.condition, decision.reason
        _set_condition(obj, around, "OptimizationReady", "True", reason, text)

    around.store.patch(v.kind, v.namespace, v.name, decide)


def keep_metrics_condition(
    around: Surroundings, variant: FoundVariant, status: str, reason: str, message: str
) -> None:
    """Store whether there are metrics of the variant."""

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
    """Set a condition; its transition time changes only with its status."""
    conditions = obj.setdefault("status", {}).setdefault("conditions", [])
    old = condition_of(obj, type_)
    new = {
        "type": type_,
        "status": status,
        "lastTransitionTime": since(old, status, rfc3339.seconds(around.timeline.now)),
        "reason": reason,
        "message": message,
    }
    if old:
        conditions[conditions.index(old)] = new
    else:
        conditions.append(new)
