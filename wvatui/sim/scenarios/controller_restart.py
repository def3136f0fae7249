"""The controller crashes, and later another pod leads."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim import mishaps
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

CRASH_S, HANDOVER_S = 150.0, 330.0


def _crash(cluster: "Cluster") -> None:
    leader = cluster.controller.leader
    if leader:
        mishaps.restart_container(
            cluster.store,
            cluster.logbook,
            cluster.controller_namespace,
            leader,
            "manager",
            exit_code=2,
        )


def _evict_leader(cluster: "Cluster") -> None:
    leader = cluster.controller.leader
    if leader:
        cluster.store.delete("Pod", cluster.controller_namespace, leader)


SCENARIO = Scenario(
    "the controller crashes, and three minutes later its pod is gone",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="controller-restart",
    sight="a restart, then another holder of the Lease, and no decisions between them",
    happens=((CRASH_S, _crash), (HANDOVER_S, _evict_leader)),
)
