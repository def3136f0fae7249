"""The result of a trigger's query over scraped pages and known targets.

It is computed here and not read from Prometheus: labels that Prometheus adds when it scrapes are
not on a page, and its own sample may be a scrape interval older.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from wvatui.core.decisions.keda.page_families import (
    FAMILIES,
    PageFamily,
    joined_otherwise,
    tells,
    whose,
)
from wvatui.core.decisions.keda.recorded_pages import RecordedPages
from wvatui.core.events import Epp, Pod, ScaledObject, Scrape, Variant, Workload
from wvatui.core.kube_object import bare
from wvatui.core.metrics.metrics_table import ENGINE_IDS, Metric
from wvatui.core.metrics.promql.evaluate import values
from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.series import (
    FamilyNotHeld,
    TimeSeries,
    ValueNotKnown,
)
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import (
    LabelMatcher,
    PromqlNode,
    selectors,
)
from wvatui.core.metrics.scrape_fields import NUMBERS
from wvatui.core.rules.keda.keda_prometheus import PrometheusQuery, prometheus_query
from wvatui.core.rules.quantities import truncated
from wvatui.core.state.looks import TriggerReading
from wvatui.core.state.ring import Ring
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State, Watched

_MODEL = "llm-d.ai/model"
AROUND_S = 60.0
"""Pages are read from this long before a range, seconds, to include the sample just before it."""


@dataclass(frozen=True, slots=True)
class SeenSources:
    """Pages and objects as known at `at`, epoch seconds.

    `first_at`: when the observation began. `lasts_s`: how long a page counts as current, seconds.
    """

    at: float
    first_at: float
    lasts_s: float
    pods: Mapping[str, Pod]
    gone: Mapping[str, float]
    watched: Mapping[str, Watched]
    gateways: Mapping[str, Ring[Epp]]
    workloads: Mapping[tuple[str, str, str], Workload]
    bounds: Mapping[int, tuple[float, ...]]
    variants: Mapping[tuple[str, str, str], Variant]
    namespace: str = ""
    """The namespace of pods whose object is not known; empty: not known either."""

    @property
    def models(self) -> set[str]:
        """The models that are served, as far as objects show."""
        labels = {target.labels.get(_MODEL, "") for target in self.workloads.values()}
        return ({each.model for each in self.variants.values()} - {""}) or (labels - {""})


def seen_in(state: State) -> SeenSources:
    """The pages and objects of a State."""
    return SeenSources(
        at=state.now,
        first_at=state.first_at,
        lasts_s=fresh_s(state.header),
        pods=state.pods,
        gone=state.gone,
        watched=state.watched,
        gateways=state.epp,
        workloads=state.workloads,
        bounds=state.bounds,
        variants=state.variants,
    )


class ScrapedSeries:
    """A SeriesSource over `SeenSources`. `oldest_s`: age of the oldest page read, seconds."""

    def __init__(self, seen: SeenSources, back_s: float) -> None:
        self._seen, self._back_s = seen, back_s
        self.oldest_s: float | None = None

    def names(self) -> Collection[str]:
        """See SeriesSource: all names that pages and objects can have."""
        seen = self._seen
        held = {"gateway": bool(seen.gateways), "engines": bool(seen.watched)}
        held |= {"counts": bool(seen.watched), "object": bool(seen.workloads)}
        return [name for name, family in FAMILIES.items() if held[family.of]]

    def tells(self, name: str, label: str) -> bool:
        """See SeriesSource."""
        return tells(name, label)

    def series(self, name: str, since: float, until: float) -> Sequence[TimeSeries]:
        """See SeriesSource."""
        family = FAMILIES.get(name)
        if family is None:
            raise FamilyNotHeld(name, ())
        if family.of == "object":
            return list(self._of_targets(*family.where))
        if since < until and since < self._seen.first_at:
            raise ValueNotKnown(f"{name}: nothing was seen of the whole range yet")
        if family.of == "gateway":
            return list(self._of_gateways(name, family))
        return self._of_engines(name, family)

    # --- targets

    def _of_targets(self, kind: str, column: str) -> Iterator[TimeSeries]:
        """A series for each target's newest version. Source: kube-state-metrics internal/store."""
        for (own, namespace, name), target in self._seen.workloads.items():
            value = _column(target, column)
            if own == kind and value is not None:
                labels = {"namespace": namespace, kind.lower(): name}
                yield TimeSeries(labels, [self._seen.at], [float(value)])

    # --- the gateway

    def _of_gateways(self, name: str, family: PageFamily) -> Iterator[TimeSeries]:
        pages = dict(self._gateways())
        if not pages:
            raise ValueNotKnown("no page of a gateway was read lately")
        metric = family.metric
        assert metric is not None
        for pod, looks in pages.items():
            self._age(looks[-1].at)
            labels = {**self._place(pod), **dict(metric.labels)}
            points: dict[str, list[tuple[float, float]]] = {}
            for look in looks:
                value = getattr(look, metric.id)
                apart = value if isinstance(value, Mapping) else {"": value}
                for key, number in apart.items():
                    if number is not None:
                        points.setdefault(key, []).append((look.at, float(number)))
            for key, series in points.items():
                if series[-1][0] == looks[-1].at:  # else the newest page no longer has it
                    more = {metric.by: key} if metric.by else {}
                    yield TimeSeries({**labels, **more}, *map(list, zip(*series, strict=True)))

    def _gateways(self) -> Iterator[tuple[str, list[Epp]]]:
        """Gateways that answered recently, with their pages of the queried time."""
        seen = self._seen
        for pod, ring in seen.gateways.items():
            if pod in seen.gone or not ring or seen.at - ring[-1].at > seen.lasts_s:
                continue
            if not self._back_s:
                yield pod, [ring[-1]]
            else:
                since = seen.at - self._back_s
                yield pod, [look for look in ring if look.at >= since]

    # --- the engines

    def _serving(self) -> list[str]:
        """Pods whose engine answered recently."""
        seen = self._seen
        return [
            pod
            for pod, watched in seen.watched.items()
            if pod not in seen.gone
            and watched.history.last is not None
            and seen.at - watched.history.last.at <= seen.lasts_s
        ]

    def _of_engines(self, name: str, family: PageFamily) -> Sequence[TimeSeries]:
        seen, pods = self._seen, self._serving()
        if not pods:
            raise ValueNotKnown("no page of an engine was read lately")
        for pod in pods:
            self._age(_newest(seen.watched[pod]).at)
        if family.of == "counts":
            pages = RecordedPages(
                seen.watched,
                seen.bounds,
                pods,
                seen.at,
                seen.lasts_s,
                seen.at - self._back_s - AROUND_S,
            )
            series = [(each.labels["pod"], each) for each in pages.series(name, 0.0, seen.at)]
            places = {bare(pod): self._place(pod) for pod in pods}
            return [
                TimeSeries({**each.labels, **places[pod]}, each.times, each.values)
                for pod, each in series
            ]
        assert family.metric is not None
        return [each for pod in pods for each in self._of_pod(pod, family.metric)]

    def _of_pod(self, pod: str, metric: Metric) -> Iterator[TimeSeries]:
        """A gauge of one pod: of each of its engines, where it has several."""
        history, at = self._seen.watched[pod].history, self._seen.at
        looks = history.since(at - self._back_s) if self._back_s else []
        points: dict[str, list[tuple[float, float]]] = {}
        for look in looks or [_newest(self._seen.watched[pod])]:
            for engine, value in _gauges(look, metric):
                if value is not None:
                    points.setdefault(engine, []).append((look.at, float(value)))
        for engine, series in points.items():
            labels = {**self._place(pod), **({"engine": engine} if engine else {})}
            yield TimeSeries(labels, *map(list, zip(*series, strict=True)))

    # --- what they have in common

    def _place(self, pod: str) -> dict[str, str]:
        """Labels that identify a pod's series."""
        known = self._seen.pods.get(pod)
        return {
            "pod": bare(pod),
            "namespace": known.namespace if known is not None else self._seen.namespace,
        }

    def _age(self, at: float) -> None:
        self.oldest_s = max(self.oldest_s or 0.0, self._seen.at - at)

    def undecided(self, plan: "_QueryPlan") -> LabelMatcher | None:
        """A matcher that pages cannot decide and that may pick one of several series; else None."""
        for matcher, of_gateway in plan.untold:
            several = of_gateway and len(list(self._gateways())) > 1
            if several or (matcher.label == "model_name" and len(self._seen.models) > 1):
                return matcher
        return None


