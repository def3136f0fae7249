"""The modes of the v0.4.2 controller, and which of them its settings name."""

from typing import Any, NamedTuple

from wvatui.sim.controllers.wva.wva_cycle import Surroundings, config_data
from wvatui.sim.controllers.wva.wva_leader import CONTROLLER_LABELS

CONFIG = "variantautoscaling-config"
SETTING = "EXPERIMENTAL_HYBRID_OPTIMIZATION"
TUNER = "EXPERIMENTAL_MODEL_TUNER_ENABLED"


class SimulatedMode(NamedTuple):
    """By which rules replicas are chosen, and how the log names it."""

    name: str
    line: str
    by_capacity: bool
    by_model: bool


CAPACITY_ONLY = SimulatedMode(
    "capacity-only",
    "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only",
    True,
    False,
)
MODEL_ONLY = SimulatedMode(
    "model-only", "Operating in MODEL-ONLY mode: model-based optimization only", False, True
)
HYBRID = SimulatedMode(
    "hybrid",
    "Operating in HYBRID mode: capacity analyzer + model-based optimizer with arbitration",
    True,
    True,
)
DEFAULTED = CAPACITY_ONLY._replace(
    line="No optimization mode enabled, defaulting to CAPACITY-ONLY mode"
)
MODES = (CAPACITY_ONLY.name, MODEL_ONLY.name, HYBRID.name)


def mode_of(around: Surroundings) -> SimulatedMode:
    """The mode that the settings name (WVA v0.4.2 variantautoscaling_controller.go:160-174)."""
    match setting(around, SETTING):
        case "" | "off":
            return CAPACITY_ONLY
        case "on" | "model-only":
            return MODEL_ONLY
    return DEFAULTED


def setting(around: Surroundings, name: str) -> str:
    """A setting from the controller's environment, else from its ConfigMap; empty: unset."""
    for deployment in around.store.list(
        "Deployment", around.controller_namespace, CONTROLLER_LABELS
    ):
        value = _environment(deployment).get(name)
        if value is not None:
            return value
    return str((config_data(around, CONFIG) or {}).get(name, ""))


def _environment(deployment: dict[str, Any]) -> dict[str, str]:
    pod = deployment.get("spec", {}).get("template", {}).get("spec", {})
    return {
        str(one["name"]): str(one.get("value", ""))
        for container in pod.get("containers", [])
        for one in container.get("env") or []
    }
