"""What was polled over a whole session: cache, queues, latencies and tokens.

Quantiles are taken from what the histograms of all pods grew by together.
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
from wvatui.core.state.history import History, scrape_at
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

Looks = Mapping[str, Sequence[Scrape]]
"""By pod: looks at it, ascending in time."""


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
    """Over the stretch that was asked for; None: it is not kept whole any more."""
    session: Quantiles | None
    """Over all that was polled of the pod."""


@dataclass(frozen=True, slots=True)
class PolledSession:
    """A session, or a part of one, as it was polled. None: not measured, or not to be told."""

    kv_mean: float | None = None
    """Mean of all samples of all pods, ratio."""
    kv_peak: float | None = None
    waiting_max: float | None = None
    """Most requests that waited at one moment, all pods together."""
    tokens: Mapping[str, int | None] = field(default_factory=dict)
    """By counter: how much it grew, all pods together."""
    latencies_ms: Mapping[str, float | None] = field(default_factory=dict)
    """By name, `ttft_p95`: over all that was observed in the session."""
    waiting_mean: float | None = None
    """Requests that waited, all pods together, mean over the rounds of polling; of a part only."""
    observed: Mapping[str, BucketCounts] = field(default_factory=dict)
    """By histogram: what it grew by, all pods together."""


def polled_session(state: State) -> PolledSession:
    """All pods over the whole session, also those that are gone."""
    histories = [watched.history for watched in state.watched.values()]
    total = together([state.forgotten, *(history.totals for history in histories)])
    points = {
        pod: watched.history.points("waiting", float("-inf"))
        for pod, watched in state.watched.items()
    }
    sums = [*_sums(state, points), *_minutes(state).values()]
    return _told(state, total, sums, None)


def polled_between(state: State, looks: Looks, since: float, until: float) -> PolledSession:
    """All pods over [since, until]. `looks`: all looks at them, as a State keeps only the newest.

    What counters and histograms grew by is taken from the last look before `since` on, where that
    is no older than a look that still speaks for the present.
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
    """Looks at one pod inside [since, until], and before them the one from which they grew."""
    first = bisect_left(rows, since, key=scrape_at)
    inside = rows[first : bisect_right(rows, until, key=scrape_at)]
    limit_s = fresh_s(state.header.interval_s if state.header is not None else 0.0)
    is_near = bool(first and inside and since - rows[first - 1].at <= limit_s)
    return rows[first - is_near : first], inside


def pod_latencies(state: State, pod: str, since: float, until: float) -> tuple[LatencyRow, ...]:
    """The latencies of a pod over the last minute, over [since, until] and over all that was
    polled of it; a row for each histogram."""
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
    """What a pod's counters and histograms grew by in [since, until]; None: only summaries are
    kept of a part of it."""
    newest = history.last
    if history.old and history.full and history.full[0][0].at > since:
        is_all = history.old[0].at >= since and newest is not None and newest.at <= until
        return history.totals if is_all else None
    limit_s = fresh_s(state.header.interval_s if state.header is not None else 0.0)
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
    """What waited in all pods together, by round of polling."""
    looks = sorted((at, pod, value) for pod, own in points.items() for at, value in own)
    interval_s = state.header.interval_s if state.header is not None else 0.0
    return [sum(values) for values in rounds(looks, max(1.0, interval_s))]


def _minutes(state: State) -> dict[float, float]:
    """The same for minutes of which only summaries are left, from their means."""
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
    """(its first look, value by pod) of each round: one value of each pod, and none from the time
    of the next round. `looks`: (UTC epoch seconds, pod, value), ascending in time."""
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
