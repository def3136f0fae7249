"""The load is more than the maximum of replicas bears."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "the load is more than the two replicas that are allowed can bear",
    TrafficShape(stages((0, 1.3), (75, 9.0))),
    (ModelVariant("llama-8b-h100", H100, cost=10.0, max=2),),
    name="max-replicas",
    sight="two of two replicas, full caches and a queue that stays",
)