def _column(target: Workload, column: str) -> int | None:
    if column != "unavailable":
        value: int | None = getattr(target, column)
        return value
    if target.replicas is None or target.available is None:
        return None
    return max(0, target.replicas - target.available)


def _newest(watched: Watched) -> Scrape:
    last = watched.history.last
    assert last is not None  # of a pod that serves
    return last


def _gauges(look: Scrape, metric: Metric) -> Iterable[tuple[str, float | None]]:
    """One page's values of a gauge, by engine. Raises ValueNotKnown where the page has several
    engines but only one number for all was recorded."""
    if len(look.ranks) < 2:
        return [("", NUMBERS[metric.id](look))]
    if metric.id not in ENGINE_IDS:
        raise ValueNotKnown(f"{metric.names[0]} is kept as one number of several engines")
    return [
        (rank.engine or f"{number}", getattr(rank, metric.id))
        for number, rank in enumerate(look.ranks)
    ]


# --- the readings of a ScaledObject ----------------------------------------------------------


class _QueryPlan(NamedTuple):
    """What follows from a query's text alone. `error`: why it has no value, whatever the pages are.

    `where`: whose numbers it reads; `assumed`: the assumptions about labels and series; `back_s`:
    how far back it looks, seconds. `untold`: matchers on labels that no page has, and whether they
    are on the gateway's metrics.
    """

    tree: PromqlNode | None = None
    error: str = ""
    names: tuple[str, ...] = ()
    where: str = ""
    assumed: str = ""
    back_s: float = 0.0
    untold: tuple[tuple[LabelMatcher, bool], ...] = ()


