"""Deployments of model servers and their Services, as an engineer would have applied them."""

from wvatui.core.kube_object import Object
from wvatui.sim.pods.programs import MODEL_PORT, PROGRAM
from wvatui.sim.scenario import ModelVariant, Scenario

IMAGES = {
    "vllm": "ghcr.io/llm-d/llm-d-cuda:v0.4.0",
    "sglang": "lmsysorg/sglang:v0.5.6",
}


def deployment(scenario: Scenario, variant: ModelVariant, namespace: str) -> Object:
    """One variant's model servers."""
    labels = {
        "llm-d.ai/inferenceServing": "true",
        "llm-d.ai/model": "llama-8b",
        "llm-d.ai/variant": variant.name,
        "llm-d.ai/role": variant.role,
    }
    command, arguments = _command(scenario.model, variant)
    container = {
        "name": variant.engine,
        "image": IMAGES[variant.engine],
        "command": command,
        "args": arguments,
        "ports": [{"name": "metrics", "containerPort": MODEL_PORT, "protocol": "TCP"}],
        "resources": {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}},
    }
    template = {
        "metadata": {"labels": labels, "annotations": {PROGRAM: variant.engine}},
        "spec": {
            "nodeSelector": {"nvidia.com/gpu.product": variant.profile.accelerator},
            "containers": [container],
        },
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": variant.name,
            "namespace": namespace,
            "labels": {"llm-d.ai/model": "llama-8b"},
        },
        "spec": {
            "replicas": variant.replicas,
            "selector": {"matchLabels": {"llm-d.ai/variant": variant.name}},
            "template": template,
        },
        "status": {},
    }


def _command(model: str, variant: ModelVariant) -> tuple[list[str], list[str]]:
    """Command and arguments; each engine has words of its own for the same limits."""
    profile = variant.profile
    if variant.engine == "sglang":
        return ["python3", "-m", "sglang.launch_server"], [
            f"--model-path={model}",
            f"--port={MODEL_PORT}",
            f"--max-running-requests={profile.max_seqs}",
            f"--chunked-prefill-size={profile.max_batched_tokens}",
            f"--max-total-tokens={profile.blocks * profile.block_size}",
            f"--page-size={profile.block_size}",
            "--enable-metrics",
            *_disaggregated_sglang(variant.role),
        ]
    return ["vllm", "serve", model], [
        f"--max-num-seqs={profile.max_seqs}",
        f"--max-num-batched-tokens={profile.max_batched_tokens}",
        f"--block-size={profile.block_size}",
        *_disaggregated_vllm(variant.role),
    ]


def _disaggregated_vllm(role: str) -> list[str]:
    """How a pod of one role hands its KV cache on."""
    if role == "both":
        return []
    return ['--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_both"}']


def _disaggregated_sglang(role: str) -> list[str]:
    return [] if role == "both" else [f"--disaggregation-mode={role}"]


def service(variant: ModelVariant, namespace: str) -> Object:
    """In front of one variant."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": variant.name, "namespace": namespace},
        "spec": {
            "selector": {"llm-d.ai/variant": variant.name},
            "clusterIP": "10.96.0.20",
            "ports": [{"name": "http", "port": 80, "targetPort": MODEL_PORT}],
        },
        "status": {"loadBalancer": {}},
    }
