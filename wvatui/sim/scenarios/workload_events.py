"""What a scenario does to workloads: to Deployments, their autoscalers, and their pods' engines."""

from dataclasses import replace
from typing import TYPE_CHECKING

from wvatui.core.kube_object import Object
from wvatui.sim.controllers.keda_objects import PAUSED
from wvatui.sim.kubelet.scheduler import quota

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def remove_adapter(cluster: "Cluster") -> None:
    """The external metrics API is not there."""
    cluster.adapter_is_missing = True


def pause_scaler(cluster: "Cluster") -> None:
    """KEDA leaves the ScaledObjects alone."""
    _annotate(cluster, "true")


def resume_scaler(cluster: "Cluster") -> None:
    """KEDA scales again."""
    _annotate(cluster, "false")


def _annotate(cluster: "Cluster", value: str) -> None:
    def change(obj: Object) -> None:
        obj["metadata"].setdefault("annotations", {})[PAUSED] = value

    for variant in cluster.scenario.variants:
        cluster.store.patch("ScaledObject", cluster.namespace, variant.name, change)


def misspell_selector(cluster: "Cluster") -> None:
    """A typo in `metric.selector`, as a copied manifest has it."""

    def change(obj: Object) -> None:
        for metric in obj["spec"]["metrics"]:
            metric["external"]["metric"]["selector"]["matchLabels"]["variant_name"] += "-old"

    for variant in cluster.scenario.variants:
        cluster.store.patch("HorizontalPodAutoscaler", cluster.namespace, variant.name, change)


def add_hpa(cluster: "Cluster") -> None:
    """An HPA on waiting requests, as people had before the controller."""
    for variant in cluster.scenario.variants:
        metric = {
            "name": "vllm_num_requests_waiting",
            "selector": {"matchLabels": {"model_name": cluster.scenario.model}},
        }
        target = {"type": "AverageValue", "averageValue": "20"}
        scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": variant.name}
        cluster.store.apply(
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": f"{variant.name}-load", "namespace": cluster.namespace},
                "spec": {
                    "scaleTargetRef": scaled,
                    "minReplicas": variant.min,
                    "maxReplicas": variant.max,
                    "metrics": [
                        {"type": "External", "external": {"metric": metric, "target": target}}
                    ],
                },
                "status": {},
            }
        )


def limit_gpus(cluster: "Cluster") -> None:
    """The namespace may use two GPUs and no more."""
    cluster.store.apply(quota("gpus", cluster.namespace, gpus="2"))


def rename_image(cluster: "Cluster") -> None:
    """New replicas cannot pull their image."""

    def change(obj: Object) -> None:
        for container in obj["spec"]["template"]["spec"]["containers"]:
            container["image"] = "registry.invalid/llm-d-cuda:v0.4.0"

    for variant in cluster.scenario.variants:
        cluster.store.patch("Deployment", cluster.namespace, variant.name, change)


def throttle_gpus(cluster: "Cluster") -> None:
    """The GPUs run at half their clock, as hot ones do."""
    for engine in cluster.gateway.engines.values():
        engine.advance(cluster.timeline.now)
        slow = engine.profile
        engine.profile = replace(slow, step_s=2.2 * slow.step_s, seq_s=2.2 * slow.seq_s)
