"""Roles decide separately: the log has only the sum of their demands, and targets reveal the
parts."""

import pytest

from tests.core.explain.logs import analyzer, token_cycle
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2


def cycle(demand: float, v: tuple[int, int], d: tuple[int, int], **edges: float) -> CycleExplained:
    """A cycle of v0.9 with prefill `v` of 1000 and decode `d` of 10000 per replica, each as
    (current, target). `edges`: other thresholds of the analyzer."""
    supply = 1000.0 * v[0] + 10_000.0 * d[0]
    result = analyzer("saturation", supply, demand, 1000.0, **edges)
    result["variants"] = [
        {"name": "v", "prc": 1000.0, "role": "prefill", "reason": "P3-k2"},
        {"name": "d", "prc": 10_000.0, "role": "decode", "reason": "P3-k2"},
    ]
    (found,) = explained(logged("\n".join(token_cycle(0, *v, [result], d=d))))
    return found


def spans(found: CycleExplained) -> dict[str, tuple[float, float]]:
    made = found.explanations[0].recomputed
    assert isinstance(made, RecomputedV2)
    assert made.demand is not None
    return dict(made.demand.spans["saturation"])


def test_the_demand_of_each_role_is_fitted_to_the_targets() -> None:
    found = cycle(11_000.0, (1, 4), (1, 1))
    assert found.verdict == "agrees"
    low, high = spans(found)["prefill"]
    # 3 more of 1000 from anticipated 1000: between 0.85 x 3000 and 0.85 x 4000, and decode stays
    assert 0.85 * 3000 <= low < high <= 0.85 * 4000 + 1e-6
    assert spans(found)["decode"] == (11_000.0 - high, 11_000.0 - low)
    assert "prefill needs more at a demand of" in found.sentence
    assert "fitted" in found.sentence


@pytest.mark.parametrize(("v", "d"), [((1, 1), (1, 9)), ((1, 20), (1, 1)), ((3, 1), (1, 5))])
def test_targets_that_no_demand_of_the_roles_gives_are_not_explained(
    v: tuple[int, int], d: tuple[int, int]
) -> None:
    found = cycle(12_000.0, v, d)
    assert found.verdict == "unexplained"
    assert found.explanations[0].missing == ("a demand of each role that gives these targets",)


def test_a_threshold_of_nothing_asks_for_no_replica_of_any_role() -> None:
    found = cycle(4_000.0, (1, 1), (1, 1), scaleUpThreshold=0.0)
    assert found.verdict == "agrees"
