"""Three kinds of accelerators with different cost, speed and room, the cheapest of them few."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import A100, H100, L40S, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "three kinds of accelerators: the one that costs least per token grows until none is left",
    TrafficShape(stages((0, 3.0), (90, 8.0), (600, 14.0), (1500, 8.0), (2100, 3.0))),
    (
        ModelVariant("llama-8b-l40s", L40S, cost=4.0, max=3, load_s=55.0),
        ModelVariant("llama-8b-a100", A100, cost=7.0, max=3, load_s=50.0),
        ModelVariant("llama-8b-h100", H100, cost=14.0),
    ),
    name="three-variants",
    sight="the cheapest variant grows first, the dearest last and goes first",
)
