"""The picker's series name the pod in a label that nobody joins by."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _relabel(cluster: "Cluster") -> None:
    cluster.gateway.pod_label = "endpoint"


SCENARIO = Scenario(
    "a relabelling took pod_name from the picker's series",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="label-mismatch",
    sight="the controller's own words: possible pod/pod_name label mismatch, in every cycle",
    happens=((0.0, _relabel),),
)
