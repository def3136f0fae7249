"""Pods of SGLang beside pods of vLLM: one model, two engines."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, L40S, ModelVariant, Scenario, stages

SCENARIO = Scenario(
    "SGLang on the cheap accelerators beside vLLM on the fast ones",
    TrafficShape(stages((0, 1.5), (75, 5.0), (600, 8.0), (1200, 4.0), (1800, 1.5))),
    (
        ModelVariant("llama-8b-vllm", H100, cost=10.0),
        ModelVariant("llama-8b-sglang", L40S, cost=4.0, load_s=55.0, engine="sglang"),
    ),
    name="sglang",
    sight="pods of both engines on the same charts, each with its own metrics",
)
