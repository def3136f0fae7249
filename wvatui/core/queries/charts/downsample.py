"""Series reduced to the columns of a chart: extremes survive, holes stay holes.

Points are (time, value) ascending in time. In the results a value of None is a hole, across which
no line must be drawn.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from operator import itemgetter

from wvatui.core.metrics.track import Track

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


def band(
    series: Sequence[Points], since: float, until: float, columns: int, *, gap_s: float
) -> ValueBand:
    """Mean, minimum and maximum over many series, one point per column.

    In each column every series counts once, with its mean there, so that a pod that is scraped more
    often does not weigh more. A column without any measurement is a hole if it, or the hole that it
    is part of, is wider than `gap_s`.
    """
    width = (until - since) / columns
    edges = [since + (column + 1) * width for column in range(columns - 1)]
    sums = [0.0] * columns
    counts = [0] * columns
    lows: list[float | None] = [None] * columns
    highs: list[float | None] = [None] * columns
    for points in series:
        track = Track.of(points)
        first, last = bisect_left(track.times, since), bisect_right(track.times, until)
        known = track.values
        ends = [*_ends(track.times, edges, first, last), last]
        for column, (begin, end) in enumerate(pairwise((first, *ends))):
            if end > begin:
                values = known[begin:end]
                lowest, highest = min(values), max(values)
                mean = lowest if lowest == highest else sum(values) / len(values)
                sums[column] += mean
                counts[column] += 1
                low, high = lows[column], highs[column]
                lows[column] = lowest if low is None or lowest < low else low
                highs[column] = highest if high is None or highest > high else high
    return _with_holes(sums, counts, lows, highs, since, width, max(gap_s, 2.0 * width))


def _ends(times: Sequence[float], edges: Sequence[float], first: int, last: int) -> Iterator[int]:
    """Up to where ascending times, from number `first` to `last`, lie before each of the edges."""
    end = first
    for edge in edges:
        end = bisect_left(times, edge, end, last)
        yield end


def _with_holes(
    sums: list[float],
    counts: list[int],
    lows: list[float | None],
    highs: list[float | None],
    since: float,
    width: float,
    gap_s: float,
) -> ValueBand:
    mean: list[tuple[float, float | None]] = []
    low: list[float | None] = []
    high: list[float | None] = []
    before: float | None = None
    for column, count in enumerate(counts):
        if not count:
            continue
        at = since + (column + 0.5) * width
        if before is not None and at - before > gap_s:
            mean.append(((before + at) / 2.0, None))
            low.append(None)
            high.append(None)
        mean.append((at, sums[column] / count))
        low.append(lows[column])
        high.append(highs[column])
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
