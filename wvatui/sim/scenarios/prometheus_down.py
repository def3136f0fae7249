"""Prometheus is down: the controller keeps what it has."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _fail(cluster: "Cluster") -> None:
    cluster.controller.prometheus_down = True


SCENARIO = Scenario(
    "Prometheus refuses the controller's questions from the first minute on",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="prometheus-down",
    sight="errors in each cycle, full replicas, and no decision",
    happens=((60.0, _fail),),
)
