"""Histograms as scrapes carry them: reading one, what came between two, and its quantiles."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

import msgspec

Histogram = tuple[int, float, tuple[int, ...]]
"""(bounds id, sum in seconds, counts per bucket with the overflow bucket last)."""

_numbers = msgspec.json.Decoder(list[float]).decode


def read(raw: msgspec.Raw) -> Histogram | None:
    """The histogram in a scrape's field; None for `NO_HISTOGRAM` or what is none."""
    data = bytes(raw)
    if len(data) < 5:
        return None
    try:
        layout, total, *counts = _numbers(data)
    except (msgspec.DecodeError, ValueError):
        return None
    return int(layout), float(total), tuple(int(count) for count in counts)


def delta(older: Histogram, newer: Histogram) -> tuple[int, ...] | None:
    """Counts per bucket observed between two looks; None when the layouts differ.

    A counter that fell was reset (the engine restarted): then all of `newer` is new.
    """
    if older[0] != newer[0] or len(older[2]) != len(newer[2]):
        return None
    counts = tuple(b - a for a, b in zip(older[2], newer[2], strict=True))
    return newer[2] if any(count < 0 for count in counts) else counts


def quantile(q: float, bounds: Sequence[float], counts: Sequence[int]) -> float | None:
    """The q-quantile, linear within its bucket; None when nothing was counted.

    As Prometheus' histogram_quantile: the first bucket begins at 0 (when its bound is positive),
    and what falls into the overflow bucket is given the highest finite bound.
    """
    cumulative = list(accumulate(counts))
    if not cumulative or not cumulative[-1] or not bounds:
        return None
    rank = q * cumulative[-1]
    index = bisect_left(cumulative, rank)
    while index < len(counts) - 1 and counts[index] == 0:
        index += 1
    if index >= len(bounds):
        return float(bounds[-1])
    high = bounds[index]
    if index == 0 and high <= 0:
        return float(high)
    low = bounds[index - 1] if index else 0.0
    before = cumulative[index - 1] if index else 0
    return low + (high - low) * (rank - before) / counts[index]


def mean(histogram: Histogram) -> float | None:
    """Mean of all observations, seconds; None when there were none."""
    count = sum(histogram[2])
    return histogram[1] / count if count else None
