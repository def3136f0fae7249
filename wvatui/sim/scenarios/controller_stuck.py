"""The controller leads on and does nothing."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _hang(cluster: "Cluster") -> None:
    cluster.controller.hang()


SCENARIO = Scenario(
    "the controller's loop hangs: it holds the Lease and says nothing",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="controller-stuck",
    sight="a Lease that is renewed, and silence in the log under a rising load",
    happens=((60.0, _hang),),
)
