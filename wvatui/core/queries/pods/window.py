"""Percentiles and rates over a window of a pod's scrapes: the last minute.

Percentiles over several pods are taken from the sum of their histograms, never from the mean of
their percentiles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add

import msgspec

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import delta, grown, quantile, read, share_within
from wvatui.core.metrics.polled_totals import BucketCounts, together
from wvatui.core.metrics.scrape_fields import rate
from wvatui.core.state.history import Growth, History
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State, Watched

WINDOW_S = 60.0
"""Length of the window for percentiles and rates, seconds."""

BoundsById = Mapping[int, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class ReplicaLoad:
    """Latency and throughput over the window. None: nothing was observed in it."""

    ttft_p95_ms: float | None = None
    itl_p95_ms: float | None = None
    tokens_per_s: float | None = None


def pod_load(history: History, until: float, bounds: BoundsById) -> ReplicaLoad:
    """One pod over the window that ends at `until`."""
    return pods_load([history], until, bounds)


def pods_load(histories: Iterable[History], until: float, bounds: BoundsById) -> ReplicaLoad:
    """Several pods together over the window that ends at `until`."""
    known = list(histories)
    pairs = [pair for h in known if (pair := h.window(until, WINDOW_S)) is not None]
    rates = [value for first, last in pairs if (value := rate(first, last)) is not None]
    ttft, itl = (
        total_quantile(_added(h.grown(name, until, WINDOW_S) for h in known), bounds, 0.95)
        for name in ("ttft", "itl")
    )
    return ReplicaLoad(ttft, itl, sum(rates) if rates else None)


@dataclass(frozen=True, slots=True)
class WindowObserved:
    """Latencies that were observed in a stretch of time. None: nothing was observed."""

    mean_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None


def observed(
    pairs: Iterable[tuple[msgspec.Raw, msgspec.Raw]], bounds: BoundsById
) -> WindowObserved:
    """The observations between (older, newer) scrapes of the same histogram of several pods."""
    known = list(pairs)
    mean = mean_ms(known)
    return WindowObserved(mean, percentile(known, bounds, 0.5), percentile(known, bounds))


def mean_ms(pairs: Iterable[tuple[msgspec.Raw, msgspec.Raw]]) -> float | None:
    """The mean of the observations between such scrapes; None: there were none."""
    total_s, count = 0.0, 0
    for older, newer in pairs:
        if older == newer:
            continue
        new, old = read(newer), read(older)
        counts = delta(old, new) if new is not None and old is not None else None
        if new is None or old is None or counts is None:
            continue
        # A counter that was reset started again at 0: all of it is new.
        total_s += new[1] if counts is new[2] else new[1] - old[1]
        count += sum(counts)
    return 1000.0 * total_s / count if count and total_s >= 0 else None


def percentile(
    pairs: Iterable[tuple[msgspec.Raw, msgspec.Raw]], bounds: BoundsById, q: float = 0.95
) -> float | None:
    """The q-quantile, milliseconds, of the observations between such scrapes; None: there were
    none, or layouts of buckets differ."""
    return total_quantile(grown_together(pairs), bounds, q)


def grown_together(pairs: Iterable[tuple[msgspec.Raw, msgspec.Raw]]) -> BucketCounts:
    """The observations between such scrapes, by bounds id."""
    return _added(grown(older, newer) for older, newer in pairs)


def _added(growths: Iterable[Growth]) -> BucketCounts:
    """Counts per bucket by bounds id, summed over histograms."""
    totals: dict[int, list[float]] = {}
    for growth in growths:
        if growth is None:
            continue
        layout, counts = growth
        total = totals.get(layout)
        if total is None:
            totals[layout] = list(counts)
        elif len(total) == len(counts):
            totals[layout] = list(map(add, total, counts))
    return totals


def quantile_ms(q: float, layout: int, counts: Sequence[float], bounds: BoundsById) -> float | None:
    """The q-quantile of counts per bucket, milliseconds; `layout`: the id of their bounds."""
    value = quantile(q, bounds[layout], counts) if layout in bounds else None
    return None if value is None else value * 1000.0


def fresh(watched: Watched | None, now: float, limit_s: float) -> Scrape | None:
    """The newest scrape, if it is not older than `limit_s`."""
    last = watched.history.last if watched is not None else None
    return last if last is not None and now - last.at <= limit_s else None


LEAST = 1.0
"""Least mean requests per engine; below it, a few requests could make any ratio."""
QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


@dataclass(frozen=True, slots=True)
class EngineBalance:
    """Requests (running and waiting) of one model's engines, means over the last minute.

    `ratio`: the busiest engine's requests divided by the mean of all; 1 where all are equal.
    """

    model: str
    engines: int
    busiest: str
    ratio: float


def balance(state: State) -> EngineBalance | None:
    """The balance of the model whose engines differ most; None: no model has two answering engines
    and enough requests to compare."""
    limit = state.now - fresh_s(state.header)
    models: dict[str, dict[str, float]] = {}
    for pod, watched in sorted(state.watched.items()):
        last = watched.history.last
        if last is None or last.at < limit or pod in state.gone:
            continue
        model = watched.engine.model if watched.engine is not None else ""
        models.setdefault(model, {}).update(_means(pod, watched.history, state.now - WINDOW_S))
    made = [_of(model, means) for model, means in models.items() if len(means) > 1]
    return max((each for each in made if each is not None), key=_ratio, default=None)


def _ratio(each: EngineBalance) -> float:
    return each.ratio


def _of(model: str, means: dict[str, float]) -> EngineBalance | None:
    mean = sum(means.values()) / len(means)
    busiest = max(means, key=means.__getitem__)
    return (
        EngineBalance(model, len(means), busiest, means[busiest] / mean) if mean >= LEAST else None
    )


def _means(pod: str, history: History, since: float) -> dict[str, float]:
    """Mean requests of each engine of a pod from `since` on, by the engine's name."""
    loads: dict[str, list[int]] = {}
    for look in history.since(since):
        for name, load in _loads(pod, look).items():
            loads.setdefault(name, []).append(load)
    return {name: sum(each) / len(each) for name, each in loads.items()}


