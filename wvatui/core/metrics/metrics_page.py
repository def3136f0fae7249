"""One metrics page: its samples, sorted into the rows of a metrics table, and each row's number."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wvatui.core.metrics import promtext
from wvatui.core.metrics.metrics_table import How, Metric
from wvatui.core.metrics.series import Series, once
from wvatui.core.ranges import AMOUNT_LIMIT, COUNT_LIMIT

ABOVE = 1e-3
"""How far rounding may lift a number above its highest possible value, or put it below 0."""
_FLOATS_KEPT = 4096

SamplePlace = tuple[int, int, str]
"""(row, rank of the name in the row, part: value, bucket, sum or count)."""
SamplePlaces = dict[bytes, list[SamplePlace]]

HISTOGRAM_PARTS = {"_bucket": "bucket", "_sum": "sum", "_count": "count"}
_floats: dict[bytes, float] = {}


class BoundsBook:
    """Gives an id to each layout of histogram buckets that occurs in a session."""

    def __init__(self) -> None:
        self._ids: dict[tuple[float, ...], int] = {}

    def id_of(self, le: tuple[float, ...]) -> tuple[int, bool]:
        """Id of the layout with these upper bounds (seconds), and whether it is new."""
        known = self._ids.get(le)
        if known is not None:
            return known, False
        number = self._ids[le] = len(self._ids)
        return number, True


class HistogramSeries(NamedTuple):
    """The series that a histogram is made of."""

    buckets: list[Series]
    sums: list[Series]
    counts: list[Series]


class Observations(NamedTuple):
    """A histogram as it stands."""

    le: tuple[float, ...]
    """Finite upper bounds in seconds, ascending."""
    total: float
    """Sum of all observations, seconds."""
    counts: tuple[int, ...]
    """Observations in each bucket alone, the overflow bucket last."""


def places(rows: tuple[Metric, ...]) -> SamplePlaces:
    """Sample name → where such a sample goes."""
    by_name: SamplePlaces = {}
    for row, metric in enumerate(rows):
        for rank, name in enumerate(metric.spellings):
            if metric.kind == "histogram":
                for suffix, part in HISTOGRAM_PARTS.items():
                    by_name.setdefault((name + suffix).encode(), []).append((row, rank, part))
            else:
                by_name.setdefault(name.encode(), []).append((row, rank, "value"))
    return by_name


class MetricsPage:
    """The wanted samples of one page. `bad` counts samples that are there but impossible."""

    def __init__(self, wanted: SamplePlaces) -> None:
        self.bad = 0
        self._places = wanted
        self._parts: dict[SamplePlace, list[Series]] = {}

    def only(self, wanted: Callable[[bytes], bool]) -> "MetricsPage":
        """The same page with only the series whose labels are `wanted`."""
        page = MetricsPage(self._places)
        page.bad = self.bad
        page._parts = {
            place: kept
            for place, samples in self._parts.items()
            if (kept := [item for item in samples if wanted(item[0])])
        }
        return page

    def take(self, sample: promtext.Sample) -> None:
        """Put one sample where it belongs."""
        name, labels, value = sample
        if not -ABOVE <= value <= AMOUNT_LIMIT:
            value = math.nan
            self.bad += 1
        for place in self._places[name]:
            samples = self._parts.get(place)
            if samples is None:
                self._parts[place] = [(labels, value)]
            else:
                samples.append((labels, value))

    # --- gauges and counters

    def series(self, row: int, metric: Metric) -> list[Series]:
        """All series of a row, (labels, value), under the best of its names that can be used.

        One engine whose number is not finite or above `Metric.most` makes the row unknown (empty):
        a sum without it would be too small, and a counter would seem to have been reset. Series
        that repeat others count once.
        """
        samples = self.best(row, metric)
        return [] if metric.most is not None and self.beyond(row, metric) else samples

    def beyond(self, row: int, metric: Metric) -> float | None:
        """The highest value of a row, where it exceeds `Metric.most`; else None."""
        most = max((value for _, value in self.best(row, metric)), default=None)
        limit = metric.most
        return most if most is not None and limit is not None and most > limit + ABOVE else None

    def best(self, row: int, metric: Metric) -> list[Series]:
        """As `series`, but without the check against `Metric.most`."""
        for rank in range(len(metric.spellings)):
            samples = self._parts.get((row, rank, "value"), [])
            if metric.labels:
                samples = [item for item in samples if _has(item[0], metric.labels)]
            if samples and all(math.isfinite(value) for _, value in samples):
                return once(samples)
        return []

    def number(self, row: int, metric: Metric) -> float | None:
        """The row's number over all engines; None when the page has none."""
        values = [value for _, value in self.series(row, metric)]
        return combined(values, metric.shown) if values else None

    def apart(self, row: int, metric: Metric) -> dict[str, float] | None:
        """The row's numbers by the values of the label `Metric.by`; None when there are none."""
        numbers: dict[str, float] = {}
        for labels, value in self.series(row, metric):
            of = (promtext.label(labels, metric.by.encode()) or b"").decode("utf-8", "replace")
            numbers[of] = numbers.get(of, 0.0) + value
        return numbers or None

    def judged(self, row: int, metric: Metric) -> float | None:
        """The number that is judged, where it differs from the one that is shown."""
        if metric.judged is None:
            return None
        values = [value for _, value in self.series(row, metric)]
        if len(values) < 2:
            return None
        value = combined(values, metric.judged)
        return None if value == combined(values, metric.shown) else value

    def count(self, row: int, metric: Metric) -> int | None:
        """The row's number as an integer; None when the page has none."""
        value = self.number(row, metric)
        return None if value is None else self.whole(value)

    def whole(self, value: float) -> int | None:
        """`value` as an integer; None, and counted in `bad`, when it is no possible count."""
        if not 0 <= value < COUNT_LIMIT:
            self.bad += 1
            return None
        return round(value)

    # --- histograms

    def histogram(self, row: int, metric: Metric) -> Observations | None:
        """The row's histogram over all engines; None when it is absent or contradicts itself."""
        buckets, sums, counts = self.histogram_series(row, metric)
        if not buckets:
            return None
        cumulative = _cumulative(buckets, [value for _, value in counts])
        total = sum(value for _, value in sums)
        if cumulative is None or len(sums) != len(counts) or not math.isfinite(total):
            # A sample that is not finite has been counted already.
            self.bad += all(math.isfinite(v) for _, v in (*buckets, *sums, *counts))
            return None
        return Observations(tuple(cumulative)[:-1], total, tuple(_apart(cumulative)))

    def histogram_series(self, row: int, metric: Metric) -> HistogramSeries:
        """The series of a histogram, under the best of its names that has buckets."""
        for rank in range(len(metric.spellings)):
            buckets = once(self._parts.get((row, rank, "bucket"), []))
            if buckets:
                sums = once(self._parts.get((row, rank, "sum"), []))
                return HistogramSeries(
                    buckets, sums, once(self._parts.get((row, rank, "count"), []))
                )
        return HistogramSeries([], [], [])


