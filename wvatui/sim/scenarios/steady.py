"""A constant load."""

from wvatui.sim.scenarios.row import ONE, Scenario, stages
from wvatui.sim.traffic import Shape

SCENARIO = Scenario(
    "a constant load that one replica can just bear",
    Shape(stages((0, 2.2))),
    ONE,
    name="steady",
    sight="one replica or two, no queue",
)
