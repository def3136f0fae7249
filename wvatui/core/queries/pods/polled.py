"""Figures over a whole session from scrapes: cache, queues, latencies and tokens.

Quantiles come from the summed growth of the histograms of all pods.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wvatui.core.events import Scrape
from wvatui.core.metrics.polled_totals import (
    COUNTERS,
    OBSERVED,
    BucketCounts,
    PolledTotals,
    polled_totals,
    together,
)
from wvatui.core.queries.pods.window import QUANTILES, WINDOW_S, total_quantile
from wvatui.core.state.history import History, minute_of, scrape_at
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

Looks = Mapping[str, Sequence[Scrape]]
"""By pod: its scrapes, ascending in time."""


Quantiles = tuple[float | None, float | None, float | None]
"""p50, p95 and p99, milliseconds; None: nothing was observed."""


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """One histogram of one pod over three stretches of time."""

    name: str
    """`ttft`, `itl` or `e2e`."""
    minute: Quantiles | None
    """Over the last minute."""
    window: Quantiles | None
    """Over the given stretch; None: it is no longer kept whole."""
    session: Quantiles | None
    """Over all that was polled of the pod."""


@dataclass(frozen=True, slots=True)
class PolledSession:
    """Figures of a session, or of a part of one, from scrapes. None: not measured or not known."""

    kv_mean: float | None = None
    """Mean of all samples of all pods, ratio."""
    kv_peak: float | None = None
    waiting_max: float | None = None
    """Most waiting requests at one moment, over all pods."""
    tokens: Mapping[str, int | None] = field(default_factory=dict)
    """By counter: its growth, over all pods."""
    latencies_ms: Mapping[str, float | None] = field(default_factory=dict)
    """By name, such as `ttft_p95`: over all observations of the session."""
    waiting_mean: float | None = None
    """Waiting requests over all pods, mean over the poll rounds; only for a part of a session."""
    observed: Mapping[str, BucketCounts] = field(default_factory=dict)
    """By histogram: its growth, over all pods."""


def session_totals(state: State) -> PolledTotals:
    """The sums over all pods and the whole session, deleted ones included."""
    return together([state.forgotten, *(w.history.totals for w in state.watched.values())])


def polled_session(state: State) -> PolledSession:
    """The figures of all pods over the whole session, deleted ones included."""
    total = session_totals(state)
    points = {
        pod: watched.history.points("waiting", float("-inf"))
        for pod, watched in state.watched.items()
    }
    sums = [*_sums(state, points), *_minutes(state).values()]
    return _told(state, total, sums, None)


def polled_between(state: State, looks: Looks, since: float, until: float) -> PolledSession:
    """The figures over [since, until]. `looks`: all scrapes, as a State only keeps the newest.

    Growth of counters and histograms counts from the last scrape before `since`, if that is recent
    enough to count as current at `since`.
    """
    parts: list[PolledTotals] = []
    points: dict[str, list[tuple[float, float]]] = {}
    for pod, rows in looks.items():
        before, inside = cut(state, rows, since, until)
        if not inside:
            continue
        kv = [look.kv for look in inside if look.kv is not None]
        grown = polled_totals([*before, *inside])
        parts.append(
            replace(grown, kv_sum=sum(kv), kv_count=len(kv), kv_peak=max(kv, default=None))
        )
        points[pod] = [(look.at, look.waiting) for look in inside if look.waiting is not None]
    sums = _sums(state, points)
    return _told(state, together(parts), sums, sum(sums) / len(sums) if sums else None)


def cut(
    state: State, rows: Sequence[Scrape], since: float, until: float
) -> tuple[Sequence[Scrape], Sequence[Scrape]]:
    """Scrapes of one pod in [since, until], preceded by the one from which growth counts."""
    first = bisect_left(rows, since, key=scrape_at)
    inside = rows[first : bisect_right(rows, until, key=scrape_at)]
    limit_s = fresh_s(state.header)
    is_near = bool(first and inside and since - rows[first - 1].at <= limit_s)
    return rows[first - is_near : first], inside


def pod_latencies(state: State, pod: str, since: float, until: float) -> tuple[LatencyRow, ...]:
    """The latencies of a pod over the last minute, over [since, until] and over all its scrapes;
    one row per histogram."""
    watched = state.watched.get(pod)
    history = watched.history if watched is not None else History()
    parts = (
        _grown(state, history, state.now - WINDOW_S, state.now),
        _grown(state, history, since, until),
        history.totals,
    )
    quantiles = ([_quantiles(state, part, name) for part in parts] for name in OBSERVED)
    return tuple(LatencyRow(name, *each) for name, each in zip(OBSERVED, quantiles, strict=True))


def _grown(state: State, history: History, since: float, until: float) -> PolledTotals | None:
    """Growth of a pod's counters and histograms in [since, until]; None: a part of that time is
    only kept as summaries."""
    first, newest = next(iter(history), None), history.last
    limit_s = fresh_s(state.header)
    if history.old and first is not None and newest is not None and first.at > since:
        if history.old[0].at >= since and newest.at <= until:
            return history.totals
        if minute_of(history.old[-1].at)[1] > since - limit_s:
            return None
    before, _ = cut(state, history.since(since - limit_s), since, until)
    return history.totals_between(before[0].at if before else since, until)


def _quantiles(state: State, part: PolledTotals | None, name: str) -> Quantiles | None:
    if part is None:
        return None
    counts = part.observed.get(name, {})
    p50, p95, p99 = (total_quantile(counts, state.bounds, q) for _, q in QUANTILES)
    return p50, p95, p99


def _told(
    state: State, total: PolledTotals, waiting: Sequence[float], waiting_mean: float | None
) -> PolledSession:
    return PolledSession(
        total.kv_sum / total.kv_count if total.kv_count else None,
        total.kv_peak,
        max(waiting, default=None),
        {name: total.counters.get(name) for name in COUNTERS},
        {
            f"{name}_{title}": total_quantile(total.observed.get(name, {}), state.bounds, q)
            for name in OBSERVED
            for title, q in QUANTILES
        },
        waiting_mean,
        total.observed,
    )


def _sums(state: State, points: Mapping[str, Iterable[tuple[float, float]]]) -> list[float]:
    """Waiting requests over all pods, for each poll round."""
    looks = sorted((at, pod, value) for pod, own in points.items() for at, value in own)
    interval_s = state.header.interval_s if state.header is not None else 0.0
    return [sum(values) for values in rounds(looks, max(1.0, interval_s))]


def _minutes(state: State) -> dict[float, float]:
    """Waiting requests over all pods, for each summarised minute, from the means."""
    minutes: dict[float, float] = {}
    for watched in state.watched.values():
        for minute in watched.history.old:
            if minute.waiting_mean is not None:
                minutes[minute.at] = minutes.get(minute.at, 0.0) + minute.waiting_mean
    return minutes


def rounds(looks: Iterable[tuple[float, str, float]], interval_s: float) -> Iterator[list[float]]:
    """The values of each round, see `timed_rounds`."""
    for _, values in timed_rounds(looks, interval_s):
        yield list(values.values())


def timed_rounds(
    looks: Iterable[tuple[float, str, float]], interval_s: float
) -> Iterator[tuple[float, Mapping[str, float]]]:
    """(time of its first scrape, value by pod) of each round, with one value per pod, all before
    the next round. `looks`: (UTC epoch seconds, pod, value), ascending in time."""
    values: dict[str, float] = {}
    since = 0.0
    for at, pod, value in looks:
        if values and (pod in values or at - since >= interval_s):
            yield since, values
            values = {}
        if not values:
            since = at
        values[pod] = value
    if values:
        yield since, values
