"""One model in two roles: pods that compute prompts, and pods that answer."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "prompts are computed by prefill pods and answered by decode pods, each scaled by itself",
    TrafficShape(
        stages((0, 1.2), (75, 4.0), (600, 9.0), (1200, 5.0), (1800, 1.2)),
        prompt_mean=1600.0,
        output_mean=280.0,
    ),
    (
        ModelVariant("llama-8b-prefill", H100, cost=10.0, role="prefill"),
        ModelVariant("llama-8b-decode", H100, cost=10.0, max=12, role="decode"),
    ),
    name="prefill-decode",
    gpu_nodes=5,
    sight="two variants with roles: queues and tokens at prefill, full caches at decode",
)
