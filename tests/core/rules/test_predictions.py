"""Predictions compared with the next observation, and observations with the targets."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.predictions import align, errors, violates


class At(NamedTuple):
    at: float


def moments(*at: float) -> list[At]:
    return [At(moment) for moment in at]


def test_a_prediction_meets_the_first_observation_after_it_and_never_its_own() -> None:
    assert align(moments(0, 60), moments(0, 60, 120)) == [(At(0), At(60)), (At(60), At(120))]


def test_of_several_predictions_before_one_observation_the_newest_counts() -> None:
    assert align(moments(0, 10, 20), moments(30)) == [(At(20), At(30))]


def test_a_prediction_that_nothing_followed_is_not_paired() -> None:
    assert align(moments(90), moments(30, 90)) == []


@given(st.lists(st.integers(0, 50), max_size=8), st.lists(st.integers(0, 50), max_size=8))
def test_pairs_go_forward_in_time_and_use_each_observation_once(made, seen) -> None:
    pairs = align(moments(*made), moments(*seen))
    assert all(prediction.at < observation.at for prediction, observation in pairs)
    assert len({observation for _, observation in pairs}) == len(pairs)


def test_errors_are_observed_minus_predicted_and_leave_out_what_is_not_known() -> None:
    found = errors([(10.0, 12.0), (10.0, 8.0), (None, 5.0), (5.0, None)])
    assert found is not None
    assert (found.mean, found.abs_mean, found.count) == (0.0, 2.0, 2)
    assert round(found.sd, 3) == 2.828
    assert errors([(None, 1.0)]) is None


def test_a_target_of_0_is_none_and_what_is_not_known_breaks_none() -> None:
    slo = LatencyTargets(ttft_ms=1000.0, itl_ms=24.0)
    assert violates(slo, 24.1, None)
    assert violates(slo, None, 1000.5)
    assert not violates(slo, 24.0, 1000.0)
    assert not violates(LatencyTargets(0.0, 0.0), 99.0, 99.0)
