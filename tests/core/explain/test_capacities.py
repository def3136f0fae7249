"""V2 up to v0.8.0 logs only sums: the capacity of a replica of each of two variants is fitted."""

from tests.core.explain.logs import MODEL
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.to_json import known_by

Step = tuple[tuple[int, int], tuple[int, int], float, float]
"""(current, target) of `a` and of `b`, supply, demand."""
STEPS: tuple[Step, ...] = (
    ((1, 1), (1, 1), 500.0, 400.0),
    ((1, 2), (1, 1), 500.0, 480.0),
    ((2, 2), (1, 1), 700.0, 520.0),
    ((2, 1), (1, 1), 700.0, 330.0),
)
"""Cycles in which a replica of `a` has a capacity of 200, and one of `b` of 300."""


def cycles(*steps: Step) -> tuple[CycleExplained, ...]:
    lines: list[str] = []
    for number, (a, b, supply, demand) in enumerate(steps):
        stamp = f"2026-06-24T11:{number:02d}:00Z\tINFO\tsaturation/"
        required = max(0.0, demand / 0.85 - sum(n * c for n, c in ((a[0], 200), (b[0], 300))))
        spare = max(0.0, supply - demand / 0.7)
        lines += [
            f'{stamp}engine.go:384\tGrouped VAs by model\t{{"modelCount": 1, "totalVAs": 2}}',
            f'{stamp}engine.go:799\tProcessing model (V2)\t{{"modelID": "{MODEL}",'
            ' "namespace": "ns", "variantCount": 2}',
            f'{stamp}engine_v2.go:111\tV2 saturation analysis completed\t{{"modelID": "{MODEL}",'
            f' "totalSupply": {supply}, "totalDemand": {demand}, "utilization": {demand / supply},'
            f' "requiredCapacity": {required}, "spareCapacity": {spare},'
            ' "scaleUpThreshold": 0.85, "scaleDownBoundary": 0.7}',
        ]
        for name, (current, target) in (("a", a), ("b", b)):
            verb = "scale-up" if target > current else "scale-down" if target < current else ""
            lines.append(
                f'{stamp}engine.go:1346\tProcessing decision for VA\t{{"variant": "ns/{name}",'
                f' "action": "{verb or "no-change"}", "current": {current}, "target": {target}}}'
            )
        lines.append(
            f'{stamp}engine.go:463\tOptimization completed successfully\t{{"mode": "saturation"}}'
        )
    return explained(logged("\n".join(lines)))


def test_the_capacities_of_two_variants_are_fitted_to_the_sums() -> None:
    told = cycles(*STEPS)
    assert [one.verdict for one in told] == ["agrees"] * 4
    (result,) = told[1].explanations[0].case.results
    assert {v.name: v.per_replica for v in result.variants} == {"a": 200.0, "b": 300.0}
    assert known_by(told[1]) == "fitted"
    assert any("1 a x 200 [fitted]" in step.text for step in told[1].explanations[0].steps)


def test_a_target_that_the_fitted_capacities_do_not_give_is_a_mismatch() -> None:
    lying: Step = ((1, 4), (1, 1), 500.0, 480.0)
    told = cycles(STEPS[0], lying, *STEPS[2:])
    assert [one.verdict for one in told] == ["agrees", "mismatch", "agrees", "agrees"]


def test_a_supply_that_the_fitted_capacities_do_not_make_is_not_explained() -> None:
    lying: Step = ((1, 2), (1, 1), 550.0, 480.0)
    assert cycles(STEPS[0], lying, *STEPS[2:])[1].verdict != "agrees"


def test_counts_that_never_change_tell_no_capacity() -> None:
    growing: Step = ((1, 2), (1, 1), 500.0, 480.0)
    (one,) = cycles(growing)
    assert one.verdict == "unexplained"
    assert one.sentence.endswith("the log lacks capacity of a replica of a, b (saturation)")
