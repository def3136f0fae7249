"""What one pod's metrics page said over time: two hours whole, older minutes as min, mean and max.

A `History` is an immutable view like `Ring`: sealed minutes are tuples shared by every State, the
minute that is still open is a shared append-only list. A fold only appends the raw scrapes, as
recorded; columns are extracted when something is drawn.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from math import inf, nan
from operator import attrgetter
from struct import Struct
from typing import TypeVar, get_args

import msgspec

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import grown, quantile
from wvatui.core.metrics.metrics_table import METRICS, Metric, MetricKind
from wvatui.core.metrics.polled_totals import (
    NOTHING_POLLED,
    PolledTotals,
    has,
    left_open,
    polled_totals,
    together,
)
from wvatui.core.metrics.scrape_fields import JUDGED, NUMBERS, histogram_pair, rate
from wvatui.core.metrics.track import Track
from wvatui.core.state.ring import Ring

FULL_MINUTES = 120
"""Minutes kept at full resolution."""
OLD_MINUTES = 7 * 24 * 60
"""Minutes kept as a summary after that."""

BucketBounds = Mapping[int, tuple[float, ...]]
Growth = tuple[int, Sequence[float]] | None
"""The id of a histogram's bounds, and what was counted in each bucket."""
_Window = tuple[tuple[float, float], tuple[Scrape, Scrape] | None, dict[str, Growth]]
"""What was asked for, the scrapes at both ends, and what histograms counted between them."""
T = TypeVar("T")


def summary_names(metric: Metric) -> tuple[str, ...]:
    """What is kept of a metric's old minutes: lowest, mean and highest of a gauge, growth of a
    counter, the 95th percentile of a histogram."""
    if metric.kind == "gauge":
        judged = (f"{metric.id}_judged_max",) if metric.judged is not None else ()
        return (f"{metric.id}_min", f"{metric.id}_mean", f"{metric.id}_max", *judged)
    if metric.kind == "counter":
        return (f"{metric.chart_name or metric.id}_per_s",)
    return (f"{metric.id}_p95{'_ms' if metric.unit == 's' else ''}",)


_OF: Mapping[MetricKind, tuple[Metric, ...]] = {
    kind: tuple(metric for metric in METRICS if metric.kind == kind)
    for kind in get_args(MetricKind)
}
SUMMARY: Mapping[str, int] = {
    name: place
    for place, name in enumerate(
        name for kind in _OF.values() for metric in kind for name in summary_names(metric)
    )
}
"""Names of the numbers of a `Minute`, with their places."""


_numbers, _double = Struct(f"{len(SUMMARY)}d"), Struct("d")


class PodLifecycle(msgspec.Struct, frozen=True, gc=False):
    """One replica's lifecycle. Each step: UTC epoch seconds when it was reached; None: not seen."""

    pod: str
    namespace: str
    owner: tuple[str, str, str]
    """(kind, namespace, name) of the workload that made it; empty texts where none is known."""
    created_at: float | None = None
    scheduled_at: float | None = None
    pulling_at: float | None = None
    pulled_at: float | None = None
    started_at: float | None = None
    ready_at: float | None = None
    served_at: float | None = None
    """The first scrape at which it had generated tokens."""
    leaving_at: float | None = None
    """When its deletion was seen."""
    gone_at: float | None = None


class HistoryPoint(msgspec.Struct, frozen=True, gc=False):
    """A value at a time."""

    at: float
    value: float


class Minute(msgspec.Struct, frozen=True, gc=False):
    """One old minute of one pod. `at`: its start, UTC epoch seconds.

    Its numbers are attributes, named by `SUMMARY`; None: nothing measured. A week of them is kept
    of each pod, so they are packed.
    """

    at: float
    count: int
    numbers: bytes
    """Doubles in the order of `SUMMARY`; NaN: nothing measured."""

    def __getattr__(self, name: str) -> float | None:
        place = SUMMARY.get(name)
        if place is None:
            raise AttributeError(f"a minute has no {name}")
        value: float = _double.unpack_from(self.numbers, 8 * place)[0]
        return None if value != value else value

    @property
    def values(self) -> dict[str, float | None]:
        """All its numbers by name."""
        return {name: getattr(self, name) for name in SUMMARY}


