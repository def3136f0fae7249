"""New replicas load their model for ever."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "new replicas never get ready: the model does not load",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    (ModelVariant("llama-8b-h100", H100, cost=10.0, max=3, load_s=36_000.0),),
    name="never-ready",
    sight="pods that run, fail their probe, and never serve",
)
