"""Sessions of simulated clusters, and the findings that they must have."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from wvatui.core import events as ev
from wvatui.core.findings.over_time import EACH_S, Lasting, found_over_time


class Run(NamedTuple):
    """One session: the cluster, how it is watched, and the rules that must find something."""

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
    Run("max-replicas", 160, ("target-above-max",), {"wva": "v0.4.2"}),
    Run("hot-pod", 180, ("hot-pod",)),
    Run("flapping", 900, ("flapping", "policy-limit")),
    Run("stair-step", 300, ("stabilising",)),
    Run("fast-swing", 150, ("slow-poll",), request={"interval": 5.0}),
    Run("model-drift", 420, ("prediction-drift",)),
)

HEALTHY = (
    Run("steady", 300, ()),
    Run("stair-step", 600, ()),
    Run("steady", 200, (), {"wva": "v0.4.2"}),
    Run("stair-step", 450, (), {"autoscaler": "keda"}),
    Run("mixed", 300, ()),
    Run("fast-swing", 240, (), request={"interval": 1.0}),
    *(
        Run(name, 0, ())
        for name in (
            "spike",
            "burst-drain",
            "three-variants",
            "sglang",
            "prefill-decode",
            "controller-restart",
            "log-rotation",
            "format-drift",
            "model-only",
            "tekton",
            "first-experiments",
            "first-experiments-hpa",
            "first-experiments-model",
            "hpa-only",
            "keda-epp",
        )
    ),
)
"""Clusters without faults: findings may only be of the kinds that wait or advise, such as an open
stabilization window. 0 seconds: the duration of the scenario's own test."""


def plain(runs: Iterable[Run]) -> dict[str, Run]:
    """Scenario → run, for the runs that `test_sights` does in the same way."""
    return {run.scenario: run for run in runs if not run.cluster and not run.request}


def found(events: Iterable[ev.Event]) -> tuple[Lasting, ...]:
    """All findings of a session. Half the looks of a report are enough, since the provoked causes
    last, and pods and metrics are polled less often than that."""
    return found_over_time(events, 2 * EACH_S)[0]


def holds_what_is_provoked(run: Run, found: Iterable[Lasting]) -> None:
    """Assert that each rule of `run` found something, with evidence and advice."""
    by_rule = {each.finding.rule: each.finding for each in found}
    assert set(run.rules) <= set(by_rule), {finding.title for finding in by_rule.values()}
    for rule in run.rules:
        finding = by_rule[rule]
        assert finding.title
        assert finding.advice
        assert finding.evidence
        assert all(fact.text and fact.source for fact in finding.evidence)


def holds_no_trouble(found: Iterable[Lasting]) -> None:
    """Assert that all findings only wait or advise."""
    assert [each.finding.title for each in found if each.finding.is_trouble] == []
