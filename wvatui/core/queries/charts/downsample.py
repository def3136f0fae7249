"""Series reduced to the columns of a chart: extremes survive, holes stay holes.

Points are (time, value) ascending in time. In the results a value of None is a hole, across which
no line must be drawn.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import inf
from operator import itemgetter

from wvatui.core.queries.charts.gauge_slots import SlotGrid

Points = Sequence[tuple[float, float]]
ChartColumn = tuple[tuple[float, float | None], ...]

_time = itemgetter(0)
_value = itemgetter(1)


def to_columns(
    points: Points, since: float, until: float, columns: int, *, gap_s: float
) -> ChartColumn:
    """At most two points per column: its lowest and its highest, in order of time.

    Two neighbours further apart than `gap_s` get a None between them.
    """
    begin = bisect_left(points, since, key=_time)
    end = bisect_right(points, until, key=_time)
    chosen: Points = list(points[begin:end])
    if len(chosen) > 2 * columns:
        chosen = _extremes(chosen, since, until, columns)
        gap_s = max(gap_s, 2.0 * (until - since) / columns)
    out: list[tuple[float, float | None]] = []
    before: float | None = None
    for at, value in chosen:
        if before is not None and at - before > gap_s:
            out.append(((before + at) / 2.0, None))
        out.append((at, value))
        before = at
    return tuple(out)


def _extremes(points: Points, since: float, until: float, columns: int) -> Points:
    width = (until - since) / columns
    out: list[tuple[float, float]] = []
    begin = 0
    for column in range(columns):
        edge = since + (column + 1) * width
        end = bisect_left(points, edge, begin, key=_time) if column < columns - 1 else len(points)
        if end - begin <= 2:
            out.extend(points[begin:end])
        else:
            part = points[begin:end]
            low, high = min(part, key=_value), max(part, key=_value)
            if low is high:
                out.append(low)
            else:
                out.extend((low, high) if low[0] <= high[0] else (high, low))
        begin = end
    return out


ValueBand = tuple[ChartColumn, tuple[float | None, ...], tuple[float | None, ...]]
SlotStats = tuple[int, float, float, float]
"""(number of samples, their sum, the lowest, the highest)."""


def band(
    series: Iterable[Mapping[int, SlotStats]], grid: SlotGrid, *, gap_s: float, factor: float = 1.0
) -> ValueBand:
    """Mean, minimum and maximum over many series, times `factor`, one point per slot of `grid`.

    In each slot every series counts once, with its mean there, so that a pod that is scraped more
    often does not weigh more. A slot without any measurement is a hole if it, or the hole that it
    is part of, is wider than `gap_s`.
    """
    columns, first = grid.columns, grid.first
    sums = [0.0] * columns
    counts = [0] * columns
    lows = [inf] * columns
    highs = [-inf] * columns
    for slots in series:
        for slot, (count, total, lowest, highest) in slots.items():
            column = slot - first
            if 0 <= column < columns:
                sums[column] += lowest if lowest == highest else total / count
                counts[column] += 1
                if lowest < lows[column]:
                    lows[column] = lowest
                if highest > highs[column]:
                    highs[column] = highest
    mean: list[tuple[float, float | None]] = []
    low: list[float | None] = []
    high: list[float | None] = []
    before: float | None = None
    gap_s = max(gap_s, 2.0 * grid.step)
    for column, count in enumerate(counts):
        if not count:
            continue
        at = grid.since + (column + 0.5) * grid.step
        if before is not None and at - before > gap_s:
            mean.append(((before + at) / 2.0, None))
            low.append(None)
            high.append(None)
        mean.append((at, sums[column] / count * factor))
        low.append(lows[column] * factor)
        high.append(highs[column] * factor)
        before = at
    return tuple(mean), tuple(low), tuple(high)


def steps(
    points: Sequence[tuple[float, float | None]], since: float, until: float, columns: int
) -> ChartColumn:
    """A step series over [since, until], each value holding until the next; None: not known.

    It starts at `since` with the value in force then, and repeats the last one at `until`. Of more
    than two changes in one column, the lowest and the highest stay.
    """
    begin = bisect_right(points, since, key=_time)
    end = bisect_right(points, until, key=_time)
    chosen = list(points[begin:end])
    if begin > 0:
        chosen.insert(0, (since, points[begin - 1][1]))
    if len(chosen) > 4 * columns:
        known = [(at, value) for at, value in chosen if value is not None]
        lost = [b for a, b in pairwise(chosen) if b[1] is None and a[1] is not None]
        chosen = sorted((*_extremes(known, since, until, columns), *lost), key=_time)
    if chosen and chosen[-1][0] < until:
        chosen.append((until, chosen[-1][1]))
    return tuple(chosen)
