"""Histograms as scrapes carry them: decoding, growth between two of them, quantiles."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import le, sub
from typing import cast

import msgspec

from wvatui.core.ranges import Amount, Count

Histogram = tuple[int, float, tuple[int, ...]]
"""(bounds id, sum in seconds, counts per bucket with the overflow bucket last)."""

_numbers = msgspec.json.Decoder(list[Count | Amount]).decode


def read(raw: msgspec.Raw) -> Histogram | None:
    """The histogram in a scrape's field; None for `NO_HISTOGRAM` or anything unreadable."""
    values = _decoded(raw)
    if values is None:
        return None
    counts = values[2:]
    if type(sum(counts)) is float:
        counts = list(map(int, counts))
    return int(values[0]), float(values[1]), cast(tuple[int, ...], tuple(counts))


def _decoded(raw: msgspec.Raw) -> list[float] | None:
    data = bytes(raw)
    if len(data) < 5:
        return None
    try:
        values = _numbers(data)
    except msgspec.DecodeError:
        return None
    return values if len(values) >= 2 else None


def delta(older: Histogram, newer: Histogram) -> tuple[int, ...] | None:
    """Counts per bucket observed between two looks; None when the layouts differ.

    A counter that fell was reset (the engine restarted): then all of `newer` is new.
    """
    if older[0] != newer[0] or len(older[2]) != len(newer[2]):
        return None
    counts = tuple(map(sub, newer[2], older[2]))
    return newer[2] if counts and min(counts) < 0 else counts


def grown(older: msgspec.Raw, newer: msgspec.Raw) -> tuple[int, Sequence[float]] | None:
    """(bounds id, counts per bucket) observed between two scrapes: `delta` of undecoded histograms.

    None when one of them is no histogram, or the layouts differ.
    """
    return _growth(_decoded(older), _decoded(newer))


def growths(looks: Sequence[msgspec.Raw]) -> Iterator[tuple[int, Sequence[float]]]:
    """The growth of one histogram over consecutive scrapes, in pieces as from `grown`.

    Each scrape is decoded once. While the histogram only grows, the growth is one piece: the
    difference between the last scrape and the first.
    """
    first: list[float] | None = None
    before: list[float] | None = None
    raw: msgspec.Raw | None = None
    for look in looks:
        if raw is look or raw == look:
            continue
        after, raw = _decoded(look), look
        if not _only_grew(before, after):
            yield from _pieces(first, before)
            yield from _pieces(before, after)
            first = after
        before = after
    yield from _pieces(first, before)


def _pieces(
    before: list[float] | None, after: list[float] | None
) -> Iterator[tuple[int, Sequence[float]]]:
    growth = None if before is after else _growth(before, after)
    if growth is not None:
        yield growth


def _only_grew(before: list[float] | None, after: list[float] | None) -> bool:
    if before is None or after is None or before[0] != after[0] or len(before) != len(after):
        return False
    return all(map(le, before[2:], after[2:]))


def _growth(
    before: list[float] | None, after: list[float] | None
) -> tuple[int, Sequence[float]] | None:
    if before is None or after is None or before[0] != after[0] or len(before) != len(after):
        return None
    counts = list(map(sub, after[2:], before[2:]))
    return int(after[0]), after[2:] if counts and min(counts) < 0 else counts


def nothing_yet(histogram: msgspec.Raw) -> msgspec.Raw:
    """`histogram` with all counts 0, as before its first observation; unchanged if unreadable."""
    values = _decoded(histogram)
    if values is None:
        return histogram
    return msgspec.Raw(msgspec.json.encode([int(values[0]), *[0] * (len(values) - 1)]))


def quantile(q: float, bounds: Sequence[float], counts: Sequence[float]) -> float | None:
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


def share_within(limit: float, bounds: Sequence[float], counts: Sequence[float]) -> float | None:
    """The share of observations of at most `limit`, linear within its bucket; None when nothing was
    counted, or `limit` lies above the highest finite bound and something does, too, or `counts` are
    not of these bounds."""
    total = sum(counts)
    if not total or len(counts) != len(bounds) + 1:
        return None
    index = bisect_left(bounds, limit)
    if index >= len(bounds):
        return None if counts[-1] else 1.0
    low = bounds[index - 1] if index else 0.0
    inside = counts[index] * (limit - low) / (bounds[index] - low)
    return (sum(counts[:index]) + inside) / total


def mean(histogram: Histogram) -> float | None:
    """Mean of all observations, seconds; None when there were none."""
    count = sum(histogram[2])
    return histogram[1] / count if count else None
