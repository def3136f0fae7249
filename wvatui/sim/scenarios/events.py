"""The events of scenarios: actions on a cluster's workloads and on its controller.

Workloads are Deployments, their autoscalers and their pods' engines. Actions on the controller
affect its process, its log, its settings and what it can see.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from wvatui.core.kube_object import Object
from wvatui.core.rules.keda.keda_spec import PAUSED, PAUSED_IN
from wvatui.sim import faults
from wvatui.sim.kubelet.kubelet import quota
from wvatui.sim.pods.pod_json import new_object

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


_REWORDED = (
    ("Applied scaling decision", "Replica target settled"),
    ("Processing decision for variant", "Settling variant"),
    ("Saturation analysis completed", "Saturation study finished"),
    ("Scaling decision", "Replica choice"),
    ("Optimization completed", "Study closed"),
    # Every other message is reworded as well.
    ("completed", "wrapped up"),
    ("decision", "verdict"),
)
_PERCENT = (
    "analyzerName: saturation\nkvCacheThreshold: 80\nqueueLengthThreshold: 500\n"
    "kvSpareTrigger: 10\nqueueSpareTrigger: 3\nscaleUpThreshold: 85\nscaleDownBoundary: 70\n"
)


def crash(cluster: "Cluster") -> None:
    """The leader's container ends and starts again."""
    namespace, leader = cluster.controller_namespace, cluster.controller.leader
    if leader:
        faults.restart_container(
            cluster.store, cluster.logbook, namespace, leader, "manager", exit_code=2
        )


def evict_leader(cluster: "Cluster") -> None:
    """The leader's pod is deleted."""
    if leader := cluster.controller.leader:
        cluster.store.delete("Pod", cluster.controller_namespace, leader)


def hang(cluster: "Cluster") -> None:
    """The controller renews its Lease and does nothing else."""
    cluster.controller.hang()


def stop(cluster: "Cluster") -> None:
    """The controller loses its Lease, and no pod takes it."""
    cluster.controller.stop()


def rotate_log(cluster: "Cluster") -> None:
    """The log file is rotated away, and followers end."""
    for pod in cluster.store.list("Pod", cluster.controller_namespace):
        cluster.logbook.rotate(cluster.controller_namespace, pod["metadata"]["name"], "manager")


def reword_log(cluster: "Cluster") -> None:
    """The controller writes its lines in unknown words."""

    def reworded(text: str) -> str:
        for old, new in _REWORDED:
            text = text.replace(old, new)
        return text

    cluster.logbook.rewrites["manager"] = reworded


def write_percent(cluster: "Cluster") -> None:
    """Thresholds in percent, where the controller wants ratios."""

    def change(obj: Object) -> None:
        obj["data"]["default"] = _PERCENT

    namespace = cluster.controller_namespace
    for config in cluster.store.list("ConfigMap", namespace):
        cluster.store.patch("ConfigMap", namespace, config["metadata"]["name"], change)


def fail_prometheus(cluster: "Cluster") -> None:
    """Prometheus answers none of the controller's queries."""
    cluster.controller.prometheus_down = True


def hide_new_pods(cluster: "Cluster") -> None:
    """Prometheus scrapes no replica created from now on."""
    known = {pod["metadata"]["uid"] for pod in cluster.store.list("Pod", cluster.namespace)}
    cluster.controller.overlook(lambda pod: pod["metadata"]["uid"] not in known)


def relabel_picker(cluster: "Cluster") -> None:
    """The picker's series name the pod in a label that no query uses."""
    cluster.gateway.pod_label = "endpoint"


def remove_adapter(cluster: "Cluster") -> None:
    """The external metrics API does not exist."""
    cluster.adapter_is_missing = True


def pause_scaler(cluster: "Cluster") -> None:
    """KEDA leaves the ScaledObjects alone."""
    _annotate(cluster, PAUSED, "true")


def pause_scale_in(cluster: "Cluster") -> None:
    """KEDA and its HPA remove no replicas."""
    _annotate(cluster, PAUSED_IN, "true")


def break_prometheus(cluster: "Cluster") -> None:
    """Prometheus refuses KEDA's connections."""
    cluster.prometheus.is_down = True


def mend_prometheus(cluster: "Cluster") -> None:
    """Prometheus answers again."""
    cluster.prometheus.is_down = False


def resume_scaler(cluster: "Cluster") -> None:
    """KEDA scales again."""
    _annotate(cluster, PAUSED, "false")


def _annotate(cluster: "Cluster", name: str, value: str) -> None:
    def change(obj: Object) -> None:
        obj["metadata"].setdefault("annotations", {})[name] = value

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
    """An HPA on waiting requests, as used before the controller."""
    for variant in cluster.scenario.variants:
        metric = {
            "name": "vllm_num_requests_waiting",
            "selector": {"matchLabels": {"model_name": cluster.scenario.model}},
        }
        target = {"type": "AverageValue", "averageValue": "20"}
        scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": variant.name}
        spec = {
            "scaleTargetRef": scaled,
            "minReplicas": variant.min,
            "maxReplicas": variant.max,
            "metrics": [{"type": "External", "external": {"metric": metric, "target": target}}],
        }
        kind, name = "HorizontalPodAutoscaler", f"{variant.name}-load"
        cluster.store.apply(
            new_object("autoscaling/v2", kind, name, cluster.namespace, spec=spec, status={})
        )


def limit_gpus(cluster: "Cluster") -> None:
    """The namespace may use two GPUs at most."""
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
