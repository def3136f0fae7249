"""A constant load."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "a constant load that one replica can just bear",
    TrafficShape(stages((0, 2.2))),
    ONE,
    name="steady",
    sight="one replica or two, no queue",
)
