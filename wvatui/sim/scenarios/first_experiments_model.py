"""The cluster of the first experiments with the controller in MODEL-ONLY mode."""

from dataclasses import replace

from wvatui.sim.scenarios import first_experiments

SCENARIO = replace(
    first_experiments.SCENARIO,
    title="the same in MODEL-ONLY mode, for the model-based experiments",
    name="first-experiments-model",
    mode="model-only",
)
