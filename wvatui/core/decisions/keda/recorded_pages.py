"""Counters and histograms of pods' pages as series, as a Prometheus beside them would have them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wvatui.core.events import Scrape
from wvatui.core.kube_object import bare
from wvatui.core.metrics.histogram import read
from wvatui.core.metrics.metrics_page import HISTOGRAM_PARTS
from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.metrics.promql.series import FamilyNotHeld, TimeSeries
from wvatui.core.metrics.scrape_fields import HISTOGRAMS, NUMBERS
from wvatui.core.state.state import Watched

SCRAPE_S = 14.0
"""Least seconds between two samples: Prometheus scrapes at 15 s or 30 s, a session more often."""
Labels = Mapping[str, str]
PageReading = Callable[[Scrape], Iterable[tuple[Labels, float]]]


@dataclass(frozen=True, slots=True)
class RecordedPages:
    """A SeriesSource over the pages of these pods at `now` (epoch seconds); series are made on
    demand. `lasts_s`: how long a page counts as the pod's newest, seconds. `since`: older pages are
    ignored."""

    watched: Mapping[str, Watched]
    bounds: Mapping[int, tuple[float, ...]]
    pods: Collection[str]
    now: float
    lasts_s: float
    since: float = float("-inf")
    _made: dict[str, Sequence[TimeSeries]] = field(default_factory=dict, compare=False)

    def names(self) -> Collection[str]:
        """Current names of the metrics that some page has."""
        newest = [looks[-1] for pod in self.pods if (looks := self._looks(pod))]
        held = []
        for metric in METRICS:
            if metric.kind == "histogram" and any(bytes(HISTOGRAMS[metric.id](s)) for s in newest):
                held += [f"{metric.names[0]}{tail}" for tail in HISTOGRAM_PARTS]
            elif metric.kind == "counter" and any(
                NUMBERS[metric.id](look) is not None for look in newest
            ):
                held.append(metric.names[0])
        return held

    def tells(self, name: str, label: str) -> bool:
        """See SeriesSource."""
        return label in ("pod", "le", "finished_reason")

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """See SeriesSource. Before a pod's first page, its values are not known."""
        known = self._made.get(name)
        if known is None:
            counts = _counts(name, self.bounds)
            if counts is None:
                raise FamilyNotHeld(name, self.names())
            series = [each for pod in self.pods for each in self._of_pod(pod, counts)]
            known = self._made[name] = series
            if not series:
                raise FamilyNotHeld(name, self.names())
        return known

    def _looks(self, pod: str) -> list[Scrape]:
        watched = self.watched.get(pod)
        return watched.history.since(self.since) if watched is not None else []

    def _of_pod(self, pod: str, counts: PageReading) -> list[TimeSeries]:
        looks = self._looks(pod)
        points: dict[frozenset[tuple[str, str]], list[tuple[float, float | None]]] = {}
        taken = float("-inf")
        for look in looks:
            if look.at - taken < SCRAPE_S:
                continue
            taken = look.at
            for labels, value in counts(look):
                points.setdefault(frozenset(labels.items()), []).append((look.at, value))
        gone = looks[-1].at + self.lasts_s if looks else 0.0
        ended = [(gone, None)] if gone < self.now else []
        return [
            TimeSeries(
                {"pod": bare(pod), **dict(key)},
                [at for at, _ in (*series, *ended)],
                [value for _, value in (*series, *ended)],
            )
            for key, series in points.items()
        ]


def _counts(name: str, bounds: Mapping[int, tuple[float, ...]]) -> PageReading | None:
    """Reads a counter or histogram of this name from one page; None: the name is neither."""
    for metric in METRICS:
        for spelled in metric.spellings:
            if metric.kind == "counter" and name == spelled:
                return _counter(metric)
            tail = name.removeprefix(spelled)
            if metric.kind == "histogram" and tail in HISTOGRAM_PARTS:
                return _histogram(metric, tail, bounds)
    return None


def _counter(metric: Metric) -> PageReading:
    def counts(look: Scrape) -> Iterable[tuple[Labels, float]]:
        if metric.by:
            by_label: Mapping[str, int] = getattr(look, metric.id) or {}
            return [({metric.by: label}, float(count)) for label, count in by_label.items()]
        value = NUMBERS[metric.id](look)
        return [] if value is None else [({}, value)]

    return counts


def _histogram(metric: Metric, tail: str, bounds: Mapping[int, tuple[float, ...]]) -> PageReading:
    def counts(look: Scrape) -> Iterable[tuple[Labels, float]]:
        histogram = read(HISTOGRAMS[metric.id](look))
        if histogram is None:
            return []
        layout, total, buckets = histogram
        if tail != "_bucket":
            return [({}, total if tail == "_sum" else float(sum(buckets)))]
        ends = [*(f"{bound:g}" for bound in bounds.get(layout, ())), "+Inf"]
        if len(ends) != len(buckets):
            return []
        below, cumulative = 0, []
        for end, count in zip(ends, buckets, strict=True):
            below += count
            cumulative.append(({"le": end}, float(below)))
        return cumulative

    return counts
