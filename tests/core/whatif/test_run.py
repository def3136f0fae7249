"""The course of alternatives, and their figures."""

from dataclasses import replace

import pytest

from tests.core.whatif.made import ASSUMED, NAME, T0, loads, recorded, round_
from tests.core.whatif.manifests import benchmark_hpa, hpa, keda
from wvatui.core.rules.wva.saturation_v1 import V1Replica, analyze
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.alternative import OWN, Alternative
from wvatui.core.whatif.course import Limit, turns
from wvatui.core.whatif.recorded.recorded import (
    DecisionRound,
    Recorded,
    RecordedResult,
    ReplicaChange,
)
from wvatui.core.whatif.report import averages
from wvatui.core.whatif.run import real, run
from wvatui.core.whatif.stands import Impossible
from wvatui.core.whatif.trial import Trial

BENCHMARK = Settings(kv_spare_trigger=0.3)
"""WVA's thresholds in the HPA-versus-WVA benchmark."""
HOT = [(0.98, 40.0), (0.20, 0.0)]


def hot_pod() -> Recorded:
    rounds = [round_(30.0 * n, HOT, 2, settings=BENCHMARK) for n in range(120)]
    return recorded([(0.0, HOT)], until_s=3600, rounds=rounds, settings=BENCHMARK)


def test_the_non_saturated_average_leaves_the_hot_pod_out() -> None:
    found = analyze(
        [V1Replica(load.pod, NAME, load.kv, load.waiting) for load in loads(*HOT)], Settings()
    )
    (variant,) = found.variants
    assert variant.saturated == ("llama-0",)
    assert variant.avg_kv == pytest.approx(0.59)
    assert Settings().kv_cache_threshold - found.avg_spare_kv == pytest.approx(0.20)


def test_on_a_hot_pod_the_benchmarks_hpa_climbs_past_what_wva_needs() -> None:
    found = hot_pod()
    wva = run(found, OWN, ASSUMED)
    other = run(found, Alternative("HPA", "scaler", scaler=benchmark_hpa()), ASSUMED)
    assert wva.figures.peak == 2
    assert other.figures.peak == 10
    assert other.figures.replica_minutes > 4 * wva.figures.replica_minutes
    # One pod a minute, after the window of four minutes.
    assert [d.at - T0 for d in other.decisions[:3]] == [240.0, 300.0, 360.0]
    assert other.averages is not None
    assert other.averages.kv > other.averages.free_kv
    assert other.averages.waiting > 3.0
    assert other.averages.free_waiting == 0.0
    assert "leaves the saturated ones out" in averages(other.averages, T0)


def test_the_recordings_own_rule_decides_what_was_decided() -> None:
    checked = run(hot_pod(), OWN, ASSUMED).checked
    assert (checked.compared, checked.same, checked.not_modelled) == (120, 120, 0)


def test_a_decision_that_the_rule_does_not_come_to_is_told_with_both_sides() -> None:
    rounds = [round_(0.0, HOT, 2), round_(30.0, HOT, 5)]
    checked = run(recorded([(0.0, HOT)], until_s=60, rounds=rounds), OWN, ASSUMED).checked
    assert checked.same == 1
    assert checked.differing == ((T0 + 30.0, NAME, 5, 2),)


def test_model_based_cycles_are_not_modelled_and_hold_what_was_decided() -> None:
    cycle = DecisionRound(T0, "model", Settings(), {NAME: 2}, {NAME: 6}, loads=loads(*HOT))
    found = run(recorded([(0.0, HOT)], until_s=60, rounds=[cycle]), OWN, ASSUMED)
    assert (found.checked.compared, found.checked.not_modelled) == (0, 1)
    assert found.figures.peak == 2


