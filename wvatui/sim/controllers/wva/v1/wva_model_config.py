"""What v0.4.2 is told of its models: latency targets, costs of accelerators, speed of engines."""

import json
from typing import Any

from wvatui.core.rules.wva.config_text import read_config
from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.sim.controllers.wva.wva_cycle import Surroundings, config_data
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

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
    """Cost of one accelerator; None when the ConfigMap has no such one, or no number for it."""
    text = (config_data(around, COSTS) or {}).get(accelerator, "")
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return _number(found.get("cost")) if isinstance(found, dict) else None


def profile(around: Surroundings, variant: FoundVariant) -> Parameters | None:
    """`modelProfile.accelerators[].perfParms` for the variant's accelerator; None: there is
    none, or it is not four numbers."""
    obj = around.store.get(variant.kind, variant.namespace, variant.name) or {}
    listed = (obj.get("spec", {}).get("modelProfile") or {}).get("accelerators") or []
    for one in listed:
        if one.get("acc") == variant.accelerator:
            return read_parameters(one.get("perfParms") or {})
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
    found = [number for number in numbers if number is not None]
    return Parameters(*found) if len(found) == len(numbers) else None


def written_parameters(parameters: Parameters) -> dict[str, dict[str, str]]:
    """The same, as an object carries it."""
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
