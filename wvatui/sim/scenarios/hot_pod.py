"""Most requests stick to one pod."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "sessions stick to one of three pods: it is full while the others idle",
    TrafficShape(stages((0, 5.0))),
    (ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=3, min=3),),
    name="hot-pod",
    sight="one pod's cache full and its queue long, the others' below a half",
    sticky=0.75,
)
