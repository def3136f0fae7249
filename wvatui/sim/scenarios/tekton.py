"""Tekton is installed, with a pipeline that makes load."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "Tekton is installed, and a pipeline that makes load waits to be run",
    TrafficShape(stages((0, 0.5))),
    ONE,
    name="tekton",
    sight="pods of TaskRuns, and load while they run",
    crds=frozenset({"tekton.dev"}),
)