def _loads(pod: str, look: Scrape) -> dict[str, int]:
    """Requests by engine; an engine without both numbers on its page is left out."""
    ranks = [(f"{pod} rank {rank.engine or n}", rank) for n, rank in enumerate(look.ranks)]
    parts = [(name, rank.running, rank.waiting) for name, rank in ranks]
    parts = parts or [(pod, look.running, look.waiting)]
    return {
        name: running + waiting
        for name, running, waiting in parts
        if running is not None and waiting is not None
    }


def total_quantile(total: BucketCounts, bounds: BoundsById, q: float) -> float | None:
    """The q-quantile of totals, milliseconds; None: nothing was observed, or layouts differ."""
    if len(total) != 1:
        # Different bucket layouts cannot be added up; no number is better than a wrong one.
        return None
    [(layout, counts)] = total.items()
    return quantile_ms(q, layout, counts, bounds)


def total_share(total: BucketCounts, bounds: BoundsById, limit_ms: float) -> float | None:
    """The share of totals of at most `limit_ms`, linear within its bucket; None: nothing was
    observed, layouts differ, or it lies above the highest bound (see `share_within`)."""
    if len(total) != 1:
        return None
    [(layout, counts)] = total.items()
    return share_within(limit_ms / 1000.0, bounds.get(layout, ()), counts)


def attained(state: State, metric: str, limit_ms: float) -> float | None:
    """The share of requests so far whose `metric` (ttft, itl or e2e) was at most `limit_ms`, over
    all pods, deleted ones included; for ITL the share of tokens.

    Linear within a bucket. None: nothing was observed, the limit lies above the highest bucket, or
    pods have buckets that cannot be added up.
    """
    histories = (watched.history.totals for watched in state.watched.values())
    counts = together([state.forgotten, *histories]).observed.get(metric, {})
    return total_share(counts, state.bounds, limit_ms)
