"""What was polled over a whole session: cache, queues, latencies and tokens.

Quantiles are taken from what the histograms of all pods grew by together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wvatui.core.metrics.polled_totals import COUNTERS, OBSERVED, BucketCounts, together
from wvatui.core.queries.pods.window import BoundsById, quantile_ms
from wvatui.core.state.state import State

QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


@dataclass(frozen=True, slots=True)
class PolledSession:
    """A session as it was polled. None: not measured, or not to be told."""

    kv_mean: float | None = None
    """Mean of all samples of all pods, ratio."""
    kv_peak: float | None = None
    waiting_max: float | None = None
    """Most requests that waited at one moment, all pods together."""
    tokens: Mapping[str, int | None] = field(default_factory=dict)
    """By counter: how much it grew, all pods together."""
    latencies_ms: Mapping[str, float | None] = field(default_factory=dict)
    """By name, `ttft_p95`: over all that was observed in the session."""


def polled_session(state: State) -> PolledSession:
    """All pods over the whole session, also those that are gone."""
    histories = [watched.history for watched in state.watched.values()]
    total = together([state.forgotten, *(history.totals for history in histories)])
    return PolledSession(
        total.kv_sum / total.kv_count if total.kv_count else None,
        total.kv_peak,
        _waiting_max(state),
        {name: total.counters.get(name) for name in COUNTERS},
        {
            f"{name}_{title}": _quantile(total.observed.get(name, {}), state.bounds, q)
            for name in OBSERVED
            for title, q in QUANTILES
        },
    )


def _quantile(total: BucketCounts, bounds: BoundsById, q: float) -> float | None:
    """In milliseconds; None where nothing was observed, or where layouts cannot be added up."""
    if len(total) != 1:
        return None
    [(layout, counts)] = total.items()
    return quantile_ms(q, layout, counts, bounds)


def _waiting_max(state: State) -> float | None:
    """The highest sum over one round of polling; of old minutes, that of their means."""
    looks = sorted(
        (at, pod, value)
        for pod, watched in state.watched.items()
        for at, value in watched.history.points("waiting", float("-inf"))
    )
    interval_s = state.header.interval_s if state.header is not None else 0.0
    sums = [sum(values) for values in _rounds(looks, max(1.0, interval_s))]
    minutes: dict[float, float] = {}
    for watched in state.watched.values():
        for minute in watched.history.old:
            if minute.waiting_mean is not None:
                minutes[minute.at] = minutes.get(minute.at, 0.0) + minute.waiting_mean
    return max((*sums, *minutes.values()), default=None)


def _rounds(looks: Iterable[tuple[float, str, float]], interval_s: float) -> Iterator[list[float]]:
    """The values of each round: one of each pod, and none from the time of the next round."""
    values: dict[str, float] = {}
    since = 0.0
    for at, pod, value in looks:
        if values and (pod in values or at - since >= interval_s):
            yield list(values.values())
            values = {}
        if not values:
            since = at
        values[pod] = value
    if values:
        yield list(values.values())