class Sealed(tuple[Scrape, ...]):
    """The scrapes of one finished minute."""

    def points(self, column: str) -> list[tuple[float, float]]:
        """(time, value) of `column` where it was measured; cached, since charts ask again."""
        points: list[tuple[float, float]] | None = self.__dict__.get(column)
        if points is None:
            points = self.__dict__[column] = _points(self, column)
        return points

    def track(self, column: str) -> Track:
        """The same, packed."""
        return self.kept(f"track of {column}", lambda: Track.of(_points(self, column)))

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """The result of `make`, cached under `name`, since screens ask again."""
        kept: T | None = self.__dict__.get(name)
        if kept is None:
            kept = self.__dict__[name] = make()
        return kept

    def totals(self, following: Scrape) -> PolledTotals:
        """Totals from its first scrape to the one after it (`following`, always the same one)."""
        return self.kept("its totals", partial(polled_totals, self, following))

    def left_open(self, following: Scrape) -> Mapping[str, Scrape]:
        """What the scrape after it lacks; see there."""
        return self.kept("left open", partial(left_open, self, following))


def minute_of(at: float) -> tuple[float, float]:
    """The minute that contains `at`, as (start, end) in UTC epoch seconds; the end is not in it."""
    begin = at // 60 * 60
    return begin, begin + 60


