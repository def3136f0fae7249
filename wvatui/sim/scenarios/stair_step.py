"""The load climbs in steps and falls again."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "the load climbs in steps and falls again, each hour",
    TrafficShape(
        stages(
            (0, 1.3),
            (75, 4.4),
            (660, 7.5),
            (1140, 10.5),
            (1560, 4.0),
            (2160, 1.5),
            (2700, 6.0),
            (3300, 1.3),
        )
    ),
    ONE,
    name="stair-step",
    sight="saturation, a decision, a pod that boots, relief",
)