@lru_cache(maxsize=512)
def _plan(text: str) -> _QueryPlan:
    """The plan of a query's text; cached, as it depends on nothing else."""
    try:
        tree = parse(text)
    except PromqlError as error:
        return _QueryPlan(error=f"its query is not understood: {error}")
    read = list(selectors(tree))
    names = tuple(each.name for each in read)
    strange = [name for name in names if name not in FAMILIES]
    if strange or not names:
        why = f"{strange[0]} is on no page that is scraped" if strange else "it reads no metric"
        return _QueryPlan(error=why, names=names)
    untold = tuple(
        (matcher, FAMILIES[each.name].of == "gateway")
        for each in read
        for matcher in each.matchers
        if not tells(each.name, matcher.label)
    )
    labels = ", ".join(dict.fromkeys(matcher.label for matcher, _ in untold))
    assumed = [f"{labels} taken to match"] if labels else []
    if any(joined_otherwise(tree, "")):
        assumed.append("the gateway's series taken as one")
    back_s = max((each.range_s or 0.0) + each.offset_s for each in read)
    return _QueryPlan(tree, "", names, whose(tree), "; ".join(assumed), back_s, untold)


_ROLES = {"gateway": "epp", "engines": "model", "counts": "model"}


def pages_asked(scaled: ScaledObject) -> frozenset[str]:
    """The roles (epp, model) of the pods whose metrics its triggers' queries read."""
    queries = filter(None, map(prometheus_query, scaled.asked))
    names = {name for query in queries for name in _plan(query.text).names if name in FAMILIES}
    return frozenset(_ROLES[FAMILIES[name].of] for name in names if FAMILIES[name].of in _ROLES)


def page_readings(scaled: ScaledObject, seen: SeenSources) -> dict[str, TriggerReading]:
    """By metric (`s0-prometheus`), the result of each prometheus trigger's query over the pages;
    where the value is not known, `error` says why.

    Source of the name: KEDA v2.21.0 pkg/scalers/prometheus_scaler.go GetMetricSpecForScaling.
    """
    return {
        f"s{place}-prometheus": _reading(query, seen)
        for place, trigger in enumerate(scaled.asked)
        if (query := prometheus_query(trigger)) is not None
    }


def _reading(query: PrometheusQuery, seen: SeenSources) -> TriggerReading:
    plan = _plan(query.text)
    if plan.tree is None:
        return TriggerReading(None, "", plan.error)
    source = ScrapedSeries(seen, plan.back_s)
    undecided = source.undecided(plan)
    if undecided is not None:
        return TriggerReading(None, plan.where, f"pages do not tell which of them has {undecided}")
    try:
        value = query.read(values(plan.tree, source, seen.at))
    except FamilyNotHeld as missing:
        return TriggerReading(None, plan.where, f"{missing.name} is not on the pages")
    except (PromqlError, ValueError) as error:
        return TriggerReading(None, plan.where, str(error))
    return TriggerReading(truncated(value), plan.where, age_s=source.oldest_s, assumed=plan.assumed)
