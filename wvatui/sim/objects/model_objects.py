"""Deployments of model servers and their Services, as an engineer would have applied them.

For releases up to v0.4 also variants with a model profile, and settings of the model-based
optimiser.
"""

import json

from wvatui.core.kube_object import Object
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.engine.engine import EngineProfile
from wvatui.sim.controllers.wva.wva_v1_status import CLASSES, COSTS, written_parameters
from wvatui.sim.controllers.wva.wva_variants import ACCELERATOR_LABEL
from wvatui.sim.pods.pod_json import new_object
from wvatui.sim.pods.programs import MODEL_PORT, PROGRAM
from wvatui.sim.scenario import ModelVariant, Scenario

CPU_CORES = 8
"""CPU cores that a model server requests, where its HPA uses CPU."""
_SETTING = {"capacity-only": "off", "model-only": "on", "hybrid": "off"}
"""Values of EXPERIMENTAL_HYBRID_OPTIMIZATION; none of them selects HYBRID in v0.4.2."""


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
    """The VariantAutoscaling of a variant, with the measured speed of its engine."""
    parameters = variant.measured or measured(
        variant.profile, scenario.shape.prompt_mean, scenario.shape.output_mean
    )
    accelerator = {
        "acc": variant.profile.accelerator,
        "accCount": 1,
        "perfParms": written_parameters(parameters),
        "maxBatchSize": variant.profile.max_seqs,
    }
    return new_object(
        "llmd.ai/v1alpha1",
        "VariantAutoscaling",
        variant.name,
        namespace,
        metadata={"labels": {ACCELERATOR_LABEL: variant.profile.accelerator}},
        spec={
            "modelID": scenario.model,
            "scaleTargetRef": {"kind": "Deployment", "name": variant.name},
            "variantCost": f"{variant.cost:.1f}",
            "modelProfile": {"accelerators": [accelerator]},
        },
        status={},
    )


def measured(profile: EngineProfile, prompt: float, answer: float) -> Parameters:
    """Parameters that two load jobs, with one request at a time and with many, would measure.

    `prompt` and `answer`: mean tokens. Each further request adds to every step its own decoding,
    its context, and its share of the steps that compute prompts. A request waits half a step before
    its prompt is computed.
    """
    each_s = profile.seq_s + profile.context_s * (prompt + answer / 2)
    beta_s = each_s + profile.prefill_s * prompt / answer
    gamma_s = 1.5 * profile.step_s + profile.prefill_s * prompt
    return Parameters(
        profile.step_s * 1000, beta_s * 1000, gamma_s * 1000, 1.5 * each_s * 1000 / prompt
    )


IMAGES = {"vllm": "ghcr.io/llm-d/llm-d-cuda:v0.4.0", "sglang": "lmsysorg/sglang:v0.5.6"}


def deployment(scenario: Scenario, variant: ModelVariant, namespace: str) -> Object:
    """The Deployment of one variant's model servers."""
    labels = {
        "llm-d.ai/inferenceServing": "true",
        "llm-d.ai/model": "llama-8b",
        "llm-d.ai/variant": variant.name,
        "llm-d.ai/role": variant.role,
    }
    requests = {"nvidia.com/gpu": "1"}
    if scenario.follows == "cpu":
        requests["cpu"] = str(CPU_CORES)
    command, arguments = _command(scenario.model, variant)
    container = {
        "name": variant.engine,
        "image": IMAGES[variant.engine],
        "command": command,
        "args": arguments,
        "ports": [{"name": "metrics", "containerPort": MODEL_PORT, "protocol": "TCP"}],
        "resources": {"limits": {"nvidia.com/gpu": "1"}, "requests": requests},
    }
    template = {
        "metadata": {"labels": labels, "annotations": {PROGRAM: variant.engine}},
        "spec": {
            "nodeSelector": {"nvidia.com/gpu.product": variant.profile.accelerator},
            "containers": [container],
        },
    }
    return new_object(
        "apps/v1",
        "Deployment",
        variant.name,
        namespace,
        metadata={"labels": {"llm-d.ai/model": "llama-8b"}},
        spec={
            "replicas": variant.replicas,
            "selector": {"matchLabels": {"llm-d.ai/variant": variant.name}},
            "template": template,
        },
        status={},
    )


def _command(model: str, variant: ModelVariant) -> tuple[list[str], list[str]]:
    """Command and arguments; each engine has its own options for the same limits, and for passing
    its KV cache on where its pods have roles."""
    profile, is_whole = variant.profile, variant.role == "both"
    if variant.engine == "sglang":
        return ["python3", "-m", "sglang.launch_server"], [
            f"--model-path={model}",
            f"--port={MODEL_PORT}",
            f"--max-running-requests={profile.max_seqs}",
            f"--chunked-prefill-size={profile.max_batched_tokens}",
            f"--max-total-tokens={profile.blocks * profile.block_size}",
            f"--page-size={profile.block_size}",
            "--enable-metrics",
            *([] if is_whole else [f"--disaggregation-mode={variant.role}"]),
        ]
    transfer = '--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_both"}'
    return ["vllm", "serve", model], [
        f"--max-num-seqs={profile.max_seqs}",
        f"--max-num-batched-tokens={profile.max_batched_tokens}",
        f"--block-size={profile.block_size}",
        *([] if is_whole else [transfer]),
    ]


def service(variant: ModelVariant, namespace: str) -> Object:
    """The Service of one variant."""
    spec = {
        "selector": {"llm-d.ai/variant": variant.name},
        "clusterIP": "10.96.0.20",
        "ports": [{"name": "http", "port": 80, "targetPort": MODEL_PORT}],
    }
    status: Object = {"loadBalancer": {}}
    return new_object("v1", "Service", variant.name, namespace, spec=spec, status=status)
