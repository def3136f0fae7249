"""The HPA asks for a metric that nobody emits."""

from typing import TYPE_CHECKING, Any

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _misspell(cluster: "Cluster") -> None:
    """A typo in `metric.selector`, as a copied manifest has it."""

    def change(obj: dict[str, Any]) -> None:
        for metric in obj["spec"]["metrics"]:
            metric["external"]["metric"]["selector"]["matchLabels"]["variant_name"] += "-old"

    for variant in cluster.scenario.variants:
        cluster.store.patch("HorizontalPodAutoscaler", cluster.namespace, variant.name, change)


SCENARIO = Scenario(
    "the HPA's selector names a variant that there is not",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="wrong-metric",
    sight="<unknown> in the HPA, ScalingActive False, decisions that nobody carries out",
    autoscaler="hpa",
    happens=((0.0, _misspell),),
)
