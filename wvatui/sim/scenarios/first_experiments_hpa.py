"""The cluster of the first experiments with an HPA in WVA's place."""

from dataclasses import replace

from wvatui.sim.scenarios import first_experiments

SCENARIO = replace(
    first_experiments.SCENARIO,
    title="the same with an HPA on the pods' own metrics and no WVA, for the HPA's experiments",
    name="first-experiments-hpa",
    autoscaler="hpa",
    follows="load",
)
