"""Means, percentiles and distributions of what a client measured."""

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

Weighted = Sequence[tuple[float, float]]
"""(value, how often or how long), not sorted."""


def percentile(values: Sequence[float], part: float) -> float:
    """As numpy has it, between neighbours; `part` 0 to 1; 0.0 of nothing."""
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
    """The values below which these parts of the weight are; 0.0 of nothing."""
    ordered = sorted(pairs)
    sums = list(accumulate(weight for _, weight in ordered))
    total = sums[-1] if sums else 0.0
    values = []
    for part in parts:
        place = next((i for i, upto in enumerate(sums) if upto >= part * total), len(sums) - 1)
        values.append(ordered[place][0] if ordered and total else 0.0)
    return values


def spread(pairs: Weighted) -> tuple[float, float]:
    """(mean, variance); zeros of nothing."""
    total = sum(weight for _, weight in pairs)
    if not total:
        return 0.0, 0.0
    middle = sum(value * weight for value, weight in pairs) / total
    return middle, sum(weight * (value - middle) ** 2 for value, weight in pairs) / total


def mode(pairs: Weighted) -> float:
    """The value with the most weight, the lowest of equals; 0.0 of nothing."""
    weights: dict[float, float] = {}
    for value, weight in pairs:
        weights[value] = weights.get(value, 0.0) + weight
    return min(weights, key=lambda value: (-weights[value], value)) if weights else 0.0


def over_time(spans: Iterable[tuple[float, float]], begin: float, end: float) -> Weighted:
    """How many of the spans (from, to) run at once: (count, seconds)."""
    return flow(((start, stop, 1.0) for start, stop in spans), begin, end)


def flow(spans: Iterable[tuple[float, float, float]], begin: float, end: float) -> Weighted:
    """Sum of what the spans (from, to, how much) give at once: (sum, seconds)."""
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
    """Rate of events (moment, how many) in each stretch between two of them: (1/s, seconds)."""
    points, last = [], begin
    for moment, count in sorted(events):
        if moment > end:
            break
        if moment - last > 1e-6:
            points.append((count / (moment - last), moment - last))
            last = moment
    return points
