"""Prometheus scrapes no replica that comes later."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _hide(cluster: "Cluster") -> None:
    known = {pod["metadata"]["uid"] for pod in cluster.store.list("Pod", cluster.namespace)}
    cluster.controller.overlook(lambda pod: pod["metadata"]["uid"] not in known)


SCENARIO = Scenario(
    "new replicas are not scraped: their labels match no PodMonitor",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="unscraped-pods",
    sight="replicas that serve, and of which the controller has no sample",
    happens=((0.0, _hide),),
)
