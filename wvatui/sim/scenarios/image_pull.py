"""The image was renamed, and new replicas cannot pull it."""

from typing import TYPE_CHECKING, Any

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _rename(cluster: "Cluster") -> None:
    def change(obj: dict[str, Any]) -> None:
        for container in obj["spec"]["template"]["spec"]["containers"]:
            container["image"] = "registry.invalid/llm-d-cuda:v0.4.0"

    for variant in cluster.scenario.variants:
        cluster.store.patch("Deployment", cluster.namespace, variant.name, change)


SCENARIO = Scenario(
    "somebody set an image that cannot be pulled",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="image-pull",
    sight="new pods in ErrImagePull and ImagePullBackOff, the old one alone under the load",
    happens=((20.0, _rename),),
)
