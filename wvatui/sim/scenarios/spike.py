"""A quiet service is hit."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "a quiet service is hit by ten times its load for four minutes",
    TrafficShape(stages((0, 0.8), (120, 8.0), (360, 0.8)), period_s=1800.0),
    ONE,
    name="spike",
    sight="queues of more than fifty requests, and pods that come too late",
)
