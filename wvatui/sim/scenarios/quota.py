"""The namespace may use two GPUs and no more."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.kubelet.quota import quota
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _limit(cluster: "Cluster") -> None:
    cluster.store.apply(quota("gpus", cluster.namespace, gpus="2"))


SCENARIO = Scenario(
    "the namespace's quota is two GPUs, and the load wants more",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="quota",
    sight="FailedCreate, exceeded quota, fewer pods than the spec asks for",
    happens=((0.0, _limit),),
)
