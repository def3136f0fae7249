"""Thresholds in percent, where the controller wants ratios."""

from typing import TYPE_CHECKING, Any

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _write(cluster: "Cluster") -> None:
    text = (
        "analyzerName: saturation\nkvCacheThreshold: 80\nqueueLengthThreshold: 500\n"
        "kvSpareTrigger: 10\nqueueSpareTrigger: 3\nscaleUpThreshold: 85\nscaleDownBoundary: 70\n"
    )

    def change(obj: dict[str, Any]) -> None:
        obj["data"]["default"] = text

    for config in cluster.store.list("ConfigMap", cluster.controller_namespace):
        cluster.store.patch(
            "ConfigMap", cluster.controller_namespace, config["metadata"]["name"], change
        )


SCENARIO = Scenario(
    "somebody wrote the thresholds as percent",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="percent-thresholds",
    sight="full caches and long queues, and a controller that is content",
    happens=((0.0, _write),),
)
