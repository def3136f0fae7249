"""Explanations of V2 and of the model-based rule; what a log lacks is named."""

import pytest

from tests.core.explain.logs import analyzer, sized_cycle, token_cycle
from tests.core.folding import logged
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.to_json import share
from wvatui.core.explain.wva_v2.weighed import _solutions
from wvatui.core.rows.cycle_rows import cycles
from wvatui.core.rules.wva.model.model_based import LatencyTargets, ModelLoad, allocate
from wvatui.core.rules.wva.model.queueing import Parameters

QUIET = [analyzer("saturation", 1000.0, 100.0, 1000.0)]
HUNGRY = [
    analyzer("saturation", 329_011.0, 5_889.0, 329_011.0),
    analyzer("throughput", 343.127, 859.28, 343.127),
]
H100 = Parameters(alpha=7.47, beta=0.044, gamma=15.415, delta=0.000337)


def one(*cycles: list[str]) -> list[str]:
    return [line for cycle in cycles for line in cycle]


def test_the_sentence_names_the_analyzer_that_needs_more() -> None:
    found = explained(logged("\n".join(token_cycle(0, 1, 3, HUNGRY))))
    assert found[0].verdict == "agrees"
    assert found[0].sentence == (
        "1→3: the throughput analyzer needs 668 tok/s more, a replica gives 343"
    )
    texts = [step.text for step in found[0].explanations[0].steps if step.section == "Votes"]
    assert any("throughput: 1 + 2 replicas = 3" in text and "highest" in text for text in texts)


def test_a_measured_replica_that_is_not_ready_is_counted_twice_as_head_does() -> None:
    hungry = [analyzer("saturation", 2000.0, 4000.0, 1000.0, rc=4000.0 / 0.85 - 3000.0)]
    (found,) = explained(logged("\n".join(token_cycle(0, 2, 4, hungry))))
    assert found.verdict == "agrees"
    assert found.sentence == (
        "2→4: the saturation analyzer needs 1,706 tokens more, a replica gives 1,000"
        " (1 replica starting counted)"
    )


def test_more_replicas_on_their_way_than_there_are_is_a_mismatch() -> None:
    lying = [analyzer("saturation", 2000.0, 8000.0, 1000.0, rc=8000.0 / 0.85 - 5000.0)]
    (found,) = explained(logged("\n".join(token_cycle(0, 2, 7, lying))))
    assert "saturation required" in [c.quantity for c in found.explanations[0].differing]


def test_another_target_is_a_mismatch_with_both_sides() -> None:
    found = explained(logged("\n".join(token_cycle(0, 1, 2, HUNGRY))))
    assert found[0].verdict == "mismatch"
    (check,) = found[0].explanations[0].differing
    assert (check.quantity, check.logged, check.recomputed) == ("target", 2, 3)
    assert found[0].sentence.startswith("1→2, but the rule gives 3: the throughput analyzer needs")


def test_a_wrong_requirement_is_a_mismatch() -> None:
    lying = [analyzer("saturation", 1000.0, 900.0, 1000.0, rc=10.0)]
    found = explained(logged("\n".join(token_cycle(0, 1, 2, lying))))
    assert [c.quantity for c in found[0].explanations[0].differing] == ["saturation required"]


def test_a_supply_of_no_whole_replicas_is_a_mismatch() -> None:
    found = explained(
        logged("\n".join(token_cycle(0, 1, 1, [analyzer("saturation", 1500.0, 900.0, 1000.0)])))
    )
    assert found[0].verdict == "mismatch"


def test_a_silent_analyzer_vetoes_for_three_cycles_and_then_has_no_vote() -> None:
    both = [
        analyzer("saturation", 3000.0, 100.0, 1000.0),
        analyzer("throughput", 3000.0, 100.0, 1000.0),
    ]
    quiet = [both[0], analyzer("throughput", 0.0, 0.0, 0.0)]
    log = one(
        token_cycle(0, 3, 1, both),
        token_cycle(1, 3, 3, quiet),
        token_cycle(2, 3, 3, quiet),
        token_cycle(3, 3, 1, quiet),
    )
    found = explained(logged("\n".join(log)))
    assert [cycle.verdict for cycle in found] == ["agrees"] * 4
    assert found[1].sentence == (
        "held at 3: the throughput analyzer is live without data, last report 16:00:00,"
        " and vetoes scale-down, although saturation could spare 2"
    )
    assert "last report 16:00:00" in found[2].sentence


def test_replicas_that_start_are_counted_by_what_the_supply_lacks() -> None:
    starting = [analyzer("saturation", 1000.0, 1900.0, 1000.0, rc=0.0)]
    found = explained(logged("\n".join(token_cycle(0, 3, 3, starting))))
    assert found[0].verdict == "agrees"
    assert "2 replicas starting will give enough" in found[0].sentence


def test_a_cycle_that_the_log_cuts_off_is_unexplained() -> None:
    lines = one(token_cycle(0, 1, 1, QUIET), token_cycle(1, 1, 1, QUIET)[:3])
    found = explained(logged("\n".join(lines)))
    assert [cycle.verdict for cycle in found] == ["agrees", "unexplained"]
    assert "the log stops within it" in found[1].explanations[0].missing[0]


def test_a_failed_cycle_says_what_failed_and_what_stays() -> None:
    head = token_cycle(0, 2, 2, [analyzer("saturation", 2000.0, 1500.0, 1000.0)])
    start = [line for line in token_cycle(1, 2, 2, []) if "scaling-decision" not in line]
    stamp = start[0].partition("\t")[0]
    failed = f'{stamp}\tERROR\tx.go:1\tModel data preparation failed\t{{"modelID": "org/model", "error": "a: b: connection refused"}}'  # noqa: E501
    net = f'{stamp}\tINFO\tx.go:2\tSafety net activated: emitted fallback metrics\t{{"variant": "v", "currentReplicas": 0, "desiredReplicas": 2, "fallbackSource": "previous-desired"}}'  # noqa: E501
    found = explained(logged("\n".join([*head, *start[:2], failed, net, start[-1]])))
    assert found[1].verdict == "agrees"
    assert found[1].sentence == (
        "nothing was decided: Model data preparation failed: connection refused"
        " (v stays advertised at 2)"
    )


