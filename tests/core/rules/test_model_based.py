"""The model-based rule and its tuner: by hand, by their laws, and against recorded controllers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import shared
from tests.sweeps import sampled
from wvatui.core.rules.wva.model.model_based import Allocation, LatencyTargets, ModelLoad, allocate
from wvatui.core.rules.wva.model.queueing import Parameters, Queue
from wvatui.core.rules.wva.model.tuner import MAX_NIS, Observation, first_covariance, tune

H100 = Parameters(alpha=7.47, beta=0.044, gamma=15.415, delta=0.000337)
SLO = LatencyTargets(ttft_ms=1000.0, itl_ms=10.0)
RUNS = (
    "model-based-high-parallel-20251209-224705",
    "model-based-high-parallel-20251210-115341",
    "model-based-moderate-parallel-20251128-182839",
    "model-based-moderate-parallel-20251203-192044",
    "model-based-moderate-parallel-extended-20251205-214348",
    "model-based-multi-model-parallel-20251209-232619",
    "model-based-smooth-gradual-20251206-144853",
)
NO_TUNER = "model-based-moderate-parallel-20251128-182839"
SOME = (NO_TUNER, "model-based-multi-model-parallel-20251209-232619", RUNS[0])


def sized(load: ModelLoad, slo: LatencyTargets = SLO, current: int = 1) -> Allocation:
    found = allocate(H100, load, slo, cost=100.0, current=current)
    assert found is not None
    return found


# --- by hand ------------------------------------------------------------------------------


def test_a_queue_of_one_is_the_one_of_the_textbook() -> None:
    queue = Queue(Parameters(100.0, 0.0, 0.0, 0.0), 0, 2, 1)  # 100 ms each, ten may wait
    half = queue.at(300.0)  # half of its capacity
    weights = [0.5**n for n in range(12)]
    served = 300.0 * (1 - weights[-1] / sum(weights))
    assert half.rate_per_min == pytest.approx(served)
    assert half.rho == pytest.approx(1 - 1 / sum(weights))
    inside = sum(n * weight for n, weight in enumerate(weights)) / sum(weights)
    assert half.ttft_ms == pytest.approx(inside / served * 60_000 - 100)
    assert half.itl_ms == 100.0


def test_nobody_asking_needs_the_minimum_at_the_speed_of_one_request() -> None:
    idle = sized(ModelLoad(0.0, 0.0, 0.0), current=2)
    assert (idle.replicas, idle.cost, idle.value) == (1, 100.0, -100.0)
    assert idle.itl_ms == pytest.approx(7.514)
    assert idle.ttft_ms == pytest.approx(15.415337)
    assert idle.max_per_min == pytest.approx(676453.25)


def test_a_target_below_what_one_request_alone_takes_is_not_feasible() -> None:
    load = ModelLoad(600.0, 250.0, 400.0)
    assert allocate(H100, load, LatencyTargets(1000.0, 7.0), cost=1.0, current=1) is None
    assert allocate(H100, load, LatencyTargets(10.0, 10.0), cost=1.0, current=1) is None


@pytest.mark.parametrize("parameters", [Parameters(0, 0, 0, 0), Parameters(-9, 0, 1, 0)])
def test_parameters_of_which_no_time_follows_are_not_feasible(parameters: Parameters) -> None:
    for rate in (0.0, 100.0):
        load = ModelLoad(rate, 250.0, 400.0)
        assert allocate(parameters, load, SLO, cost=1.0, current=1) is None


def test_without_a_target_a_replica_is_filled_to_its_brim() -> None:
    load = ModelLoad(10_000.0, 250.0, 400.0)
    assert sized(load, LatencyTargets(0.0, 0.0)).replicas < sized(load).replicas


# --- laws ---------------------------------------------------------------------------------

rates = st.floats(1.0, 20_000.0)
tokens = st.floats(2.0, 2000.0)


@given(rates, rates, tokens, tokens)
def test_more_load_never_needs_fewer_replicas(
    one: float, other: float, prompt: float, answer: float
) -> None:
    low, high = sorted((one, other))
    found = [
        allocate(H100, ModelLoad(r, prompt, answer), SLO, cost=1.0, current=1) for r in (low, high)
    ]
    if found[0] is not None:
        assert found[1] is not None
        assert found[0].replicas <= found[1].replicas


@given(rates, tokens, tokens, st.integers(1, 5))
def test_the_prediction_keeps_the_target_and_the_minimum(
    rate: float, prompt: float, answer: float, minimum: int
) -> None:
    load = ModelLoad(rate, prompt, answer)
    found = allocate(H100, load, SLO, cost=3.0, current=2, minimum=minimum)
    if found is not None:
        assert found.replicas >= minimum
        assert found.itl_ms <= SLO.itl_ms * 1.0001
        assert found.ttft_ms <= SLO.ttft_ms * 1.0001
        assert found.value == pytest.approx(found.cost - 2 * 3.0)


# --- the tuner ----------------------------------------------------------------------------


def seen(rate: float, ttft_ms: float, itl_ms: float) -> Observation:
    return Observation(rate, 250.0, 400.0, 256, ttft_ms, itl_ms)


def test_what_was_predicted_changes_nothing() -> None:
    queue = Queue(H100, 250.0, 400.0, 256).at(600.0)
    tuned = tune(H100, first_covariance(H100), seen(600.0, queue.ttft_ms, queue.itl_ms), SLO)
    assert tuned.accepted
    assert tuned.nis == pytest.approx(0.0)
    assert tuned.parameters == pytest.approx(H100)


def test_a_slower_engine_raises_alpha_little_by_little() -> None:
    real = H100._replace(alpha=9.0)
    there = Queue(real, 250.0, 400.0, 256).at(300.0)
    parameters, covariance = H100, first_covariance(H100)
    for _ in range(30):
        tuned = tune(parameters, covariance, seen(300.0, there.ttft_ms, there.itl_ms), SLO)
        parameters, covariance = tuned.parameters, tuned.covariance
        assert tuned.accepted
    assert H100.alpha < parameters.alpha <= 9.2
    after = Queue(parameters, 250.0, 400.0, 256).at(300.0)
    assert after.itl_ms == pytest.approx(there.itl_ms, rel=0.01)


def test_an_outlier_is_rejected_and_everything_stays() -> None:
    before = first_covariance(H100)
    tuned = tune(H100, before, seen(600.0, 5760.0, 58.0), SLO)
    assert not tuned.accepted
    assert tuned.nis > MAX_NIS
    assert (tuned.parameters, tuned.covariance) == (H100, before)


def test_more_than_a_replica_can_bear_is_an_observation_too() -> None:
    assert not tune(H100, first_covariance(H100), seen(90_000.0, 9000.0, 60.0), SLO).accepted


# --- recorded controllers -----------------------------------------------------------------

_NUMBER = r"([-+.\de]+)"
_SOLUTION = re.compile(
    rf"rate={_NUMBER}; inTk={_NUMBER}; outTk={_NUMBER}; .*numRep={_NUMBER}; maxBatch={_NUMBER};"
    rf" cost={_NUMBER}, val={_NUMBER}, itl={_NUMBER}, ttft={_NUMBER}, rho={_NUMBER},"
    rf" maxRPM={_NUMBER}}}; slo-itl={_NUMBER}, slo-ttft={_NUMBER}"
)
_PARAMETERS = re.compile(
    rf"alpha={_NUMBER}, beta={_NUMBER}, gamma={_NUMBER}, delta={_NUMBER}(?:, NIS={_NUMBER})?"
)
_SCALE = re.compile(rf"TTFT={_NUMBER}ms, ITL={_NUMBER}ms")
_METRICS = re.compile(
    rf"replicas=(\d+), .*ttft={_NUMBER}ms, itl={_NUMBER}ms, .*maxBatch={_NUMBER},"
    rf" arrivalRate={_NUMBER}, avgInputTokens={_NUMBER}, avgOutputTokens={_NUMBER}"
)


@dataclass
class Cycle:
    """The inputs and results of one recorded reconcile."""

    metrics: list[float] = field(default_factory=list)
    before: Parameters | None = None
    scale: LatencyTargets = SLO
    """What the tuner takes its observation's noise from: targets, or what it expects."""
    after: Parameters | None = None
    nis: float | None = None
    solution: list[float] = field(default_factory=list)


