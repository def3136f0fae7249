"""Each rule is provoked in the simulated cluster and found there over HTTP; healthy ones are clean.

A scenario is watched once, in simulated time, and everything it must show is looked for in that
one recording.
"""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cluster import served
from wvatui.core.findings import RULES
from wvatui.core.findings.over_time import Lasting, found_over_time
from wvatui.sim.api.context import AccessRules


class Run(NamedTuple):
    """One watch: the cluster, how it is watched, and which rules must find something."""

    scenario: str
    seconds: float
    rules: tuple[str, ...]
    cluster: dict[str, Any] = {}
    request: dict[str, Any] = {}


RUNS = (
    Run("paused-scaler", 300, ("paused-scaled-object", "no-effect")),
    Run("adapter-missing", 180, ("metrics-adapter-missing",)),
    Run("wrong-metric", 180, ("scaling-inactive", "unknown-metric")),
    Run("two-scalers", 150, ("fighting",)),
    Run("percent-thresholds", 60, ("dead-thresholds",)),
    Run("quota", 150, ("quota",)),
    Run("unschedulable", 180, ("unschedulable",)),
    Run("image-pull", 150, ("image-pull",)),
    Run("never-ready", 450, ("failing-probes",)),
    Run("no-leader", 240, ("controller-not-leader", "undecided")),
    Run("controller-stuck", 240, ("controller-silent",)),
    Run("prometheus-down", 240, ("metrics-missing", "undecided")),
    Run("unscraped-pods", 300, ("metrics-missing",)),
    Run("label-mismatch", 200, ("label-mismatch",)),
    Run("max-replicas", 200, ("max-reached",)),
    Run("max-replicas", 200, ("target-above-max",), {"wva": "v0.4.2"}),
    Run("hot-pod", 180, ("hot-pod",)),
    Run("flapping", 900, ("flapping", "policy-limit")),
    Run("stair-step", 300, ("stabilising",)),
    Run("fast-swing", 240, ("slow-poll",), request={"interval": 5.0}),
    Run("model-drift", 420, ("prediction-drift",)),
)
ELSEWHERE = {"missing-rights", "declaration", "scale-target", "guarded-page"} | {
    "scaled-object-state",
    "paused-rollout",
    "container-exit",
    "two-controllers",
    "clock-skew",
    "controller-max",
    "load-job",
    "percentage",
    "pool-maximum",
    "formula-fallback",
    "fallback-zero",
    "polling-interval",
    "empty-query",
    "no-behavior",
    "shared-pods",
    "tolerance",
    "long-window",
}
"""Rules that others provoke: here, in `test_traps`, `test_targets`,
`test_states`, `test_engine_findings`."""


async def watched(folder: Path, run: Run, **more: Any) -> tuple[Lasting, ...]:
    """Everything that is found in a watch of `run`."""
    async with served(folder, scenario=run.scenario, **run.cluster, **more) as here:
        seen = await here.watch(run.seconds, namespace=here.cluster.namespace, **run.request)
    return found_over_time(seen.events)[0]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.scenario}-{run.rules[0]}")
async def test_what_is_provoked_is_found(tmp_path: Path, run: Run) -> None:
    found = await watched(tmp_path, run)
    by_rule = {each.finding.rule: each for each in found}
    assert set(run.rules) <= set(by_rule), {e.finding.title for e in found}
    for rule in run.rules:
        finding = by_rule[rule].finding
        assert finding.title
        assert finding.advice
        assert finding.evidence
        assert all(fact.text and fact.source for fact in finding.evidence)


async def test_rights_that_are_missing_are_found(tmp_path: Path) -> None:
    access = AccessRules()
    access.deny("list", "horizontalpodautoscalers.autoscaling")
    found = await watched(tmp_path, Run("steady", 30, ()), access=access)
    titles = [each.finding.title for each in found if each.finding.rule == "missing-rights"]
    assert titles
    assert "horizontalpodautoscalers" in titles[0]


def test_every_rule_is_provoked() -> None:
    assert {rule for run in RUNS for rule in run.rules} | ELSEWHERE == {row.id for row in RULES}


HEALTHY = (
    Run("steady", 300, ()),
    Run("stair-step", 600, ()),
    Run("steady", 300, (), {"wva": "v0.4.2"}),
    Run("stair-step", 450, (), {"autoscaler": "keda"}),
    Run("mixed", 300, ()),
    Run("fast-swing", 240, (), request={"interval": 1.0}),
)


@pytest.mark.parametrize("run", HEALTHY, ids=lambda run: f"{run.scenario}-{run.cluster}")
async def test_a_healthy_cluster_raises_no_alarm(tmp_path: Path, run: Run) -> None:
    """Windows and policies that are open while replicas go are no trouble: they only wait."""
    found = await watched(tmp_path, run)
    trouble = [e.finding.title for e in found if e.finding.severity != "waiting"]
    assert trouble == []
