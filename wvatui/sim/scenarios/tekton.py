"""Tekton is installed, with a pipeline that makes load."""

from wvatui.sim.scenarios.row import ONE, Scenario, stages
from wvatui.sim.traffic import Shape

SCENARIO = Scenario(
    "Tekton is installed, and a pipeline that makes load waits to be run",
    Shape(stages((0, 0.5))),
    ONE,
    name="tekton",
    sight="pods of TaskRuns, and load while they run",
    crds=frozenset({"tekton.dev"}),
)
