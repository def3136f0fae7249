"""PromQL's functions and aggregations, by name.

Source: Prometheus v3 promql/functions.go and promql/engine.go (aggregation), promql/quantile.go.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import pstdev
from typing import NamedTuple

from wvatui.core.metrics.histogram import quantile as bucket_quantile


class PromqlFunction(NamedTuple):
    """How many arguments it takes; `over_range`: the last one is a range."""

    least: int
    most: int
    over_range: bool = False


def ranked(values: Sequence[float], part: float) -> float:
    """The quantile of single values, linear between two of them (NaN of none)."""
    if not values or math.isnan(part):
        return math.nan
    if part < 0 or part > 1:
        return math.copysign(math.inf, part)
    ordered = sorted(values)
    rank = part * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] * (1 - (rank - low)) + ordered[high] * (rank - low)


AGGREGATIONS: Mapping[str, Callable[[Sequence[float], float], float]] = {
    "sum": lambda values, _: math.fsum(values),
    "avg": lambda values, _: math.fsum(values) / len(values),
    "max": lambda values, _: _extreme(max, values),
    "min": lambda values, _: _extreme(min, values),
    "count": lambda values, _: float(len(values)),
    "group": lambda values, _: 1.0,
    "stddev": lambda values, _: pstdev(values),
    "quantile": lambda values, part: ranked(values, part),
}
"""(values of a group, parameter) -> the group's one value."""
PARAMETERS = ("quantile",)


def _extreme(pick: Callable[[Sequence[float]], float], values: Sequence[float]) -> float:
    """The extreme of the values that are not NaN; NaN where all are."""
    known = [value for value in values if not math.isnan(value)]
    return pick(known) if known else math.nan


EACH: Mapping[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": lambda value: float(math.ceil(value)) if math.isfinite(value) else value,
    "floor": lambda value: float(math.floor(value)) if math.isfinite(value) else value,
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else math.nan,
    "exp": lambda value: math.exp(value) if value < 700 else math.inf,
    "ln": lambda value: _log(value, math.log),
    "log2": lambda value: _log(value, math.log2),
    "log10": lambda value: _log(value, math.log10),
    "sgn": lambda value: float((value > 0) - (value < 0)) if value == value else value,
}
"""Functions of each value by itself."""


def _log(value: float, log: Callable[[float], float]) -> float:
    if value > 0:
        return log(value)
    return -math.inf if value == 0 else math.nan


OVER_TIME: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg_over_time": lambda values: math.fsum(values) / len(values),
    "min_over_time": lambda values: _extreme(min, values),
    "max_over_time": lambda values: _extreme(max, values),
    "sum_over_time": math.fsum,
    "count_over_time": lambda values: float(len(values)),
    "last_over_time": lambda values: values[-1],
    "present_over_time": lambda values: 1.0,
    "stddev_over_time": pstdev,
}
"""Functions of one series' values in a range, of which there is at least one."""


def extrapolated(
    times: Sequence[float],
    values: Sequence[float],
    since: float,
    until: float,
    *,
    counter: bool,
    per_second: bool,
) -> float | None:
    """rate, increase (`counter`) and delta over (since, until]; None: fewer than two samples.

    Source: Prometheus promql/functions.go extrapolatedRate: the ends are extrapolated by half the
    mean gap, or to the end of the range where that is nearer than 1.1 gaps; a counter no further
    than to where it was 0.
    """
    if len(values) < 2:
        return None
    grown = values[-1] - values[0]
    if counter:
        grown += math.fsum(before for before, after in pairwise(values) if after < before)
    span = times[-1] - times[0]
    if span <= 0:
        return None
    gap = span / (len(times) - 1)
    to_start, to_end = times[0] - since, until - times[-1]
    to_start = gap / 2 if to_start >= gap * 1.1 else to_start
    if counter and grown > 0 and values[0] >= 0:
        to_start = min(to_start, span * values[0] / grown)
    to_end = gap / 2 if to_end >= gap * 1.1 else to_end
    grown *= (span + to_start + to_end) / span
    return grown / (until - since) if per_second else grown


def newest(times: Sequence[float], values: Sequence[float], *, counter: bool) -> float | None:
    """irate (`counter`) or idelta, from the last two samples; None: fewer than two."""
    if len(values) < 2:
        return None
    grown = values[-1] if counter and values[-1] < values[-2] else values[-1] - values[-2]
    if not counter:
        return grown
    span = times[-1] - times[-2]
    return grown / span if span > 0 else None


def histogram_quantile(part: float, buckets: Mapping[float, float]) -> float:
    """The quantile of cumulative buckets by `le`; NaN without a bucket `+Inf` or an observation.

    Source: Prometheus promql/quantile.go BucketQuantile; counts that fall are raised.
    """
    bounds = sorted(buckets)
    if len(bounds) < 2 or not math.isinf(bounds[-1]) or math.isnan(part):
        return math.nan
    if part < 0 or part > 1:
        return math.copysign(math.inf, part)
    counts, before = [], 0.0
    for bound in bounds:
        counts.append(max(0.0, buckets[bound] - before))
        before = max(before, buckets[bound])
    value = bucket_quantile(part, bounds[:-1], counts)
    return math.nan if value is None else value


RATES: Mapping[str, Callable[[Sequence[float], Sequence[float], float, float], float | None]] = {
    "rate": lambda t, v, a, b: extrapolated(t, v, a, b, counter=True, per_second=True),
    "increase": lambda t, v, a, b: extrapolated(t, v, a, b, counter=True, per_second=False),
    "delta": lambda t, v, a, b: extrapolated(t, v, a, b, counter=False, per_second=False),
    "irate": lambda t, v, a, b: newest(t, v, counter=True),
    "idelta": lambda t, v, a, b: newest(t, v, counter=False),
}
"""(times, values, since, until) -> how one series changed; None: too few samples."""

FUNCTIONS: Mapping[str, PromqlFunction] = {
    **dict.fromkeys(EACH, PromqlFunction(1, 1)),
    **dict.fromkeys((*OVER_TIME, *RATES), PromqlFunction(1, 1, over_range=True)),
    "quantile_over_time": PromqlFunction(2, 2, over_range=True),
    "round": PromqlFunction(1, 2),
    "clamp": PromqlFunction(3, 3),
    "clamp_min": PromqlFunction(2, 2),
    "clamp_max": PromqlFunction(2, 2),
    "vector": PromqlFunction(1, 1),
    "scalar": PromqlFunction(1, 1),
    "time": PromqlFunction(0, 0),
    "absent": PromqlFunction(1, 1),
    "histogram_quantile": PromqlFunction(2, 2),
}
"""All functions that are modelled, by name."""
