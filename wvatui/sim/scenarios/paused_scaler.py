"""The ScaledObject is paused: decisions change nothing."""

from typing import TYPE_CHECKING, Any

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.controllers.keda_objects import PAUSED
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

RESUMED_S = 900.0


def _pause(cluster: "Cluster") -> None:
    _annotate(cluster, "true")


def _resume(cluster: "Cluster") -> None:
    _annotate(cluster, "false")


def _annotate(cluster: "Cluster", value: str) -> None:
    def change(obj: dict[str, Any]) -> None:
        obj["metadata"].setdefault("annotations", {})[PAUSED] = value

    for variant in cluster.scenario.variants:
        cluster.store.patch("ScaledObject", cluster.namespace, variant.name, change)


SCENARIO = Scenario(
    "somebody paused the ScaledObject, and forgot it for a quarter of an hour",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="paused-scaler",
    sight="decisions for more replicas, none of them carried out, and the word paused",
    autoscaler="keda",
    happens=((20.0, _pause), (RESUMED_S, _resume)),
)