def cycles(run: str) -> Iterator[Cycle]:
    path = shared("wva-experiments-2025") / run / "wva-controller-logs.jsonl"
    cycle = Cycle()
    for line in path.read_text(errors="replace").splitlines():
        if not line.startswith("{"):
            continue
        text = json.loads(line)["msg"]
        if "Metrics collected for VA" in text and (found := _METRICS.search(text)):
            cycle = Cycle([float(value) for value in found.groups()])
        elif text.startswith("[Tuner Config]") and (found := _PARAMETERS.search(text)):
            cycle.before = Parameters(*map(float, found.groups()[:4]))
            if scale := _SCALE.search(text):
                cycle.scale = LatencyTargets(*map(float, scale.groups()))
        elif text.startswith(("Model tuner results", "Updated SystemData")):
            found = _PARAMETERS.search(text)
            assert found is not None
            cycle.after = Parameters(*map(float, found.groups()[:4]))
            cycle.nis = float(found[5]) if found[5] else None
        elif text.startswith("Optimization solution") and (found := _SOLUTION.search(text)):
            cycle.solution = [float(value) for value in found.groups()]
            yield cycle


# The oldest, which has no tuner, the one of several models, and another.
@pytest.mark.parametrize("run", sampled(RUNS, SOME))
def test_every_recorded_solution_comes_out_again(run: str) -> None:
    count = 0
    for cycle in cycles(run):
        count += 1
        # The log of 28 November has no tuner: its parameters are those of the VariantAutoscaling.
        parameters = cycle.after or H100
        (
            rate,
            tokens_in,
            tokens_out,
            replicas,
            batch,
            cost,
            value,
            itl,
            ttft,
            rho,
            most,
            slo_itl,
            slo_ttft,
        ) = cycle.solution
        found = allocate(
            parameters,
            ModelLoad(rate, tokens_in, tokens_out),
            LatencyTargets(slo_ttft, slo_itl),
            cost=cost / replicas,
            current=round(replicas - value / (cost / replicas)),
            batch=int(batch),
        )
        assert found is not None
        assert found.replicas == replicas
        assert found.value == pytest.approx(value)
        # The log rounds the parameters to six places.
        assert found.itl_ms == pytest.approx(itl, rel=1e-4)
        assert found.ttft_ms == pytest.approx(ttft, rel=1e-3)
        assert found.rho == pytest.approx(rho, rel=1e-4, abs=1e-9)
        assert found.max_per_min == pytest.approx(most, rel=1e-4)
    assert count >= 11


