"""A replica limit that no line states is inferred from the target that the rule would exceed."""

import json

import pytest

from tests.core.explain.logs import analyzer, token_cycle
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.to_json import known_by


def full(current: int, demand: float) -> list[dict[str, object]]:
    return [analyzer("saturation", 1000.0 * current, demand, 1000.0)]


def cycles(*steps: tuple[int, int, float]) -> tuple[CycleExplained, ...]:
    """Explained cycles of (current, target, demand); a replica has a capacity of 1000."""
    lines: list[str] = []
    for number, (current, target, demand) in enumerate(steps):
        lines += token_cycle(number, current, target, full(current, demand))
    return explained(logged("\n".join(lines)))


def test_a_maximum_that_only_its_repeated_clamp_shows_is_fitted() -> None:
    found = cycles((9, 10, 12e3), (10, 10, 1e5), (10, 10, 1e5), (10, 1, 10.0))
    assert [one.verdict for one in found] == ["agrees"] * 4
    assert [known_by(one) for one in found] == ["fitted", "fitted", "fitted", "stated"]
    assert found[1].sentence.endswith(
        "but maxReplicas is 10 (fitted: 3 cycles stop there, and none goes beyond)"
    )


def test_a_target_that_stops_once_shows_no_maximum() -> None:
    found = cycles((9, 10, 12e3), (10, 20, 15e3))
    assert [one.verdict for one in found] == ["mismatch", "mismatch"]
    assert "but the rule gives 15" in found[0].sentence


def test_a_maximum_that_is_raised_holds_until_then() -> None:
    found = cycles((10, 10, 1e5), (10, 10, 1e5), (10, 20, 1e5), (20, 20, 1e5))
    assert [one.verdict for one in found] == ["agrees"] * 4


def test_a_minimum_that_only_its_repeated_clamp_shows_is_fitted() -> None:
    found = cycles((5, 3, 10.0), (3, 3, 10.0), (3, 3, 10.0))
    assert [one.verdict for one in found] == ["agrees"] * 3
    assert "minReplicas is 3 (fitted: 3 cycles stop there" in found[1].sentence


def test_a_target_that_is_passed_later_is_no_minimum() -> None:
    found = cycles((5, 3, 10.0), (3, 3, 10.0), (3, 3, 10.0), (3, 1, 10.0))
    assert [one.verdict for one in found] == ["mismatch"] * 3 + ["agrees"]


def saturated(number: int, current: int, target: int) -> list[str]:
    """One V1 cycle of v0.8.0 that wants another replica, at default verbosity."""
    at = f"2026-06-24T11:{number:02d}:26Z"
    verb = "scale-up" if target > current else "no-change"
    model = {"modelID": "m", "namespace": "ns"}
    numbers = {"totalReplicas": current, "nonSaturated": current, "avgSpareKv": 0.05}
    said: list[tuple[str, str, dict[str, object]]] = [
        ("engine.go:379", "Grouped VAs by model", {"modelCount": 1, "totalVAs": 1}),
        ("engine.go:565", "Processing model (V1)", {**model, "variantCount": 1}),
        (
            "engine.go:732",
            "Saturation analysis completed",
            {"modelID": "m", "role": "both", **numbers, "avgSpareQueue": 4.5}
            | {"shouldScaleUp": True, "scaleDownSafe": False}
            | {"scaleUpReason": "KV spare Saturation low (0.050 < 0.100)"},
        ),
        (
            "engine.go:1346",
            "Processing decision for VA",
            {"variant": "ns/v", "action": verb, "current": current, "target": target},
        ),
        ("engine.go:462", "Optimization completed successfully", {"mode": "saturation-only"}),
    ]
    return [f"{at}\tINFO\tsaturation/{c}\t{text}\t{json.dumps(f)}" for c, text, f in said]


def test_v1_s_clamp_at_the_default_maximum_of_two_is_fitted() -> None:
    steps = [(1, 2), (2, 2), (2, 2), (2, 2)]
    lines = [line for n, step in enumerate(steps) for line in saturated(n, *step)]
    found = explained(logged("\n".join(lines)))
    assert [one.verdict for one in found] == ["agrees"] * 4
    assert "but 2 is its limit (fitted: 3 cycles stop there" in found[3].sentence


def test_the_least_of_one_that_an_hpa_keeps_is_fitted_where_another_variant_could_go() -> None:
    result = full(1, 10.0)[0] | {"supply": 2000.0, "sc": 2000.0 - 10.0 / 0.7, "util": 0.005}
    each = {"prc": 1000.0, "role": "both", "reason": "P3-k2"}
    result["variants"] = [{"name": "v", **each}, {"name": "w", **each}]
    lines = token_cycle(0, 1, 1, [result | {"util": 10.0 / 2000.0}], w=(1, 1))
    bigger = result | {"supply": 3000.0, "sc": 3000.0 - 10.0 / 0.7, "util": 10.0 / 3000.0}
    lines += token_cycle(1, 2, 1, [bigger], w=(1, 1))
    found = explained(logged("\n".join(lines)))
    assert [one.verdict for one in found] == ["agrees", "agrees"]
    assert {known_by(one) for one in found} == {"fitted"}


NONE = '{"name": "v", "curr": 0, "tgt": 0, "action": "no-change"}, '


def two_variants(number: int, demand: float, **moves: tuple[int, int]) -> list[str]:
    """A cycle of HEAD; `moves`: variant → (current, target), with 100 tokens per replica."""
    variants = [{"name": n, "prc": 100.0, "role": "both", "reason": "P3"} for n in sorted(moves)]
    supply = 100.0 * sum(current for current, _ in moves.values())
    result = analyzer("saturation", supply, demand, 100.0, variants=variants)
    return [line.replace(NONE, "") for line in token_cycle(number, 0, 0, [result], **moves)]


@pytest.mark.parametrize(("first", "next_"), [("a", "b"), ("b", "a")])
def test_a_limit_that_passes_replicas_on_to_another_variant_shows_at_once(
    first: str, next_: str
) -> None:
    """Neither costs nor limits are logged: `first` grows up to its limit, `next_` gets the rest."""
    before = two_variants(0, 250.0, **{first: (1, 2), next_: (1, 1)})

    def cycles_to(target: int) -> tuple[CycleExplained, ...]:
        clamped = two_variants(1, 420.0, **{first: (2, 3), next_: (1, target)})
        return explained(logged("\n".join([*before, *clamped])))

    honest, lying = cycles_to(2), cycles_to(4)
    assert [one.verdict for one in honest] == ["agrees", "agrees"]
    assert f"cheapest for what a replica gives: {first} (100 tokens), {next_}" in honest[1].sentence
    assert f"; {first} is at its maximum of 3 (fitted: 1 cycle stops there" in honest[1].sentence
    assert [one.verdict for one in lying] == ["agrees", "mismatch"]
