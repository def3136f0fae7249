"""The simulated Prometheus that KEDA queries: scrapes pages every 15 s, answers PromQL over
them."""

from collections.abc import Collection, Iterator, Sequence

from wvatui.core.kube_object import Object
from wvatui.core.metrics import promtext
from wvatui.core.metrics.promql.evaluate import values
from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.recording_rules import RuledSeries
from wvatui.core.metrics.promql.series import TimeSeries
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import PromqlNode, selectors
from wvatui.core.rules.keda.latency_rules import latency_rules
from wvatui.engine.timeline import Timeline
from wvatui.sim.pods.collector import KEEP_S, SCRAPE_S, metrics_page
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.pod_json import key_of
from wvatui.sim.store import Store

RULES = latency_rules()
LabelSet = frozenset[tuple[str, str]]
UNREACHABLE = "dial tcp 10.96.0.90:9090: connect: connection refused"


class Prometheus:
    """Series that queries need, from every pod with a page; ten minutes of them."""

    def __init__(self, timeline: Timeline, store: Store, pages: PodPages) -> None:
        self._timeline, self._store, self._pages = timeline, store, pages
        self._wanted: set[str] = set()
        self._series: dict[str, dict[LabelSet, TimeSeries]] = {}
        self.is_down = False
        """It refuses connections."""
        self._every = timeline.every(SCRAPE_S, self.scrape)

    def ask(self, query: str) -> list[float]:
        """The values in a query's present answer. Raises PromqlError, also while it is down."""
        tree = parse(query)
        if self.is_down:
            raise PromqlError(UNREACHABLE)
        missing = set(_names(tree)) - self._wanted
        if missing:
            self._wanted |= missing
            self.scrape()
        return values(tree, RuledSeries(self, RULES), self._timeline.now)

    def scrape(self) -> None:
        """Read every page once; series that are on no page any more end."""
        if not self._wanted:
            return
        now = self._timeline.now
        read = promtext.reader(sorted(self._wanted))
        seen: set[tuple[str, LabelSet]] = set()
        for pod in self._store.list("Pod"):
            for name, labels, value in self._page(pod, read):
                seen.add((name, labels))
                family = self._series.setdefault(name, {})
                series = family.setdefault(labels, TimeSeries(dict(labels), [], []))
                _append(series, now, value)
        for name, family in self._series.items():
            for labels, series in list(family.items()):
                if (name, labels) not in seen and series.values[-1] is not None:
                    _append(series, now, None)
                if series.times[-1] < now - KEEP_S:
                    del family[labels]

    def _page(
        self, pod: Object, read: promtext.PageReader
    ) -> Iterator[tuple[str, LabelSet, float]]:
        namespace, name = key_of(pod)
        service = (pod["metadata"].get("labels") or {}).get("inferencepool", "")
        own = {"pod": name, "namespace": namespace} | ({"service": service} if service else {})
        for sample in read(metrics_page(self._pages, pod) or b""):
            labels = {
                key.decode(): value.decode()
                for key, value in promtext.all_labels(sample.labels).items()
            }
            # The page's own labels take precedence, as with honorLabels.
            yield sample.name.decode(), frozenset((own | labels).items()), sample.value

    # --- as a source of series

    def names(self) -> Collection[str]:
        """See SeriesSource."""
        return self._wanted

    def tells(self, name: str, label: str) -> bool:
        """Always True: all labels are known."""
        return True

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """The series of a name; as in Prometheus, an unknown name is no error."""
        return tuple(self._series.get(name, {}).values())


def _names(tree: PromqlNode) -> Iterator[str]:
    """Names to scrape for a query, including those of recording rules."""
    for selector in selectors(tree):
        rule = RULES.queries.get(selector.name)
        if rule is None:
            yield selector.name
        else:
            yield from _names(rule)


def _append(series: TimeSeries, at: float, value: float | None) -> None:
    times, kept = series.times, series.values
    assert isinstance(times, list)
    assert isinstance(kept, list)
    if times and times[-1] == at:
        times.pop()
        kept.pop()
    times.append(at)
    kept.append(value)
