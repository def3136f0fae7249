"""The controller's log is rotated under its readers."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

ROTATED_S = (135.0, 255.0)


def _rotate(cluster: "Cluster") -> None:
    """What was written is gone from the file that is read, and followers come to an end."""
    for pod in cluster.store.list("Pod", cluster.controller_namespace):
        cluster.logbook.rotate(cluster.controller_namespace, pod["metadata"]["name"], "manager")


SCENARIO = Scenario(
    "the kubelet rotates the controller's log twice",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="log-rotation",
    sight="a gap in the log that says so, and decisions before and after it",
    happens=tuple((second, _rotate) for second in ROTATED_S),
)
