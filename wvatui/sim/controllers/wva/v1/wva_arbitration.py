"""HYBRID mode of v0.4.2: the capacity analyzer may veto what the model-based rule wants."""

from collections.abc import Mapping, Sequence

from wvatui.core.rules.wva.saturation_v1 import V1Analysis, arbitrate
from wvatui.sim.controllers.wva.v1.wva_v1_status import StatusDecision
from wvatui.sim.controllers.wva.wva_log import JsonLog
from wvatui.sim.controllers.wva.wva_variants import FoundVariant


def arbitrated(
    log: JsonLog,
    model: str,
    members: Sequence[FoundVariant],
    analysis: V1Analysis,
    by_capacity: Mapping[str, int],
    by_model: Mapping[str, int],
) -> list[StatusDecision]:
    """One decision a variant. A rule without a target for it wants what there is
    (WVA v0.4.2 internal/capacity/analyzer.go:392-548)."""
    made = []
    for v in members:
        capacity = by_capacity.get(v.name, v.current)
        wanted = by_model.get(v.name, v.current)
        found = arbitrate(capacity, wanted, v.current, scale_down_safe=analysis.scale_down_safe)
        log.info(
            f"Variant decision arbitratedvariant{v.name}current{v.current}"
            f"capacityTarget{capacity}modelBasedTarget{wanted}action{found.action}"
            f"targetReplicas{found.target}reason{found.reason}"
        )
        condition = "CapacitySafetyOverride" if found.safety_override else "OptimizationSucceeded"
        made.append(StatusDecision(v, v.current, found.target, found.reason, condition))
    log.info(f"Arbitration completed for model: {model} - decision count: {len(made)}")
    return made