# --- the model-based rule -----------------------------------------------------------------


def solution(rate: float, **lies: float) -> dict[str, float]:
    found = allocate(
        H100, ModelLoad(rate, 250.0, 400.0), LatencyTargets(1000.0, 10.0), cost=100.0, current=1
    )
    assert found is not None
    return {
        "rate": rate,
        "inTk": 250 if rate else 0,
        "outTk": 400 if rate else 0,
        "numRep": found.replicas,
        "itl": found.itl_ms,
        "ttft": found.ttft_ms,
        "maxRPM": found.max_per_min,
        **lies,
    }


def test_the_models_parameters_are_recovered_from_two_solutions() -> None:
    log = one(
        sized_cycle(0, 1, 1, solution(0.0)),
        sized_cycle(1, 1, int(solution(1800.0)["numRep"]), solution(1800.0)),
    )
    found = explained(logged("\n".join(log)))
    assert [cycle.verdict for cycle in found] == ["agrees"] * 2
    sizing = found[0].explanations[0].case.sizing["v"]
    assert sizing.parameters_source == "recovered"
    assert sizing.parameters == pytest.approx(tuple(H100), rel=1e-3)
    assert "1,800 requests/min arrive" in found[1].sentence
    rates = [row.arrivals_per_min for row in cycles(logged("\n".join(log)))]
    assert rates == [1800.0, 0.0]


def test_a_wrong_solution_is_a_mismatch() -> None:
    log = one(
        sized_cycle(0, 1, 1, solution(0.0)),
        sized_cycle(1, 1, 3, solution(1800.0)),
        sized_cycle(2, 3, 9, solution(2400.0, numRep=9)),
    )
    found = explained(logged("\n".join(log)))
    assert [cycle.verdict for cycle in found] == ["agrees", "agrees", "mismatch"]
    assert "but the rule gives" in found[2].sentence


def test_a_model_whose_parameters_nothing_tells_is_unexplained() -> None:
    found = explained(logged("\n".join(sized_cycle(0, 1, 1, solution(0.0)))))
    assert found[0].verdict == "unexplained"
    assert found[0].explanations[0].missing == ("alpha, beta, gamma and delta of v",)


def test_spare_that_is_all_there_is_tells_no_boundary() -> None:
    whole = analyzer("saturation", 1000.0, 100.0, 1000.0, sc=1000.0, scaleDownBoundary=None)
    (found,) = explained(logged("\n".join(token_cycle(0, 1, 1, [whole]))))
    assert found.explanations[0].case.limits.scale_down.value is None


@pytest.mark.parametrize("names", ["v", "vw"])
def test_a_supply_beyond_any_number_of_replicas_is_made_by_none(names: str) -> None:
    assert list(_solutions({}, dict.fromkeys(names, 5e-324), 1e18)) == []


def test_a_cycle_that_failed_and_does_not_say_what_it_keeps_is_unexplained() -> None:
    start = token_cycle(0, 2, 2, [])
    stamp = start[0].partition("\t")[0]
    failed = f'{stamp}\tERROR\tx.go:1\tModel data preparation failed\t{{"modelID": "org/model"}}'
    lines = [line for line in start if "scaling-decision" not in line]
    (found,) = explained(logged("\n".join([*lines[:2], failed, lines[-1]])))
    assert found.verdict == "unexplained"
    assert found.explanations[0].missing == ("what stays advertised without an analysis",)


@pytest.mark.parametrize(("emitted", "verdict"), [(2, "agrees"), (5, "mismatch")])
def test_what_is_emitted_without_an_analysis_is_held_against_the_current_replicas(
    emitted: int, verdict: str
) -> None:
    start = token_cycle(0, 2, 2, [])
    stamp = start[0].partition("\t")[0]
    skipped = f"{stamp}\tINFO\tx.go:1\tNo saturation metrics available for model, skipping analysis"
    kept = (
        f"{stamp}\tINFO\tx.go:2\tEmitReplicaMetrics completed\t"
        f'{{"variantName": "v", "currentReplicas": 2, "desiredReplicas": {emitted}}}'
    )
    lines = [line for line in start if "scaling-decision" not in line]
    log = [*lines[:2], f'{skipped}\t{{"modelID": "org/model"}}', kept, lines[-1]]
    (found,) = explained(logged("\n".join(log)))
    assert found.verdict == verdict
    assert f"v stays advertised at {emitted}" in found.sentence


def test_a_cycle_to_which_no_rule_was_applied_is_not_counted_as_explained() -> None:
    nothing = "no model was processed"
    numbers = share([CycleExplained(at=0.0, number=1, nothing=nothing, decided=("v",))])
    assert (numbers["cycles"], numbers["explained"], numbers["unexplained"]) == (1, 0, 1)
    assert numbers["unexplained_cycles"][0]["missing"] == [nothing]


def test_a_cycle_that_decided_nothing_is_counted_apart() -> None:
    nothing = "no model was processed"
    numbers = share([CycleExplained(at=0.0, number=1, nothing=nothing)])
    assert (numbers["cycles"], numbers["unexplained"], numbers["undecided"]) == (0, 0, 1)
    assert numbers["share"] is None
    assert numbers["undecided_cycles"][0]["missing"] == [nothing]
