"""The v0.4 controller in MODEL-ONLY mode: latency targets, tuned parameters, predictions."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "v0.4 in MODEL-ONLY mode: replicas by latency targets and a model that is tuned",
    TrafficShape(stages((0, 1.3), (180, 3.2), (600, 6.5), (1200, 9.0), (1800, 4.0), (2400, 1.5))),
    ONE,
    name="model-only",
    sight="predicted and observed ITL, the parameters as they are learned, rejected outliers",
    mode="model-only",
)
