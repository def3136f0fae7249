"""The cluster of the first experiments, as their configurations and load jobs name it."""

from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.engine.engine import EngineProfile
from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ModelVariant, Scenario, stages

NAMESPACE = "llm-d-inference-scheduler"
GATEWAY = "infra-inference-scheduling-inference-gateway"
DEPLOYMENT = "ms-inference-scheduling-llm-d-modelservice-decode"
MODEL = "unsloth/Meta-Llama-3.1-8B"
H100 = EngineProfile(
    "NVIDIA-H100-80GB-HBM3",
    blocks=9600,
    max_seqs=256,
    step_s=0.0073,
    seq_s=0.00004,
    context_s=4e-8,
    prefill_s=0.00005,
)
"""What its controllers' logs tell: ITL 12 ms at 50 requests, 22 ms at 140, then 40 % KV cache."""
TOLD = Parameters(alpha=7.47, beta=0.044, gamma=15.415, delta=0.000337)
"""What its VariantAutoscaling said of the engine."""

SCENARIO = Scenario(
    "the cluster of the first experiments, quiet: it waits for their load jobs",
    TrafficShape(stages((0, 0.05))),
    (ModelVariant(DEPLOYMENT, H100, cost=100.0, max=10, measured=TOLD),),
    model=MODEL,
    name="first-experiments",
    sight="nothing, until a job is launched",
    namespace=NAMESPACE,
    gateway=GATEWAY,
    slo=LatencyTargets(ttft_ms=1000.0, itl_ms=10.0, service_class="Premium"),
)