def test_another_threshold_leaves_the_recorded_course_at_its_first_other_decision() -> None:
    busy = [(0.55, 0.0), (0.55, 0.0)]
    rounds = [round_(30.0 * n, busy, 2) for n in range(10)]
    found = recorded([(0.0, busy)], until_s=300, rounds=rounds)
    same = run(found, OWN, ASSUMED)
    assert not same.decisions
    earlier = run(found, Alternative("a", "own", changes=(("kvSpareTrigger", 0.3),)), ASSUMED)
    assert earlier.decisions[0].target == 3
    # Decided at 0, the scale target 15 s later, serving a boot later.
    assert [(s.at - T0, s.exist, s.serving) for s in earlier.steps if s.at < T0 + 80] == [
        (0.0, 2, 2),
        (15.0, 3, 2),
        (75.0, 3, 3),
    ]


def test_a_fixed_number_of_replicas_costs_what_it_holds() -> None:
    found = run(
        recorded([(0.0, HOT)], until_s=3600), Alternative("4", "static", replicas=4), ASSUMED
    )
    assert found.figures.replica_minutes == pytest.approx(240.0)
    assert found.figures.cost == pytest.approx(40.0)
    assert (found.figures.changes, found.figures.gap) == (0, 0)


def test_no_replicas_at_all_are_saturated_by_any_demand() -> None:
    found = run(
        recorded([(0.0, HOT)], until_s=600), Alternative("0", "static", replicas=0), ASSUMED
    )
    assert found.figures.saturated == 1.0
    assert found.figures.replica_minutes == 0.0


def test_without_a_unit_cost_there_is_no_cost() -> None:
    figures, _ = real(recorded([(0.0, HOT)], until_s=60, cost=None))
    assert figures.cost is None


def test_one_full_replica_of_four_counts_whole_for_any_and_not_at_all_for_all() -> None:
    figures, _ = real(recorded([(0.0, [(0.95, 0.0), *[(0.1, 0.0)] * 3])], until_s=60))
    assert (figures.saturated, figures.all_saturated) == (1.0, 0.0)


def test_a_gap_in_the_recording_counts_for_no_share_of_time() -> None:
    idle = [(0.1, 0.0)]
    found = recorded([(0.0, HOT[:1]), (60.0, None), (120.0, idle)], until_s=180)
    figures, _ = real(found)
    assert figures.saturated == pytest.approx(0.5)


def test_the_share_above_a_chosen_limit_is_told() -> None:
    found = recorded([(0.0, [(0.5, 0.0)]), (60.0, [(0.75, 0.0)])], until_s=120)
    figures, _ = real(found, Limit("kv", 0.7))
    assert figures.above == pytest.approx(0.5)
    assert figures.saturated == 0.0


def test_keda_goes_by_its_query() -> None:
    query = "sum(vllm:num_requests_waiting)"
    found = recorded([(0.0, HOT)], until_s=900)
    outcome = run(found, Alternative("KEDA", "scaler", scaler=keda(query, 10, high=6)), ASSUMED)
    assert outcome.figures.peak == 4  # ceil(40 / 10)


def test_a_rule_decides_from_the_start_where_no_controller_decided() -> None:
    """It used to be shown as the recorded course, since there was no decision to depart from."""
    busy = [(0.95, 20.0)]
    outcome = run(recorded([(0.0, busy)], until_s=300), Alternative("V1", "v1"), ASSUMED)
    assert outcome.decisions[0].target > 1
    assert outcome.figures.peak > 1


def test_a_paused_scaled_object_changes_nothing() -> None:
    scaler = keda("sum(vllm:num_requests_waiting)", 1, high=6, paused=True)
    outcome = run(
        recorded([(0.0, HOT)], until_s=900), Alternative("KEDA", "scaler", scaler=scaler), ASSUMED
    )
    assert outcome.figures.changes == 0


def test_an_hpa_on_the_controllers_decisions_acts_at_its_own_pace() -> None:
    busy = [(0.75, 0.0), (0.75, 0.0)]
    rounds = [round_(30.0 * n, busy, 3, current=2) for n in range(20)]
    found = recorded([(0.0, busy)], until_s=600, rounds=rounds)
    slow = hpa("wva_desired_replicas", 1, up_window_s=120)
    outcome = run(found, Alternative("own", "own", scaler=slow), ASSUMED)
    first = next(step for step in outcome.steps if step.exist > 2)
    assert first.at - T0 >= 120.0


