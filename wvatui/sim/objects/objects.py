"""The objects that a simulated cluster starts with, as an engineer would have applied them."""

from typing import Any

from wvatui.core.kube_object import Object
from wvatui.core.rules.wva.releases import at_least
from wvatui.sim.controllers.wva.wva_leader import CONTROLLER_LABELS
from wvatui.sim.objects.guides import guide_spec, rules
from wvatui.sim.objects.model_objects import deployment, model_configs, service, variant_autoscaling
from wvatui.sim.pods.kube_state import KUBE_STATE_PORT
from wvatui.sim.pods.pod_json import new_object
from wvatui.sim.pods.programs import EPP_PORT, MODEL_PORT, PROGRAM
from wvatui.sim.run.box import MODELS
from wvatui.sim.scenario import ModelVariant, Scenario

NAMESPACE = "llm-d-sim"
CONTROLLER_NAMESPACE = "workload-variant-autoscaler-system"
POOL = "llama-pool"
GATEWAY_PORT = 80
FIRST_NAMESPACE = "llm-d-inference-scheduler"
FIRST_GATEWAY = "infra-inference-scheduling-inference-gateway"
FIRST_MODEL = "unsloth/Meta-Llama-3.1-8B"
"""Namespace, gateway and model in the load jobs of the first experiments."""
EPP_IMAGE = "ghcr.io/llm-d/llm-d-inference-scheduler:v0.4.0"
CONTROLLER_IMAGE = "ghcr.io/llm-d/llm-d-workload-variant-autoscaler"
WAITING, KV_USAGE = "vllm_num_requests_waiting", "vllm_kv_cache_usage_perc"
"""Metrics of the Prometheus adapter: the sum over the pods of a model."""
MONITORING, KUBE_STATE_METRICS = "monitoring", "kube-state-metrics"
PROMETHEUS = "http://prometheus-operated.monitoring:9090"
GPUS_A_NODE = 4

_V1_CONFIG = """\
kvCacheThreshold: 0.80
queueLengthThreshold: 5
kvSpareTrigger: 0.1
queueSpareTrigger: 3
"""
_V2_CONFIG = """\
analyzerName: saturation
kvCacheThreshold: 0.80
queueLengthThreshold: 5
kvSpareTrigger: 0.1
queueSpareTrigger: 3
scaleUpThreshold: 0.85
scaleDownBoundary: 0.70
"""


def initial_objects(
    scenario: Scenario,
    wva: str,
    autoscaler: str,
    *,
    mode: str,
    interval_s: float,
    kube_state: bool = False,
) -> list[Object]:
    """All objects, in the order in which they are applied.

    `mode` and `interval_s`: the controller's mode up to v0.4, and its cycle in seconds.
    `kube_state`: add kube-state-metrics even with WVA.
    """
    objects = [_namespace(name) for name in ("default", NAMESPACE, CONTROLLER_NAMESPACE)]
    has_wva = scenario.follows == "wva"
    for variant in scenario.variants:
        objects += [_node(variant, number) for number in range(scenario.gpu_nodes)]
    objects.append(_plain_node())
    if has_wva:
        objects += [_config(wva), _controller(wva)]
    if has_wva and not at_least(wva, "v0.5"):
        objects += [_config_map(*config) for config in model_configs(scenario, mode, interval_s)]
    objects += [_picker(), _pool()]
    if not has_wva:
        objects += [_namespace(MONITORING), _kube_state()]
    objects += gateway(scenario.gateway, scenario.namespace, (scenario.model,))
    if scenario.namespace != FIRST_NAMESPACE:
        # Load jobs of the first experiments expect their gateway in every namespace.
        objects.append(_namespace(FIRST_NAMESPACE))
        objects += gateway(FIRST_GATEWAY, FIRST_NAMESPACE, (FIRST_MODEL, scenario.model))
    for variant in scenario.variants:
        objects.append(deployment(scenario, variant, NAMESPACE))
        objects.append(service(variant, NAMESPACE))
        if has_wva and not at_least(wva, "v0.9"):
            objects.append(variant_autoscaling(scenario, variant, NAMESPACE))
        if autoscaler == "keda":
            objects.append(_scaled_object(scenario, variant, wva))
        else:
            objects.append(_hpa(scenario, variant, wva))
    if has_wva and kube_state:
        objects += [_namespace(MONITORING), _kube_state()]
    return [_moved(obj, scenario.namespace) for obj in objects]


