"""Long and short requests, two kinds of accelerators."""

from wvatui.engine.traffic import Shape, Stage
from wvatui.sim.scenario import TWO, Scenario

SCENARIO = Scenario(
    "long and short requests on two kinds of accelerators",
    Shape(
        (Stage(0, 1.5), Stage(90, 5.0, ramp_s=240.0), Stage(1200, 8.0, ramp_s=120.0),
         Stage(2400, 2.0, ramp_s=300.0)),
        prompt_mean=900.0, spread=0.9,
    ),
    TWO,
    name="mixed",
    sight="the cheaper variant grows first",
)  # fmt: skip