class History:
    """The scrapes of one pod, ascending in time."""

    __slots__ = ("_left", "_open", "_size", "_window", "full", "old", "past")

    def __init__(
        self,
        old: Ring[Minute] | None = None,
        full: tuple[Sealed, ...] = (),
        rows: list[Scrape] | None = None,
        past: PolledTotals = NOTHING_POLLED,
        left: Mapping[str, Scrape] | None = None,
    ) -> None:
        self.old = old if old is not None else Ring(OLD_MINUTES)
        self.full = full
        self._open = rows if rows is not None else []
        self._size = len(self._open)
        self._window: _Window | None = None
        self.past = past
        """Totals of the old minutes, up to the first scrape that is kept."""
        self._left = left or {}
        """What that scrape lacks and an old one had: the last one that did."""

    def extend(self, rows: list[Scrape], bounds: BucketBounds) -> "History":
        """A history with `rows` at its end. The result depends on the rows, not on the batching."""
        old, full, past, left = self.old, self.full, self.past, self._left
        current = self._open
        if len(current) != self._size:
            current = current[: self._size]
        begin, end = minute_of(current[0].at) if current else (0.0, 0.0)
        for row in rows:
            if not begin <= row.at < end:
                if current:
                    full = (*full, Sealed(current))
                current = []
                begin, end = minute_of(row.at)
                key = int(begin // 60)
                while full and int(full[0][0].at // 60) < key - FULL_MINUTES:
                    following = full[1][0] if len(full) > 1 else row
                    past = together((past, polled_totals(full[0], following, left)))
                    left = left_open(full[0], following, left)
                    old = old.extend([summarise(full[0], bounds)])
                    full = full[1:]
            current.append(row)
        return History(old, full, current, past, left)

    @property
    def totals(self) -> PolledTotals:
        """Totals of all scrapes, those that are no longer kept included."""
        return together((self.past, *self._parts(-inf, inf, self._left)))

    def totals_between(self, since: float, until: float) -> PolledTotals:
        """Totals of the scrapes in [since, until] that are still kept whole."""
        return together(self._parts(since, until, {}))

    def _parts(self, since: float, until: float, left: Mapping[str, Scrape]) -> list[PolledTotals]:
        """`totals_between` in parts: whole minutes, whose totals are cached, and the rest."""
        rows = [row for row in self.since(since) if row.at <= until]
        begin = bisect_left(self.full, since, key=_starts)
        minutes = self.full[begin : bisect_right(self.full, until, key=_ends)]
        if not minutes:
            return [polled_totals(rows, left=left)]
        head = rows[: bisect_left(rows, minutes[0][0].at, key=scrape_at)]
        tail = rows[bisect_right(rows, minutes[-1][-1].at, key=scrape_at) :]
        pieces = [piece for piece in (head, *minutes, tail) if piece]
        parts = []
        for piece, following in ((piece, then[0]) for piece, then in pairwise(pieces)):
            joins = any(has(following, name) for name in left)
            if isinstance(piece, Sealed) and not joins and not piece.left_open(following):
                parts.append(piece.totals(following))
                continue
            parts.append(polled_totals(piece, following, left))
            left = left_open(piece, following, left)
        return [*parts, polled_totals(pieces[-1], left=left)]

    @property
    def last(self) -> Scrape | None:
        """The newest scrape."""
        if self._size:
            return self._open[self._size - 1]
        return self.full[-1][-1] if self.full else None

    @property
    def open(self) -> list[Scrape]:
        """The scrapes of the minute that is not sealed yet."""
        return self._open[: self._size]

    def __len__(self) -> int:
        return sum(len(chunk) for chunk in self.full) + self._size

    def __iter__(self) -> Iterator[Scrape]:
        for chunk in self.full:
            yield from chunk
        yield from self._open[: self._size]

    def since(self, at: float) -> list[Scrape]:
        """Scrapes at or after `at`, ascending."""
        rows: list[Scrape] = []
        for chunk in self.full[bisect_left(self.full, at, key=_ends) :]:
            begin = 0 if chunk[0].at >= at else bisect_left(chunk, at, key=scrape_at)
            rows.extend(chunk[begin:])
        tail = self._open[: self._size]
        if tail and tail[-1].at >= at:
            rows.extend(tail[bisect_left(tail, at, key=scrape_at) :])
        return rows

    def upto(self, moment: float) -> Scrape | None:
        """The newest scrape at or before `moment`; None: there is none."""
        index = bisect_right(self.full, moment, key=_starts) - 1
        rows: Sequence[Scrape] = self.full[index] if index >= 0 else ()
        if self._size and self._open[0].at <= moment:
            rows = self.open
        return rows[bisect_right(rows, moment, key=scrape_at) - 1] if rows else None

    def after(self, moment: float) -> Scrape | None:
        """The oldest scrape after `moment`; None: there is none."""
        index = bisect_right(self.full, moment, key=_ends)
        rows = self.full[index] if index < len(self.full) else self.open
        place = bisect_right(rows, moment, key=scrape_at)
        return rows[place] if place < len(rows) else None

    def points(self, column: str, since: float) -> list[tuple[float, float]]:
        """(time, value) of a gauge or counter from `since` on, where measured; KeyError when
        `column` is neither."""
        values: list[tuple[float, float]] = []
        for chunk in self.full[bisect_left(self.full, since, key=_ends) :]:
            if chunk[0].at >= since:
                values += chunk.points(column)
            else:
                values += [point for point in chunk.points(column) if point[0] >= since]
        return values + _points([row for row in self.open if row.at >= since], column)

    def track(self, column: str, since: float) -> Track:
        """The same, packed."""
        track = Track()
        for chunk in self.full[bisect_left(self.full, since, key=_ends) :]:
            track.add(chunk.track(column), since)
        track.add(Track.of(_points(self.open, column)), since)
        return track

    def sealed_at(self, since: float, until: float) -> Sealed | None:
        """The minute that contains `until` (or the next one), if all of [since, until] is kept
        whole and finished; else None."""
        if self.old and self.full and self.full[0][0].at > since:
            return None
        index = bisect_left(self.full, until, key=_ends)
        return self.full[index] if index < len(self.full) else None

    def window(self, until: float, length_s: float) -> tuple[Scrape, Scrape] | None:
        """The newest scrape at or before `until` and the one about `length_s` before it.

        None when there are not two. The older one is the last at or before `until - length_s`,
        or the oldest there is.
        """
        return self._seen_in(until, length_s)[1]

    def grown(self, name: str, until: float, length_s: float) -> Growth:
        """What the histogram `name` counted in this window; None: it is not known."""
        _, pair, growths = self._seen_in(until, length_s)
        if name not in growths:
            growths[name] = None if pair is None else grown(*histogram_pair(*pair, name))
        return growths[name]

    def _seen_in(self, until: float, length_s: float) -> _Window:
        """The window, cached: several tables ask for the same one."""
        window = self._window
        if window is None or window[0] != (until, length_s):
            pair = None
            rows = self.since(until - length_s - 60.0)
            end = bisect_right(rows, until, key=scrape_at)
            if end >= 2:
                start = bisect_right(rows, until - length_s, 0, end - 1, key=scrape_at)
                pair = rows[max(0, start - 1)], rows[end - 1]
            window = self._window = ((until, length_s), pair, {})
        return window


def _points(rows: Sequence[Scrape], column: str) -> list[tuple[float, float]]:
    values = map(NUMBERS[column], rows)
    return [(row.at, value) for row, value in zip(rows, values, strict=True) if value is not None]


scrape_at: Callable[[Scrape], float] = attrgetter("at")
"""When a scrape was read, UTC epoch seconds: the key by which its history is searched."""


def _starts(minute: tuple[Scrape, ...]) -> float:
    return minute[0].at


def _ends(minute: tuple[Scrape, ...]) -> float:
    return minute[-1].at


def summarise(rows: tuple[Scrape, ...], bounds: BucketBounds) -> Minute:
    """The summary of one minute: see `summary_names`. It is the most expensive part of a fold."""
    first, last = rows[0], rows[-1]
    summary: list[float | None] = []
    *columns, judged = zip(*map(_gauges, rows), strict=True)
    for column, judge in zip(columns, _JUDGES, strict=True):
        lowest, mean, most = _range(column)
        summary += (lowest, mean, most)
        if judge is not None:
            held = map(judge, rows) if any(judged) else ()
            summary.append(max((v for v in held if v is not None), default=most))
    summary += [rate(first, last, name) for name in _COUNTERS]
    summary += [
        percentile(*histogram_pair(first, last, name), bounds, factor)
        for name, factor in _HISTOGRAMS
    ]
    numbers = _numbers.pack(*[nan if value is None else value for value in summary])
    return Minute(float(int(first.at // 60) * 60), len(rows), numbers)


def _range(column: tuple[float | None, ...]) -> tuple[float | None, float | None, float | None]:
    """Lowest, mean and highest of what was measured."""
    first = column[0]
    if column.count(first) == len(column):
        return first, first, first  # in most minutes most metrics do not change
    values = [value for value in column if value is not None]
    lowest, most = min(values), max(values)
    return lowest, most if lowest == most else sum(values) / len(values), most


_gauges = attrgetter(*(metric.id for metric in _OF["gauge"]), "judged")
_JUDGES = [JUDGED[m.id] if m.judged is not None else None for m in _OF["gauge"]]
_COUNTERS = [metric.id for metric in _OF["counter"]]
_HISTOGRAMS = [(metric.id, metric.drawn[0]) for metric in _OF["histogram"]]


def percentile(
    older: msgspec.Raw, newer: msgspec.Raw, bounds: BucketBounds, factor: float, q: float = 0.95
) -> float | None:
    """The q-quantile of what was observed between two looks at a histogram, times `factor`."""
    growth = grown(older, newer) if older != newer else None
    if growth is None or growth[0] not in bounds:
        return None
    value = quantile(q, bounds[growth[0]], growth[1])
    return None if value is None else value * factor
