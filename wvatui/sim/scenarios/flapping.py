"""Replicas go up and down again and again."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "the load swings faster than pods boot, and nothing steadies the way down",
    TrafficShape(stages((0, 5.5), (150, 0.4)), period_s=300.0),
    ONE,
    name="flapping",
    sight="replicas that go up and down every few minutes",
    down_after_s=0,
)
