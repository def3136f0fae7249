"""Load by shape: the stated rate, random arrivals, varying lengths, reproducible by seed."""

import itertools
import random
from statistics import mean, pstdev

import pytest

from wvatui.engine.timeline import Timeline
from wvatui.engine.traffic import Traffic, TrafficShape, TrafficStage

START = 1_788_249_600.0


def run(
    shape: TrafficShape, seconds: float, *, seed: int = 3
) -> tuple[list[tuple[float, int, int, int]], Traffic]:
    timeline = Timeline(START)
    sent: list[tuple[float, int, int, int]] = []
    traffic = Traffic(
        timeline,
        shape,
        random.Random(seed),
        lambda *request: sent.append((timeline.now - START, *request)),
    )
    timeline.run_until(START + seconds)
    return sent, traffic


def test_the_rate_follows_the_stages_and_begins_again_with_each_period() -> None:
    shape = TrafficShape(
        (TrafficStage(0, 1.0), TrafficStage(60, 5.0), TrafficStage(120, 0.5)), period_s=200.0
    )
    rates = [shape.rate(second) for second in (0, 59.9, 60, 119, 120, 199, 200, 265)]
    assert rates == [1.0, 1.0, 5.0, 5.0, 0.5, 0.5, 1.0, 5.0]
    assert shape.peak == 5.0


def test_a_ramp_is_straight() -> None:
    shape = TrafficShape((TrafficStage(0, 2.0), TrafficStage(100, 6.0, ramp_s=40.0)))
    assert [shape.rate(second) for second in (99, 100, 110, 120, 140, 500)] == [2, 2, 3, 4, 6, 6]


def test_before_the_first_stage_nothing_comes() -> None:
    sent, _ = run(TrafficShape((TrafficStage(50, 4.0),)), 60)
    assert sent
    assert sent[0][0] >= 50


@pytest.mark.parametrize("rate", [0.5, 8.0])
def test_as_many_requests_come_as_the_rate_says_and_by_chance(rate: float) -> None:
    sent, traffic = run(TrafficShape((TrafficStage(0, rate),)), 2000)
    assert traffic.sent == len(sent)
    assert len(sent) == pytest.approx(2000 * rate, rel=0.1)
    gaps = [b[0] - a[0] for a, b in itertools.pairwise(sent)]
    # The gaps of a Poisson process: their deviation is their mean.
    assert pstdev(gaps) == pytest.approx(mean(gaps), rel=0.15)


def test_lengths_have_the_mean_that_is_asked_for() -> None:
    shape = TrafficShape(
        (TrafficStage(0, 10.0),), prompt_mean=700.0, output_mean=330.0, spread=0.5, shared=64
    )
    sent, _ = run(shape, 1000)
    assert mean(request[1] for request in sent) == pytest.approx(700, rel=0.05)
    assert mean(request[2] for request in sent) == pytest.approx(330, rel=0.05)
    assert {request[3] for request in sent} == {64}
    assert len({request[1] for request in sent}) > 100
    assert min(request[2] for request in sent) >= 1


def test_the_same_seed_sends_the_same_and_another_does_not() -> None:
    shape = TrafficShape((TrafficStage(0, 3.0),))
    assert run(shape, 100)[0] == run(shape, 100)[0]
    assert run(shape, 100)[0] != run(shape, 100, seed=4)[0]


def test_a_shape_without_load_sends_nothing() -> None:
    assert run(TrafficShape(()), 100)[0] == []
    assert run(TrafficShape((TrafficStage(0, 0.0),)), 100)[0] == []
