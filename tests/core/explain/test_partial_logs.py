"""Incomplete logs: a cycle is explained whichever of its lines states a number."""

import json
import re

import pytest

from tests.core.explain.logs import capacity_cycle
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained

PODS = [
    [(0.1, 0)],
    [(0.2, 0)],
    [(0.45, 0)],
    [(0.6, 0)],
    [(0.6, 0), (0.1, 0)],
    [(0.3, 1), (0.32, 0)],
    [(0.1, 0), (0.05, 0)],
    [(0.1, 0)],
]
DECISIONS = "Processing decision"
ANALYSES = "analysis completed"


def without(*patterns: str) -> tuple[CycleExplained, ...]:
    lines = [line for n, pods in enumerate(PODS) for line in capacity_cycle(n, pods, len(pods))]
    kept = [line for line in lines if not any(re.search(p, line) for p in patterns)]
    return explained(logged("\n".join(kept)))


@pytest.mark.parametrize(
    "patterns",
    [(DECISIONS,), (ANALYSES,), (DECISIONS, ANALYSES), (DECISIONS, "metric: pod="), ("DEBUG",)],
)
def test_a_part_of_a_log_that_states_the_targets_is_explained(patterns: tuple[str, ...]) -> None:
    assert [one.verdict for one in without(*patterns)] == ["agrees"] * len(PODS)


def test_current_replicas_are_the_targets_where_nothing_is_scaled() -> None:
    (case,) = [e.case for e in without(DECISIONS)[0].explanations]
    assert [(m.current, m.desired) for m in case.members] == [(1, 1)]
    assert case.outcomes["v"].target == 1


def test_a_wrong_target_in_the_map_of_targets_is_a_mismatch() -> None:
    lines = capacity_cycle(0, [(0.1, 0)], 1) + capacity_cycle(1, [(0.45, 0)], 1)
    text = "\n".join(line for line in lines if DECISIONS not in line)
    found = explained(logged(text.replace("map[v:2]", "map[v:3]").replace("target=2", "target=3")))
    assert [one.verdict for one in found] == ["agrees", "mismatch"]


def test_emitted_replicas_stand_in_for_a_decision_that_the_log_lacks() -> None:
    lines = capacity_cycle(0, [(0.1, 0)], 1) + capacity_cycle(1, [(0.45, 0)], 1, debug=False)
    text = "\n".join(lines)
    text = re.sub(
        r"Processing decision: variant=v, action=[a-z-]+, current=(\d+)→target=(\d+)",
        r"EmitReplicaMetrics completed - variant: v, current-replicas: \1,"
        r" desired-replicas: \2, accelerator: H100",
        text,
    )
    found = explained(logged(text))
    assert [one.verdict for one in found] == ["agrees", "agrees"]
    assert found[1].sentence.startswith("1→2: ")


def test_a_log_that_hides_the_role_of_each_variant_says_so() -> None:
    """v0.8.0, at its default verbosity, analyses each role but logs decisions without roles."""

    def said(text: str, **fields: object) -> str:
        return f"2026-06-24T11:03:26Z\tINFO\tsaturation/engine.go:1\t{text}\t{json.dumps(fields)}"

    model = {"modelID": "org/model"}
    lines = [
        said("Grouped VAs by model", modelCount=1, totalVAs=2),
        said("Processing model (V1)", **model, namespace="ns", variantCount=2),
    ]
    for role in ("decode", "prefill"):
        counts = {"totalReplicas": 1, "nonSaturated": 1, "avgSpareKv": 0.5, "avgSpareQueue": 5.0}
        answers = {"shouldScaleUp": False, "scaleUpReason": "", "scaleDownSafe": False}
        lines.append(said("Saturation analysis completed", **model, role=role, **counts, **answers))
    for variant in ("ns/a", "ns/b"):
        stays = {"action": "no-change", "current": 1, "target": 1}
        lines.append(said("Processing decision for VA", variant=variant, **stays))
    lines.append(said("Optimization completed successfully", mode="saturation-only"))
    sentences = [one.sentence for one in explained(logged("\n".join(lines)))[0].explanations]
    lacks = "unexplained: the log lacks which variants have the role {}"
    assert [text.partition(" (")[0] for text in sentences] == [
        lacks.format("decode"),
        lacks.format("prefill"),
    ]