def _moved(obj: Object, namespace: str) -> Object:
    """The object in the scenario's own namespace, if it has one."""
    metadata = obj["metadata"]
    if metadata.get("namespace") == NAMESPACE:
        metadata["namespace"] = namespace
    elif obj["kind"] == "Namespace" and metadata["name"] == NAMESPACE:
        return _namespace(namespace)
    return obj


def desired_metric(wva: str) -> str:
    """Name of the metric that the autoscaler reads."""
    return "wva_desired_replicas" if at_least(wva, "v0.5") else "inferno_desired_replicas"


def _namespace(name: str) -> Object:
    labels = {"kubernetes.io/metadata.name": name}
    return new_object(
        "v1", "Namespace", name, metadata={"labels": labels}, status={"phase": "Active"}
    )


def _node(variant: ModelVariant, number: int) -> Object:
    product = variant.profile.accelerator
    name = f"gpu-{product.lower().replace('nvidia-', '')}-{number}"
    room = {"cpu": "64", "memory": "512Gi", "nvidia.com/gpu": str(GPUS_A_NODE), "pods": "110"}
    return new_object(
        "v1",
        "Node",
        name,
        metadata={"labels": {"nvidia.com/gpu.product": product}},
        spec={},
        status=_node_status(room),
    )


def _plain_node() -> Object:
    room = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    return new_object("v1", "Node", "system-0", spec={}, status=_node_status(room))


def _node_status(room: dict[str, str]) -> Object:
    ready = [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]
    return {"capacity": room, "allocatable": room, "conditions": ready, "nodeInfo": {}}


def _picker() -> Object:
    ports = [
        {"name": "grpc", "containerPort": 9002},
        {"name": "metrics", "containerPort": EPP_PORT},
    ]
    labels = {"inferencepool": f"{POOL}-epp"}
    return program(f"{POOL}-epp", NAMESPACE, labels, "epp", EPP_IMAGE, ports=ports)


def _kube_state() -> Object:
    image = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0"
    ports = [{"name": "http-metrics", "containerPort": KUBE_STATE_PORT}]
    name = KUBE_STATE_METRICS
    return program(name, MONITORING, {"app.kubernetes.io/name": name}, name, image, ports=ports)


def _pool() -> Object:
    return new_object(
        "inference.networking.k8s.io/v1",
        "InferencePool",
        POOL,
        NAMESPACE,
        spec={
            "selector": {"matchLabels": {"llm-d.ai/inferenceServing": "true"}},
            "targetPorts": [{"number": MODEL_PORT}],
            "endpointPickerRef": {"name": f"{POOL}-epp", "port": {"number": 9002}},
        },
        status={},
    )


def gateway(name: str, namespace: str, models: tuple[str, ...]) -> list[Object]:
    """A Gateway and the Service that Istio creates for it, in front of the pool."""
    host = f"{name}-istio.{namespace}.svc.cluster.local"
    own = {"gateway.networking.k8s.io/gateway-name": name}
    return [
        new_object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            name,
            namespace,
            spec={
                "gatewayClassName": "istio",
                "listeners": [{"name": "default", "port": GATEWAY_PORT, "protocol": "HTTP"}],
            },
            status={
                "addresses": [{"type": "Hostname", "value": host}],
                "conditions": [{"type": "Programmed", "status": "True"}],
            },
        ),
        new_object(
            "v1",
            "Service",
            f"{name}-istio",
            namespace,
            metadata={"labels": own, "annotations": {MODELS: ",".join(models)}},
            spec={
                "selector": own,
                "clusterIP": "10.96.0.10",
                "type": "ClusterIP",
                "ports": [{"name": "default", "port": GATEWAY_PORT, "protocol": "TCP"}],
            },
            status={"loadBalancer": {}},
        ),
    ]


