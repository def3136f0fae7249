"""How many requests met a limit of latency, by the histograms of all pods."""

from wvatui.core.metrics.polled_totals import together
from wvatui.core.queries.pods.window import total_share
from wvatui.core.state.state import State


def attained(state: State, metric: str, limit_ms: float) -> float | None:
    """The share of requests so far whose `metric` (ttft, itl or e2e) was at most `limit_ms`, over
    all pods, deleted ones included; for ITL the share of tokens.

    Linear within a bucket. None: nothing was observed, the limit lies above the highest bucket, or
    pods have buckets that cannot be added up.
    """
    histories = (watched.history.totals for watched in state.watched.values())
    counts = together([state.forgotten, *histories]).observed.get(metric, {})
    return total_share(counts, state.bounds, limit_ms)
