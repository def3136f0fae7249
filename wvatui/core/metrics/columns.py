"""Scrapes of one engine from columns of numbers, such as saved time series.

While the same series have a sample, their labels say the same: which series count, and for what.
So the labels are read once, from a page by `read_page`; after that only the numbers are taken from
their places. Anything unusual (several engines, adapters, an impossible number) goes through a
page every time.
"""

import math
from collections.abc import Callable, Sequence
from operator import itemgetter, sub
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from wvatui.core.events import Engine, Event, Scrape
from wvatui.core.metrics import promtext
from wvatui.core.metrics.engine_page import METRIC_ROWS, take_all
from wvatui.core.metrics.metrics_page import ABOVE, BoundsBook, MetricsPage, bucket_bound
from wvatui.core.metrics.metrics_table import CACHE_CONFIG, Metric
from wvatui.core.metrics.scrape import read_page
from wvatui.core.metrics.scrape_fields import whole_fields
from wvatui.core.ranges import COUNT_LIMIT

MomentSamples = tuple[float | None, ...]
"""The samples of one moment, one per series; None where a series has none."""
_WHOLE = whole_fields(Scrape)
_CACHE_CONFIG = frozenset(name.encode() for name in CACHE_CONFIG)
_encode = msgspec.json.Encoder().encode


class _Number(NamedTuple):
    """A gauge or counter: its place in a row, and the highest that it can be."""

    field: str
    place: int
    is_whole: bool
    most: float


class _Apart(NamedTuple):
    """A counter that is recorded by label value, with the place of each value."""

    field: str
    places: tuple[tuple[str, int], ...]


class _Histogram(NamedTuple):
    """The buckets by ascending bound, the overflow last; `layout`: the number of their bounds."""

    field: str
    cumulative: Callable[[MomentSamples], tuple[float, ...]]
    sum_at: int
    count_at: int
    layout: int


class _Plan(NamedTuple):
    """Where each field is in a row, and the engine that the labels name."""

    engine: Engine
    numbers: tuple[_Number, ...]
    apart: tuple[_Apart, ...]
    histograms: tuple[_Histogram, ...]


