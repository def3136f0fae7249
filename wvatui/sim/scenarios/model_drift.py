"""The engines get slower than the controller's model of them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

THROTTLED_S = 150.0


def _throttle(cluster: "Cluster") -> None:
    """The GPUs run at half their clock, as hot ones do."""
    for engine in cluster.gateway.engines.values():
        engine.advance(cluster.timeline.now)
        slow = engine.profile
        engine.profile = replace(slow, step_s=2.2 * slow.step_s, seq_s=2.2 * slow.seq_s)


SCENARIO = Scenario(
    "v0.4 in MODEL-ONLY mode, and GPUs that are throttled after it has learned them",
    TrafficShape(stages((0, 2.0))),
    (ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=2, min=2, max=2),),
    name="model-drift",
    sight="predictions that fit the observed latencies, and later do not",
    mode="model-only",
    happens=((THROTTLED_S, _throttle),),
)