# One arithmetic for all of them: a run with several models, and one with a single one.
@pytest.mark.parametrize("run", sampled([run for run in RUNS if run != NO_TUNER], SOME[1:]))
def test_the_tuner_gives_the_verdicts_and_parameters_of_the_recorded_one(run: str) -> None:
    covariance, gaps, rejected = None, [], 0
    for cycle in cycles(run):
        if cycle.before is None or cycle.nis is None or len(cycle.metrics) != 7:
            continue
        replicas, ttft, itl, batch, rate, tokens_in, tokens_out = cycle.metrics
        told = Observation(rate / replicas, tokens_in, tokens_out, int(batch), ttft, itl)
        start = covariance or first_covariance(cycle.before)
        tuned = tune(cycle.before, start, told, cycle.scale)
        covariance = tuned.covariance
        rejected += not tuned.accepted
        assert tuned.accepted == (cycle.nis <= MAX_NIS), (cycle.nis, tuned.nis)
        assert cycle.after is not None
        pairs = zip(tuned.parameters, cycle.after, strict=True)
        gaps.append(max(abs(ours / theirs - 1) for ours, theirs in pairs))
    assert len(gaps) >= 8
    assert rejected >= 1
    # The log has no covariance. What the controller knew before its log begins is missing at first,
    # and after observations that changed only one parameter.
    assert max(gaps) < 0.1
    assert median(gaps) < 0.005
