"""A second HPA on the same Deployment."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster


def _add(cluster: "Cluster") -> None:
    """An HPA on waiting requests, as people had before the controller."""
    for variant in cluster.scenario.variants:
        metric = {
            "name": "vllm_num_requests_waiting",
            "selector": {"matchLabels": {"model_name": cluster.scenario.model}},
        }
        target = {"type": "AverageValue", "averageValue": "20"}
        cluster.store.apply(
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": f"{variant.name}-load", "namespace": cluster.namespace},
                "spec": {
                    "scaleTargetRef": {
                        "apiVersion": "apps/v1",
                        "kind": "Deployment",
                        "name": variant.name,
                    },
                    "minReplicas": variant.min,
                    "maxReplicas": variant.max,
                    "metrics": [
                        {"type": "External", "external": {"metric": metric, "target": target}}
                    ],
                },
                "status": {},
            }
        )


SCENARIO = Scenario(
    "a forgotten HPA on waiting requests scales the same Deployment",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="two-scalers",
    sight="two HPAs with one target, and replicas that both of them move",
    autoscaler="hpa",
    happens=((20.0, _add),),
)
