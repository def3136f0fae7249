"""The load swings faster than anybody looks."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "bursts of three seconds each eleven: a poll each five seconds does not see them",
    TrafficShape(stages((0, 45.0), (3, 0.05)), period_s=11.0, prompt_mean=300.0, output_mean=100.0),
    (ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=2, min=2, max=2),),
    name="fast-swing",
    sight="running requests that come and go within seconds",
)
