"""The external metrics API is not there: the HPA sees no decision."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _remove(cluster: "Cluster") -> None:
    cluster.adapter_is_missing = True


SCENARIO = Scenario(
    "the metrics adapter is not installed: the HPA reads nothing",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="adapter-missing",
    sight="ScalingActive is False, FailedGetExternalMetric, decisions that nobody carries out",
    autoscaler="hpa",
    happens=((0.0, _remove),),
)
