"""WVA's performance model up to v0.4: how latency grows with the requests in flight.

    ITL  = alpha + beta × batch              TTFT = gamma + delta × prompt tokens × batch

Two runs determine each line: one request at a time (batch 1) and `batch` at once. (WVA v0.4.1
docs/tutorials/parameter-estimation.md:175-291.) From v0.6.0 on the controller learns three other
parameters by itself; there these numbers only serve as a diagnostic.
"""

from collections.abc import Iterable
from dataclasses import dataclass

USED_BY = "WVA up to v0.4 (modelProfile.accelerators[].perfParms of a VariantAutoscaling)"
NOT_USED_BY = (
    "v0.5 has no place for them, and from v0.6.0 on the controller learns its own: "
    "there they are a diagnostic"
)


@dataclass(frozen=True, slots=True)
class LinearFit:
    """value = base + slope × batch, in ms."""

    base: float
    slope: float


def itl_line(synchronous_ms: float, throughput_ms: float, batch: float) -> LinearFit:
    """alpha and beta. Raises ValueError, worded for the user, for a batch that is not above 1."""
    slope = (throughput_ms - synchronous_ms) / _over_one(batch)
    return LinearFit(synchronous_ms - slope, slope)


def ttft_line(
    synchronous_ms: float, throughput_ms: float, batch: float, prompt_tokens: float
) -> LinearFit:
    """gamma and delta. Raises ValueError, worded for the user."""
    if not prompt_tokens > 0:
        raise ValueError("the number of prompt tokens must be above 0")
    slope = (throughput_ms - synchronous_ms) / (prompt_tokens * _over_one(batch))
    return LinearFit(synchronous_ms - slope * prompt_tokens, slope)


def _over_one(batch: float) -> float:
    if not batch > 1:
        raise ValueError("batch size must exceed 1")
    return batch - 1


@dataclass(frozen=True, slots=True)
class Regression:
    """The least-squares line through observed points, and how much of them it explains."""

    line: LinearFit
    r2: float | None
    """None: the values do not vary, so there is nothing to explain."""
    points: int


def regression(points: Iterable[tuple[float, float]]) -> Regression | None:
    """The line through (batch, ITL in ms) points; None when they do not determine one."""
    known = list(points)
    count = len(known)
    if count < 2:
        return None
    mean_x = sum(x for x, _ in known) / count
    mean_y = sum(y for _, y in known) / count
    spread_x = sum((x - mean_x) ** 2 for x, _ in known)
    spread_y = sum((y - mean_y) ** 2 for _, y in known)
    if spread_x <= 1e-9 * max(1.0, mean_x * mean_x):
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in known) / spread_x
    line = LinearFit(mean_y - slope * mean_x, slope)
    return Regression(line, explained(line, known) if spread_y > 0 else None, count)


def explained(line: LinearFit, points: Iterable[tuple[float, float]]) -> float | None:
    """r² of any line over (batch, ms) points: 1 explains them all, 0 is no better than the mean."""
    known = list(points)
    if not known:
        return None
    mean_y = sum(y for _, y in known) / len(known)
    total = sum((y - mean_y) ** 2 for _, y in known)
    left = sum((y - line.base - line.slope * x) ** 2 for x, y in known)
    return 1.0 - left / total if total > 0 else None