def _controller(wva: str) -> Object:
    release = wva if wva.count(".") == 2 else f"{wva}.0"
    controller = program(
        "workload-variant-autoscaler-controller-manager",
        CONTROLLER_NAMESPACE,
        CONTROLLER_LABELS,
        "manager",
        f"{CONTROLLER_IMAGE}:{release}",
    )
    controller["metadata"]["labels"] = CONTROLLER_LABELS
    spec = controller["spec"]
    spec["replicas"] = 2
    spec["template"]["metadata"]["annotations"] |= {
        "kubectl.kubernetes.io/default-container": "manager"
    }
    return controller


def program(
    name: str, namespace: str, labels: dict[str, str], container: str, image: str, **more: Any
) -> Object:
    """A Deployment with one replica of the program that its container is named after."""
    template = {
        "metadata": {"labels": labels, "annotations": {PROGRAM: container}},
        "spec": {"containers": [{"name": container, "image": image, **more}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return new_object("apps/v1", "Deployment", name, namespace, spec=spec, status={})


def _config(wva: str) -> Object:
    if at_least(wva, "v0.9"):
        return _config_map("wva-saturation-scaling-config", {"default": _V2_CONFIG})
    return _config_map("capacity-scaling-config", {"default": _V1_CONFIG})


def _config_map(name: str, data: Object) -> Object:
    return new_object("v1", "ConfigMap", name, CONTROLLER_NAMESPACE, data=data)


def _annotations(scenario: Scenario, variant: ModelVariant, wva: str) -> dict[str, str]:
    """Annotations of the autoscaler's object, which from v0.9 on declares the variant."""
    if scenario.follows != "wva" or not at_least(wva, "v0.9"):
        return {}
    return {
        "llm-d.ai/managed": "true",
        "llm-d.ai/model-id": scenario.model,
        "llm-d.ai/variant-cost": f"{variant.cost:.1f}",
    }


def _behavior(scenario: Scenario) -> Object:
    return {
        "scaleUp": rules(0, (("Pods", 4, 15),)),
        "scaleDown": rules(scenario.down_after_s, (("Pods", 1, 60),)),
    }


def _external(name: str, labels: dict[str, str], target: str) -> Object:
    metric = {"name": name, "selector": {"matchLabels": labels}}
    return {
        "type": "External",
        "external": {"metric": metric, "target": {"type": "AverageValue", "averageValue": target}},
    }


def _metrics(scenario: Scenario, variant: ModelVariant, wva: str) -> list[Object]:
    if scenario.follows != "wva":
        # The thresholds of the HPA with which WVA was first compared.
        labels = {"model_name": scenario.model}
        if scenario.follows == "cpu":
            percent = {"type": "Utilization", "averageUtilization": 60}
            cpu = {"type": "Resource", "resource": {"name": "cpu", "target": percent}}
            return [cpu, _external(WAITING, labels, "5")]
        return [_external(WAITING, labels, "20"), _external(KV_USAGE, labels, "500m")]
    return [_external(desired_metric(wva), {"variant_name": variant.name}, "1")]


def _hpa(scenario: Scenario, variant: ModelVariant, wva: str) -> Object:
    return new_object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        variant.name,
        NAMESPACE,
        metadata={"annotations": _annotations(scenario, variant, wva)},
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": variant.name},
            "minReplicas": variant.min,
            "maxReplicas": variant.max,
            "metrics": _metrics(scenario, variant, wva),
            "behavior": _behavior(scenario),
        },
        status={},
    )


def _scaled_object(scenario: Scenario, variant: ModelVariant, wva: str) -> Object:
    if scenario.guide:
        notes, spec = {}, guide_spec(scenario, variant, POOL, scenario.namespace, PROMETHEUS)
    else:
        notes = {"annotations": _annotations(scenario, variant, wva)}
        trigger = {
            "type": "external",
            "metricType": "AverageValue",
            "metadata": {
                "metricName": desired_metric(wva),
                "variantName": variant.name,
                "threshold": "1",
            },
        }
        spec = {
            "scaleTargetRef": {"kind": "Deployment", "name": variant.name},
            "minReplicaCount": variant.min,
            "maxReplicaCount": variant.max,
            "pollingInterval": 15,
            "cooldownPeriod": 120,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(scenario)}},
            "triggers": [trigger],
        }
    api, kind = "keda.sh/v1alpha1", "ScaledObject"
    return new_object(api, kind, variant.name, NAMESPACE, metadata=notes, spec=spec, status={})
