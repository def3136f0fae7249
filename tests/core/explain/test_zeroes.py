"""v0.9.0-rc1 prints 0 for required and spare, and no thresholds: decisions reveal them."""

import json
from datetime import UTC, datetime

from tests.core.explain.logs import MODEL, START
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained

STEPS = (
    (1, 1, 840.0),
    (1, 2, 900.0),
    (2, 2, 1500.0),
    (2, 3, 1800.0),
    (3, 3, 1500.0),
    (3, 2, 1300.0),
    (2, 1, 100.0),
)
"""(current, target, demand) with thresholds of 0.85 and 0.7; a replica has a capacity of 1000."""


def line(at: float, caller: str, message: str, **fields: object) -> str:
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"level": "info", "ts": stamp, "caller": caller, "msg": message, **fields})


def cycles(*steps: tuple[int, int, float]) -> tuple[CycleExplained, ...]:
    lines: list[str] = []
    for number, (current, target, demand) in enumerate(steps):
        at, supply = START + 30.0 * number, 1000.0 * current
        verb = "scale-up" if target > current else "scale-down" if target < current else "no-change"
        lines += [
            line(at, "saturation/engine.go:380", "Grouped VAs by model", modelCount=1, totalVAs=1),
            line(
                at,
                "saturation/engine.go:774",
                "Processing model (V2)",
                modelID=MODEL,
                namespace="ns",
                variantCount=1,
            ),
            line(
                at,
                "saturation/engine_v2.go:67",
                "V2 saturation analysis completed",
                modelID=MODEL,
                totalSupply=supply,
                totalDemand=demand,
                utilization=demand / supply,
                requiredCapacity=0,
                spareCapacity=0,
            ),
            line(
                at,
                "saturation/engine.go:1316",
                "Processing decision for VA",
                variant="ns/v",
                action=verb,
                current=current,
                target=target,
            ),
            line(at, "saturation/engine.go:463", "Optimization completed successfully", mode="x"),
        ]
    return explained(logged("\n".join(lines)))


def test_the_thresholds_are_fitted_to_the_decisions_and_their_span_is_told() -> None:
    told = cycles(*STEPS)
    assert [one.verdict for one in told] == ["agrees"] * len(STEPS)
    limits = told[0].explanations[0].case.limits
    assert (limits.scale_up.value, limits.scale_up.source) == (0.85, "fitted")
    assert (limits.scale_down.value, limits.scale_down.source) == (0.7, "fitted")
    assert limits.scale_up.where.startswith("7 of 7 decisions follow with it; 0.85")


def test_other_thresholds_than_the_defaults_are_found() -> None:
    """The thresholds are 0.6 and 0.4."""
    told = cycles((1, 1, 590.0), (1, 2, 620.0), (2, 2, 420.0), (3, 2, 750.0), (2, 1, 390.0))
    assert [one.verdict for one in told] == ["agrees"] * 5
    limits = told[0].explanations[0].case.limits
    assert (limits.scale_up.value, limits.scale_down.value) == (0.6, 0.4)


def test_a_target_that_the_other_decisions_forbid_is_a_mismatch() -> None:
    for index, wrong in ((1, (1, 1, 900.0)), (3, (2, 4, 1800.0)), (5, (3, 1, 1300.0))):
        told = cycles(*STEPS, *STEPS[:index], wrong, *STEPS[index + 1 :])
        assert [one.number - 1 for one in told if one.verdict != "agrees"] == [7 + index]
        assert told[7 + index].verdict == "mismatch"


def test_decisions_that_follow_with_no_thresholds_tell_none() -> None:
    told = cycles((1, 4, 100.0), (4, 1, 3900.0), (1, 3, 200.0))
    assert {one.verdict for one in told} == {"unexplained"}
    assert told[0].sentence.endswith("the log lacks scaleUpThreshold, scaleDownBoundary")