def result(demand: float, supply: float, per_replica: float) -> RecordedResult:
    required = max(0.0, demand / 0.85 - supply)
    spare = max(0.0, supply - demand / 0.7)
    return RecordedResult(
        "saturation", supply, demand, required, spare, 0.85, 0.7, {NAME: per_replica}
    )


def v2_round(at_s: float, demand: float, current: int, target: int) -> DecisionRound:
    return DecisionRound(
        T0 + at_s,
        "v2",
        Settings(),
        {NAME: current},
        {NAME: target},
        results=(result(demand, current * 100.0, 100.0),),
    )


def test_v2_counts_a_measured_replica_that_is_not_ready_twice_as_head_does() -> None:
    rounds = [replace(v2_round(30.0 * n, 160.0, 2, 2), pending={NAME: 1}) for n in range(10)]
    two = (ReplicaChange(T0, {NAME: 2}),)
    found = recorded([(0.0, None)], until_s=300, rounds=rounds, replicas=two, serving=two)
    careful = run(found, Alternative("x", "own", changes=(("scaleUpThreshold", 0.6),)), ASSUMED)
    assert careful.decisions == ()  # 160 / 0.6 = 267, and 300 are there: one counts twice


def test_v2_keeps_the_demand_of_the_log_whatever_the_replicas() -> None:
    rounds = [v2_round(30.0 * n, 160.0, 2, 2) for n in range(10)]
    two = (ReplicaChange(T0, {NAME: 2}),)
    found = recorded([(0.0, None)], until_s=300, rounds=rounds, replicas=two, serving=two)
    own = run(found, OWN, ASSUMED)
    assert own.checked.same == 10
    careful = run(found, Alternative("x", "own", changes=(("scaleUpThreshold", 0.6),)), ASSUMED)
    assert careful.decisions[0].target == 3  # 160 / 0.6 - 200 = 67 of 100
    assert len(careful.decisions) == 1  # with three 160 / 0.6 fits


def test_thresholds_of_another_rule_are_refused_and_not_passed_over() -> None:
    rounds = [v2_round(0.0, 160.0, 2, 2)]
    found = recorded([(0.0, HOT)], until_s=300, rounds=rounds)
    with pytest.raises(Impossible, match="kvSpareTrigger belongs to the V1 rule"):
        run(found, Alternative("x", "own", changes=(("kvSpareTrigger", 0.3),)), ASSUMED)
    with pytest.raises(Impossible, match="capacity of a replica"):
        run(found, Alternative("x", "own", changes=(("kvCacheThreshold", 0.7),)), ASSUMED)


def test_a_log_without_replicas_cannot_tell_of_an_hpa() -> None:
    found = recorded([(0.0, None)], until_s=300, rounds=[v2_round(0.0, 160.0, 2, 2)])
    with pytest.raises(Impossible, match="needs KV and queue of each replica"):
        run(found, Alternative("HPA", "scaler", scaler=benchmark_hpa()), ASSUMED)


def test_turns_are_changes_against_the_one_before() -> None:
    assert turns([1, 2, 3, 2, 2, 3, 1]) == (5, 3)
    assert turns([]) == (0, 0)


def test_more_replicas_than_can_be_reckoned_with_are_refused_in_words() -> None:
    asked = Alternative("many", "static", replicas=10**15)
    row = Trial(hot_pod(), {}).row(asked)
    assert row.figures is None
    assert row.impossible.startswith("1,000,000,000,000,000 replicas of a variant: what-if reckons")
    rounds = [round_(30.0 * n, HOT, 2, current=10**9) for n in range(2)]
    seen = ReplicaChange(T0, {NAME: 10**9})
    found = replace(recorded([(0.0, HOT)], until_s=60, rounds=rounds), replicas=(seen,))
    assert "1,000,000,000 replicas" in Trial(found, {}).row(OWN).impossible


def test_many_replicas_over_many_moments_are_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wvatui.core.whatif.run.MOST_SHARED", 50_000)
    row = Trial(hot_pod(), {}).row(Alternative("many", "static", replicas=1_000))
    assert "1,000 replicas over" in row.impossible
    assert row.impossible.endswith("take too long to reckon")
