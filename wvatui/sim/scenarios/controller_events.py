"""What a scenario does to the controller: its process, its log, its settings, what it can see."""

from typing import TYPE_CHECKING

from wvatui.core.kube_object import Object
from wvatui.sim import mishaps

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

_REWORDED = (
    ("Applied scaling decision", "Replica target settled"),
    ("Processing decision for variant", "Settling variant"),
    ("Saturation analysis completed", "Saturation study finished"),
    ("Scaling decision", "Replica choice"),
    ("Optimization completed", "Study closed"),
    # Every other message is worded anew as well.
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
        mishaps.restart_container(
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
    """The controller loses its Lease, and nobody takes it."""
    cluster.controller.stop()


def rotate_log(cluster: "Cluster") -> None:
    """What was written is gone from the file that is read, and followers come to an end."""
    for pod in cluster.store.list("Pod", cluster.controller_namespace):
        cluster.logbook.rotate(cluster.controller_namespace, pod["metadata"]["name"], "manager")


def reword_log(cluster: "Cluster") -> None:
    """The controller writes its lines in words that nobody knows yet."""

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
    """Prometheus scrapes no replica that comes later."""
    known = {pod["metadata"]["uid"] for pod in cluster.store.list("Pod", cluster.namespace)}
    cluster.controller.overlook(lambda pod: pod["metadata"]["uid"] not in known)


def relabel_picker(cluster: "Cluster") -> None:
    """The picker's series name the pod in a label that nobody joins by."""
    cluster.gateway.pod_label = "endpoint"
