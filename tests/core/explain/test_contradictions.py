"""Two lines of a log that state the same quantity differently are shown as a contradiction."""

import pytest

from tests.core.explain.logs import MODEL, analyzer, capacity_cycle, token_cycle
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained

FULL = [(0.45, 4), (0.42, 3)]
QUIET = [(0.3, 1), (0.32, 0)]


def capacity(pods: list[tuple[float, int]], old: str, new: str, count: int = 1) -> CycleExplained:
    """A cycle of v0.4.2 in which the first `count` texts `old` are changed."""
    text = "\n".join(capacity_cycle(0, pods, len(pods)))
    assert old in text
    (cycle,) = explained(logged(text.replace(old, new, count)))
    return cycle


def differing(cycle: CycleExplained) -> set[str]:
    return {check.quantity for one in cycle.explanations for check in one.differing}


@pytest.mark.parametrize(
    ("pods", "old", "new", "quantity"),
    [
        (QUIET, "totalReplicas=2", "totalReplicas=3", "replicas in two lines"),
        (QUIET, "nonSaturated=2", "nonSaturated=1", "not saturated in two lines"),
        (
            QUIET,
            "needed (avgSpareKv=0.190",
            "needed (avgSpareKv=0.490",
            "mean spare KV in two lines",
        ),
        (QUIET, "remainingSpareKv=-0.120", "remainingSpareKv=0.080", "spare KV with one fewer"),
        (QUIET, "remainingSpareQueue=4.0", "remainingSpareQueue=5.5", "spare queue with one fewer"),
    ],
)
def test_a_number_that_is_altered_in_one_of_its_lines_is_a_mismatch(
    pods: list[tuple[float, int]], old: str, new: str, quantity: str
) -> None:
    cycle = capacity(pods, old, new)
    assert cycle.verdict == "mismatch"
    assert quantity in differing(cycle)


def test_more_not_saturated_than_there_are_is_a_mismatch_without_the_pods_numbers() -> None:
    lines = [line for line in capacity_cycle(0, QUIET, 2, debug=False) if "metric: pod" not in line]
    text = "\n".join(lines)
    assert explained(logged(text))[0].verdict == "agrees"
    (cycle,) = explained(logged(text.replace("nonSaturated=2", "nonSaturated=3")))
    assert differing(cycle) == {"not saturated"}


def test_a_reason_that_names_another_average_than_the_analysis_is_a_mismatch() -> None:
    reason = "reason=both KV spare (0.065 < 0.100) and queue spare (1.5 < 3.0)"
    lines = [
        line.replace("readyReplicas=2, target=3", f"readyReplicas=2, target=3, {reason}")
        for line in capacity_cycle(0, FULL, 2)
    ]
    text = "\n".join(lines)
    assert reason in text
    assert explained(logged(text))[0].verdict == "agrees"
    (cycle,) = explained(logged(text.replace("(0.065 <", "(0.085 <")))
    assert differing(cycle) == {"mean spare KV"}
    (cycle,) = explained(logged(text.replace("< 0.100)", "< 0.200)")))
    assert "KV trigger" in differing(cycle)


@pytest.mark.parametrize(
    ("message", "fields", "verb"),
    [
        ("Successfully emitted metrics", '"target": 3, "accelerator": "H100"', "emitted"),
        (
            "Applied saturation decision via shared cache",
            '"namespace": "ns", "action": "scale-up", "target": 3, "reason": ""',
            "applied",
        ),
    ],
)
def test_a_target_that_is_emitted_or_applied_otherwise_than_decided_is_a_mismatch(
    message: str, fields: str, verb: str
) -> None:
    hungry = [analyzer("saturation", 1000.0, 900.0, 1000.0)]
    lines = token_cycle(0, 1, 2, hungry)
    stamp = lines[0].partition("\t")[0]
    extra = f'{stamp}\tINFO\tsaturation/engine.go:1\t{message}\t{{"variant": "v", {fields}}}'
    text = "\n".join([*lines[:-1], extra, lines[-1]])
    assert explained(logged(text.replace('"target": 3', '"target": 2')))[0].verdict == "agrees"
    (cycle,) = explained(logged(text))
    assert differing(cycle) == {f"target {verb} of v in two lines"}
    assert cycle.sentence.startswith("1→2, but the log contradicts itself on target")


def test_a_target_that_the_enforcer_changes_has_the_action_of_the_later_line() -> None:
    idle = [analyzer("saturation", 1000.0, 0.0, 1000.0)]
    *lines, end = token_cycle(0, 1, 1, idle)
    head = f"{lines[0].partition(chr(9))[0]}\tINFO\tsaturation/engine.go:1\t"
    lines += [
        f'{head}No requests in retention period, scaling to zero\t{{"modelID": "org/model",'
        ' "namespace": "ns", "retentionPeriod": "10m0s"}',
        f'{head}Scale-to-zero enforcement applied\t{{"modelID": "org/model"}}',
        f'{head}Processing decision for VA\t{{"variant": "ns/v", "action": "scale-down",'
        ' "current": 1, "target": 0}',
    ]
    (cycle,) = explained(logged("\n".join([*lines, end])))
    assert cycle.verdict == "agrees"
    assert "then scaled to zero" in cycle.sentence


def _summed(utilization: float, spare: float) -> str:
    """A cycle of v0.8.0 with two variants: only sums of the model, no capacity of a replica."""
    stamp = "2026-06-24T11:03:57Z\tINFO\tsaturation/"
    decisions = [
        f'{stamp}engine.go:1346\tProcessing decision for VA\t{{"variant": "ns/{name}",'
        ' "action": "no-change", "current": 1, "target": 1}'
        for name in ("a", "b")
    ]
    return "\n".join(
        [
            f'{stamp}engine.go:384\tGrouped VAs by model\t{{"modelCount": 1, "totalVAs": 2}}',
            f'{stamp}engine.go:799\tProcessing model (V2)\t{{"modelID": "{MODEL}",'
            ' "namespace": "ns", "variantCount": 2}',
            f'{stamp}engine_v2.go:111\tV2 saturation analysis completed\t{{"modelID": "{MODEL}",'
            f' "totalSupply": 1000, "totalDemand": 800, "utilization": {utilization},'
            f' "requiredCapacity": 0, "spareCapacity": {spare}, "scaleUpThreshold": 0.85,'
            ' "scaleDownBoundary": 0.7}',
            *decisions,
            f'{stamp}engine.go:463\tOptimization completed successfully\t{{"mode": "saturation"}}',
        ]
    )


def test_sums_without_a_capacity_are_held_against_each_other() -> None:
    assert explained(logged(_summed(0.8, 0)))[0].verdict == "agrees"
    assert differing(explained(logged(_summed(0.6, 0)))[0]) == {"saturation utilisation"}
    spare = _summed(0.8, 0).replace('"totalDemand": 800', '"totalDemand": 400')
    (cycle,) = explained(logged(spare.replace('"utilization": 0.8', '"utilization": 0.4')))
    assert differing(cycle) == {"saturation spare"}
