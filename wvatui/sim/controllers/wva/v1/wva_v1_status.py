"""What v0.4.2 keeps in the status of a VariantAutoscaling: allocation, decision, conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.rules.wva.saturation_v1 import action
from wvatui.sim import rfc3339
from wvatui.sim.controllers.wva.wva_cycle import CyclePodMetrics, Surroundings, mean_over
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

MAX_BATCH = 256
"""`status.currentAlloc.maxBatch` is this constant in v0.4.2 (internal/collector/collector.go)."""


@dataclass(frozen=True, slots=True)
class StatusLoad:
    """What a model's pods serve: 1/min, tokens, milliseconds."""

    arrival_per_min: float
    input_tokens: float
    output_tokens: float
    ttft_ms: float
    itl_ms: float


@dataclass(frozen=True, slots=True)
class StatusDecision:
    """A decision with the variant it is for, and why it was taken."""

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
    """Sums and means over all pods of the model: v0.4.2 asks by model, not by variant."""
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
    """What the variant has and does now; its metrics are there."""

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
    """What was decided."""
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
    """Whether there are metrics of the variant."""

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
