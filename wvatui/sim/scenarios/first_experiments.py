"""The cluster of the first experiments, as their configurations and load jobs name it."""

from wvatui.sim.scenarios.row import H100, ModelVariant, Scenario, stages
from wvatui.sim.traffic import Shape

NAMESPACE = "llm-d-inference-scheduler"
GATEWAY = "infra-inference-scheduling-inference-gateway"
DEPLOYMENT = "ms-inference-scheduling-llm-d-modelservice-decode"
MODEL = "unsloth/Meta-Llama-3.1-8B"

SCENARIO = Scenario(
    "the cluster of the first experiments, quiet: it waits for their load jobs",
    Shape(stages((0, 0.05))),
    (ModelVariant(DEPLOYMENT, H100, cost=10.0, max=10),),
    model=MODEL,
    name="first-experiments",
    sight="nothing, until a job is launched",
    namespace=NAMESPACE,
    gateway=GATEWAY,
)
