"""The controller loses its Lease, and nobody takes it."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _lose(cluster: "Cluster") -> None:
    cluster.controller.stop()


SCENARIO = Scenario(
    "the controller's processes neither renew nor take the Lease any more",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="no-leader",
    sight="a Lease that gets old, and no decision under a rising load",
    happens=((60.0, _lose),),
)
