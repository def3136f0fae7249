"""KEDA on the endpoint picker's metrics, and no WVA."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "KEDA follows the endpoint picker's queue and running requests, no WVA at all",
    TrafficShape(stages((0, 1.3), (75, 4.4), (660, 7.5), (1140, 10.5), (1560, 4.0), (2160, 1.5))),
    ONE,
    name="keda-epp",
    sight="a ScaledObject with triggers on inference_pool metrics, no decisions",
    autoscaler="keda",
    follows="epp",
)
