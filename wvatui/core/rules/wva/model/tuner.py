"""The experimental model tuner: learns alpha, beta, gamma and delta from observed latencies.

An extended Kalman filter over the four parameters. It observes mean TTFT and ITL of one replica,
which the queue (`queueing.py`) predicts from the parameters and the rate:

    S = H P Hᵀ + R        NIS = yᵀ S⁻¹ y        y = observed − predicted
    R = (0.05 / 1.96 × scale)²         Q = (0.05 × parameter)²

The scale is the latency target; a build of 9 Dec 2025 uses the expected observation instead
("Expected obs (for R)" in its log). Either is passed to `tune` as `slo`.

An observation whose NIS exceeds 7.378 (97.5 % of chi-squared, two degrees of freedom) is rejected
as an outlier: the parameters stay. (llm-inferno model-tuner as the WVA fork of Nov and Dec 2025
runs it; on its recorded logs this gives the same verdict in every cycle.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters, Queue

MAX_NIS = 7.378
ERROR_SHARE = 0.05 / 1.96
"""Standard deviation of an observation, as a share of its target."""
CHANGE_SHARE = 0.05
"""Standard deviation of a parameter's drift in a cycle, as a share of the parameter."""
NUDGE = 1e-4
LEAST, MOST = 0.1, 10.0
"""One step changes a parameter at most to these multiples of it, so that it stays above 0."""
Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """One replica's part of the measurement; rates per minute, latencies in ms."""

    rate_per_min: float
    input_tokens: float
    output_tokens: float
    batch: int
    ttft_ms: float
    itl_ms: float

    @property
    def is_enough(self) -> bool:
        """Whether there was any load to learn from."""
        return min(self.rate_per_min, self.output_tokens, self.ttft_ms, self.itl_ms) > 0


@dataclass(frozen=True, slots=True)
class Tuned:
    """The filter after an observation."""

    parameters: Parameters
    covariance: Matrix
    nis: float
    accepted: bool
    """False: rejected as an outlier, nothing changed."""


def first_covariance(parameters: Parameters) -> Matrix:
    """The covariance at the start, when nothing has been observed."""
    return tuple(
        tuple((CHANGE_SHARE * value) ** 2 if row == column else 0.0 for column in range(4))
        for row, value in enumerate(parameters)
    )


def tune(
    parameters: Parameters, covariance: Matrix, seen: Observation, slo: LatencyTargets
) -> Tuned:
    """One step of the filter. Raises ValueError when nothing can be predicted (`is_enough`)."""
    predicted = _predicted(parameters, seen)
    drift = first_covariance(parameters)
    before = _sum(covariance, drift)
    slopes = _slopes(parameters, seen)
    gap = (seen.ttft_ms - predicted[0], seen.itl_ms - predicted[1])
    noise = ((ERROR_SHARE * slo.ttft_ms) ** 2, (ERROR_SHARE * slo.itl_ms) ** 2)
    cross = [[_dot(row, slope) for slope in slopes] for row in before]  # P Hᵀ, 4 × 2
    spread = [
        [
            sum(slopes[r][k] * cross[k][s] for k in range(4)) + (noise[r] if r == s else 0.0)
            for s in range(2)
        ]
        for r in range(2)
    ]
    inverse = _inverse(spread)
    nis = sum(gap[r] * inverse[r][s] * gap[s] for r in range(2) for s in range(2))
    if nis > MAX_NIS:
        return Tuned(parameters, covariance, nis, False)
    gain = [[sum(row[s] * inverse[s][r] for s in range(2)) for r in range(2)] for row in cross]
    after = Parameters(
        *(
            min(max(value + _dot(gain[k], gap), LEAST * value), MOST * value)
            for k, value in enumerate(parameters)
        )
    )
    kept = tuple(tuple(before[a][b] - _dot(gain[a], cross[b]) for b in range(4)) for a in range(4))
    return Tuned(after, kept, nis, True)


def _predicted(parameters: Parameters, seen: Observation) -> tuple[float, float]:
    queue = Queue(parameters, seen.input_tokens, seen.output_tokens, seen.batch)
    steady = queue.at(min(seen.rate_per_min, queue.most_per_min))
    return steady.ttft_ms, steady.itl_ms


def _slopes(parameters: Parameters, seen: Observation) -> list[list[float]]:
    """How TTFT and ITL change with each parameter (2 × 4), by central differences."""
    columns = []
    for k, value in enumerate(parameters):
        step = abs(value) * NUDGE or NUDGE
        more = _predicted(_moved(parameters, k, step), seen)
        less = _predicted(_moved(parameters, k, -step), seen)
        columns.append([(a - b) / (2 * step) for a, b in zip(more, less, strict=True)])
    return [[column[row] for column in columns] for row in range(2)]


def _moved(parameters: Parameters, place: int, step: float) -> Parameters:
    return Parameters(*(v + step if k == place else v for k, v in enumerate(parameters)))


def _inverse(matrix: Sequence[Sequence[float]]) -> Matrix:
    (a, b), (c, d) = matrix
    determinant = a * d - b * c
    if determinant == 0:
        raise ValueError("the latency targets must be above 0")
    return ((d / determinant, -b / determinant), (-c / determinant, a / determinant))


def _sum(first: Matrix, other: Matrix) -> Matrix:
    return tuple(
        tuple(a + b for a, b in zip(left, right, strict=True))
        for left, right in zip(first, other, strict=True)
    )


def _dot(first: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, other, strict=True))
