"""What happens in a simulated cluster: one file and one row a scenario."""

from wvatui.sim.scenarios import (
    adapter_missing,
    burst_drain,
    controller_restart,
    first_experiments,
    first_experiments_hpa,
    first_experiments_model,
    flapping,
    format_drift,
    hot_pod,
    hpa_only,
    keda_epp,
    log_rotation,
    max_replicas,
    mixed,
    model_only,
    paused_scaler,
    spike,
    stair_step,
    steady,
    tekton,
    unschedulable,
)
from wvatui.sim.scenarios.row import ModelVariant, Scenario

_ROWS = (
    stair_step.SCENARIO,
    spike.SCENARIO,
    burst_drain.SCENARIO,
    steady.SCENARIO,
    mixed.SCENARIO,
    flapping.SCENARIO,
    hot_pod.SCENARIO,
    paused_scaler.SCENARIO,
    max_replicas.SCENARIO,
    unschedulable.SCENARIO,
    adapter_missing.SCENARIO,
    controller_restart.SCENARIO,
    log_rotation.SCENARIO,
    format_drift.SCENARIO,
    hpa_only.SCENARIO,
    keda_epp.SCENARIO,
    model_only.SCENARIO,
    first_experiments.SCENARIO,
    first_experiments_model.SCENARIO,
    first_experiments_hpa.SCENARIO,
    tekton.SCENARIO,
)
SCENARIOS: dict[str, Scenario] = {row.name: row for row in _ROWS}
"""By name, in the order in which they are listed."""

__all__ = ["SCENARIOS", "ModelVariant", "Scenario"]
