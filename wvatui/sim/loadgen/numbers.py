"""Means, percentiles and distributions of a client's measurements. All are 0.0 for no values."""

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

SHARES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
"""Percentiles of the reports, as shares."""
Weighted = Sequence[tuple[float, float]]
"""(value, count or duration), unsorted."""


def percentile(values: Sequence[float], part: float) -> float:
    """The percentile as numpy computes it, interpolated; `part` 0 to 1; 0.0 for no values."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    at = (len(ordered) - 1) * part
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def mean(values: Sequence[float]) -> float:
    """0.0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def quantiles(pairs: Weighted, parts: Iterable[float]) -> list[float]:
    """The values below which these shares of the weight lie; 0.0 for no values."""
    ordered = sorted(pairs)
    sums = list(accumulate(weight for _, weight in ordered))
    total = sums[-1] if sums else 0.0
    values = []
    for part in parts:
        place = next((i for i, upto in enumerate(sums) if upto >= part * total), len(sums) - 1)
        values.append(ordered[place][0] if ordered and total else 0.0)
    return values


def spread(pairs: Weighted) -> tuple[float, float]:
    """(mean, variance); zeros for no values."""
    total = sum(weight for _, weight in pairs)
    if not total:
        return 0.0, 0.0
    middle = sum(value * weight for value, weight in pairs) / total
    return middle, sum(weight * (value - middle) ** 2 for value, weight in pairs) / total


def mode(pairs: Weighted) -> float:
    """The value with the most weight, the lowest of equals; 0.0 for no values."""
    weights: dict[float, float] = {}
    for value, weight in pairs:
        weights[value] = weights.get(value, 0.0) + weight
    return min(weights, key=lambda value: (-weights[value], value)) if weights else 0.0


def over_time(spans: Iterable[tuple[float, float]], begin: float, end: float) -> Weighted:
    """Number of spans (from, to) that overlap: (count, seconds)."""
    return flow(((start, stop, 1.0) for start, stop in spans), begin, end)


def flow(spans: Iterable[tuple[float, float, float]], begin: float, end: float) -> Weighted:
    """Sum of the amounts of spans (from, to, amount) that overlap: (sum, seconds)."""
    steps: dict[float, float] = {begin: 0.0, end: 0.0}
    for start, stop, weight in spans:
        start, stop = max(start, begin), min(stop, end)
        if stop > start:
            steps[start] = steps.get(start, 0.0) + weight
            steps[stop] = steps.get(stop, 0.0) - weight
    moments = sorted(steps)
    points, total = [], 0.0
    for moment, following in pairwise(moments):
        total += steps[moment]
        points.append((max(0.0, round(total, 9)), following - moment))
    return points


def rates(events: Iterable[tuple[float, float]], begin: float, end: float) -> Weighted:
    """Rate of events (moment, count) between each two successive ones: (1/s, seconds)."""
    points, last = [], begin
    for moment, count in sorted(events):
        if moment > end:
            break
        if moment - last > 1e-6:
            points.append((count / (moment - last), moment - last))
            last = moment
    return points
