"""Bursts with quiet between them."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "bursts of three minutes with quiet between them",
    TrafficShape(stages((0, 0.5), (60, 6.0), (240, 0.2)), period_s=720.0),
    ONE,
    name="burst-drain",
    sight="full caches that drain before the next burst",
)
