"""Long and short requests, two kinds of accelerators."""

from wvatui.engine.traffic import TrafficShape, TrafficStage
from wvatui.sim.scenario import TWO, Scenario

SCENARIO = Scenario(
    "long and short requests on two kinds of accelerators",
    TrafficShape(
        (
            TrafficStage(0, 1.5),
            TrafficStage(90, 5.0, ramp_s=240.0),
            TrafficStage(1200, 8.0, ramp_s=120.0),
            TrafficStage(2400, 2.0, ramp_s=300.0),
        ),
        prompt_mean=900.0,
        spread=0.9,
    ),
    TWO,
    name="mixed",
    sight="the cheaper variant grows first",
)