class PodColumns:
    """The scrapes of one pod. `heads`: for each series, the text before the value in its line of
    the page, including the space."""

    def __init__(self, heads: Sequence[bytes], pod: str, bounds: BoundsBook) -> None:
        self._heads, self._pod, self._bounds = heads, pod, bounds
        self._plans: dict[bytes, _Plan | None] = {}
        """By the set of series that have a sample; None: read page by page."""
        self._before: bytes | None = None
        """The set of series that had a sample at the last moment."""

    def look(self, at: float, row: MomentSamples) -> list[Event]:
        """The events of one moment, as `read_page` would give them for a page with these samples;
        without the Engine where the same series had a sample at the moment before."""
        shape = bytes(map(_is_there, row)) if None in row else b""
        before, self._before = self._before, shape
        plan = self._plans.get(shape)
        if plan is not None:
            scrape = _scrape(plan, at, self._pod, row)
            if scrape is not None:
                engine = [replace(plan.engine, at=at)] if shape != before else []
                return [*engine, scrape]
        lines = zip(self._heads, row, strict=True)
        page = b"".join(b"%s%r\n" % line for line in lines if line[1] is not None)
        events = read_page(page, at=at, pod=self._pod, took_ms=0, bounds=self._bounds)
        if shape not in self._plans and events:
            serves, seen = events[-2:]
            assert isinstance(serves, Engine)
            assert isinstance(seen, Scrape)
            if not seen.bad:
                is_plain = not (seen.ranks or seen.lora or seen.judged or serves.ranks)
                self._plans[shape] = self._planned(row, serves) if is_plain else None
        return events

    def _planned(self, row: MomentSamples, engine: Engine) -> _Plan | None:
        """The plan, read from a page on which each series has its own index as value; None: the
        page is unusual."""
        lines = enumerate(zip(self._heads, row, strict=True))
        page = b"".join(b"%s%d\n" % (head, n) for n, (head, v) in lines if v is not None)
        read, stated, first = take_all(page)
        if first is None or not set(stated) <= _CACHE_CONFIG:
            return None  # other info metrics, whose values carry meaning
        numbers, apart, histograms = [], [], []
        for name, (number, metric) in METRIC_ROWS.items():
            if metric.kind == "histogram":
                histogram = self._histogram(read, name, number, metric)
                if histogram is None:
                    return None
                histograms += [histogram] if histogram.layout >= 0 else []
                continue
            series = read.best(number, metric)
            places = [(labels, round(value)) for labels, value in series]
            if metric.by and places:
                key = metric.by.encode()
                named = [((promtext.label(labels, key) or b""), n) for labels, n in places]
                words = [(name.decode("utf-8", "replace") or "finished", n) for name, n in named]
                apart.append(_Apart(name, tuple(words)))
            elif len(places) == 1:
                most = math.inf if metric.most is None else metric.most + ABOVE
                numbers.append(_Number(name, places[0][1], name in _WHOLE, most))
            elif places:
                return None
        return _Plan(engine, tuple(numbers), tuple(apart), tuple(histograms))

    def _histogram(
        self, read: MetricsPage, name: str, number: int, metric: Metric
    ) -> _Histogram | None:
        """One histogram; its layout is -1 where there is none. None: of several engines."""
        buckets, sums, counts = read.histogram_series(number, metric)
        if not buckets:
            return _Histogram(name, _no_buckets, 0, 0, -1)
        by_bound = {bucket_bound(labels): round(value) for labels, value in buckets}
        if len(sums) != 1 or len(counts) != 1 or len(by_bound) != len(buckets):
            return None
        count = round(counts[0][1])
        by_bound.setdefault(math.inf, count)
        places = [place for _, place in sorted(by_bound.items())]
        if len(places) < 2:
            return None
        layout, is_new = self._bounds.id_of(tuple(sorted(by_bound))[:-1])
        return (
            None
            if is_new
            else _Histogram(name, itemgetter(*places), round(sums[0][1]), count, layout)
        )


def _is_there(value: float | None) -> bool:
    return value is not None


def _no_buckets(row: MomentSamples) -> tuple[float, ...]:
    return ()


def _scrape(plan: _Plan, at: float, pod: str, row: MomentSamples) -> Scrape | None:
    """The Scrape of a row, by its plan; None where a number is impossible."""
    known: Sequence[float] = [v for v in row if v is not None] if None in row else row  # type: ignore[assignment]
    # The sum shows a NaN or an infinity, which min and max may miss.
    if not math.isfinite(sum(known)) or min(known) < 0.0 or max(known) >= COUNT_LIMIT:
        return None
    fields: dict[str, object] = {}
    for field, place, is_whole, most in plan.numbers:
        value: float = row[place]  # type: ignore[assignment]
        if value > most:
            return None
        fields[field] = round(value) if is_whole else value
    if "prefix_hits" in fields and "prefix_queries" not in fields and "prompt_tokens" in fields:
        fields["prefix_queries"] = fields["prompt_tokens"]
    for field, places in plan.apart:
        counts: dict[str, int] = {}
        for label, place in places:
            whole = round(row[place])  # type: ignore[arg-type]
            if whole:
                counts[label] = counts.get(label, 0) + whole
        fields[field] = counts
    for field, cumulative, sum_at, count_at, layout in plan.histograms:
        up_to = cumulative(row)
        numbers = list(map(int, up_to))
        if numbers != list(up_to) or sorted(numbers) != numbers or up_to[-1] != row[count_at]:
            return None
        apart = map(sub, numbers, [0, *numbers[:-1]])
        seen = _encode([layout, round(row[sum_at], 6), *apart])  # type: ignore[arg-type]
        fields[field] = msgspec.Raw(seen)
    return Scrape(at, pod=pod, **fields)  # type: ignore[arg-type]