def combined(values: Sequence[float], how: How) -> float:
    """The numbers of several engines, combined into one."""
    if how == "max":
        return max(values)
    total = sum(values)
    return total / len(values) if how == "mean" else total


def _cumulative(
    buckets: list[tuple[bytes, float]], counts: list[float]
) -> dict[float, float] | None:
    """Upper bound → observations up to it, ascending, the last one +Inf; None when the samples
    contradict each other: an engine's buckets are missing, the counts fall, or are none."""
    summed: dict[float, float] = {}
    for labels, value in buckets:
        le = bucket_bound(labels)
        summed[le] = summed.get(le, 0.0) + value
    engines, left_over = divmod(len(buckets), len(summed))
    if left_over or engines != len(counts):
        return None
    total = sum(counts)
    if summed.setdefault(math.inf, total) != total:
        return None
    ascending = dict(sorted(summed.items()))
    below = 0.0
    for le, up_to in ascending.items():
        if not le >= 0.0 or not below <= up_to < COUNT_LIMIT or up_to % 1:
            return None
        below = up_to
    return ascending


def _apart(cumulative: dict[float, float]) -> list[int]:
    """Observations in each bucket alone."""
    counts, below = [], 0
    for up_to in cumulative.values():
        counts.append(int(up_to) - below)
        below = int(up_to)
    return counts


def bucket_bound(labels: bytes) -> float:
    """`le` as a number, NaN when there is none. Cached: every page has the same few bounds."""
    text = promtext.bound(labels)
    if text is None:
        return math.nan
    known = _floats.get(text)
    if known is not None:
        return known
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if len(_floats) < _FLOATS_KEPT:
        _floats[text] = value
    return value


def _has(labels: bytes, wanted: tuple[tuple[str, str], ...]) -> bool:
    return all(promtext.label(labels, k.encode()) == v.encode() for k, v in wanted)
