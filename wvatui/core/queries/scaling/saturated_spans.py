"""Since when a replica has been saturated, from its scrapes or the controller's samples."""

from collections.abc import Iterable

from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.rows.views import Thresholds
from wvatui.core.state.history import History
from wvatui.core.state.state import State

DIP_S = 15.0
"""A shorter stretch below the thresholds, seconds, does not end a saturation."""
BACK_S = 1800.0
"""How far back is searched, seconds."""


def saturated_since(history: History, at: float, limits: Thresholds) -> float | None:
    """Since when a replica has been saturated at `at`; None: it is not, or that is not known.

    The test is V1's: KV or queue at or above its threshold (WVA v0.8.0
    internal/saturation/analyzer.go).
    """
    looks = [look for look in history.since(at - BACK_S) if look.at <= at]
    kv, queue = JUDGED["kv"], JUDGED["waiting"]
    samples = ((look.at, kv(look), queue(look)) for look in reversed(looks))
    return _walked(samples, limits, DIP_S)


def logged_since(state: State, pod: str, at: float, limits: Thresholds) -> float | None:
    """As `saturated_since`, from the controller's own samples, which come once a cycle."""
    kv = {point.at: point.value for point in state.log_kv.get(pod, ())}
    queue = {point.at: point.value for point in state.log_waiting.get(pod, ())}
    times = sorted((t for t in {*kv, *queue} if at - BACK_S <= t <= at), reverse=True)
    return _walked(((t, kv.get(t), queue.get(t)) for t in times), limits, DIP_S)


def _walked(
    looks: Iterable[tuple[float, float | None, float | None]], limits: Thresholds, dip_s: float
) -> float | None:
    """The start of the newest unbroken saturation; `looks` are newest first."""
    since: float | None = None
    for at, kv, waiting in looks:
        if kv is None and waiting is None:
            continue
        if (kv or 0.0) >= limits.kv or (waiting or 0) >= limits.queue:
            since = at
        elif since is None or since - at > dip_s:
            break
    return since
