"""Objects that only releases up to v0.4 know: variants with a model profile, and the settings of
the model-based optimiser."""

import json

from wvatui.core.kube_object import Object
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.engine.engine import EngineProfile
from wvatui.sim.controllers.wva.v1.wva_model_config import CLASSES, COSTS, written_parameters
from wvatui.sim.controllers.wva.wva_variants import ACCELERATOR_LABEL
from wvatui.sim.scenario import ModelVariant, Scenario

_SETTING = {"capacity-only": "off", "model-only": "on", "hybrid": "off"}
"""What EXPERIMENTAL_HYBRID_OPTIMIZATION says; none of its values is HYBRID in v0.4.2."""


def model_configs(scenario: Scenario, mode: str, interval_s: float) -> list[tuple[str, Object]]:
    """(name, data) of the controller's ConfigMaps."""
    slo = scenario.slo
    settings = {
        "GLOBAL_OPT_INTERVAL": f"{interval_s:.0f}s",
        "WVA_SCALE_TO_ZERO": "false",
        "EXPERIMENTAL_HYBRID_OPTIMIZATION": _SETTING[mode],
        "EXPERIMENTAL_MODEL_TUNER_ENABLED": "true",
    }
    costs = {
        v.profile.accelerator: json.dumps(
            {"device": v.profile.accelerator, "cost": f"{v.cost:.2f}"}
        )
        for v in scenario.variants
    }
    premium = (
        f"name: {slo.service_class}\npriority: 1\ndata:\n  - model: {scenario.model}\n"
        f"    slo-tpot: {slo.itl_ms:.0f}\n    slo-ttft: {slo.ttft_ms:.0f}\n"
    )
    return [
        ("workload-variant-autoscaler-variantautoscaling-config", settings),
        (COSTS, costs),
        (CLASSES, {"premium.yaml": premium}),
    ]


def variant_autoscaling(scenario: Scenario, variant: ModelVariant, namespace: str) -> Object:
    """A variant, with the speed of its engine as somebody measured it."""
    parameters = variant.measured or measured(
        variant.profile, scenario.shape.prompt_mean, scenario.shape.output_mean
    )
    accelerator = {
        "acc": variant.profile.accelerator,
        "accCount": 1,
        "perfParms": written_parameters(parameters),
        "maxBatchSize": variant.profile.max_seqs,
    }
    return {
        "apiVersion": "llmd.ai/v1alpha1",
        "kind": "VariantAutoscaling",
        "metadata": {
            "name": variant.name,
            "namespace": namespace,
            "labels": {ACCELERATOR_LABEL: variant.profile.accelerator},
        },
        "spec": {
            "modelID": scenario.model,
            "scaleTargetRef": {"kind": "Deployment", "name": variant.name},
            "variantCost": f"{variant.cost:.1f}",
            "modelProfile": {"accelerators": [accelerator]},
        },
        "status": {},
    }


def measured(profile: EngineProfile, prompt: float, answer: float) -> Parameters:
    """What two load jobs, one request at a time and many, would find of an engine; `prompt` and
    `answer` in mean tokens.

    A request more costs every step its own decoding, its context, and its share of the steps
    that compute prompts. A request waits for half a step before its prompt is computed.
    """
    each_s = profile.seq_s + profile.context_s * (prompt + answer / 2)
    beta_s = each_s + profile.prefill_s * prompt / answer
    gamma_s = 1.5 * profile.step_s + profile.prefill_s * prompt
    return Parameters(
        profile.step_s * 1000, beta_s * 1000, gamma_s * 1000, 1.5 * each_s * 1000 / prompt
    )
