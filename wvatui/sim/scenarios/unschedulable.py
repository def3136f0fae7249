"""There are fewer GPUs than replicas."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "the cluster has four GPUs, and the load wants more",
    TrafficShape(stages((0, 1.3), (75, 10.0))),
    ONE,
    name="unschedulable",
    sight="pods that stay Pending for want of a GPU",
    gpu_nodes=1,
)
