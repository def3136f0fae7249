"""Stretches in which a replica is saturated, read back from what was polled of it."""

from wvatui.core.history import History
from wvatui.core.views import Thresholds

DIP_S = 15.0
"""A shorter stretch below the thresholds does not end a saturation."""
BACK_S = 1800.0
"""How far back is looked."""


def saturated_since(history: History, at: float, limits: Thresholds) -> float | None:
    """Since when a replica has been saturated at `at`; None: it is not, or nothing tells.

    V1's test: KV or queue at or above its threshold (WVA v0.8.0 internal/saturation/analyzer.go).
    """
    looks = [look for look in history.since(at - BACK_S) if look.at <= at]
    since: float | None = None
    for look in reversed(looks):
        if look.kv is None and look.waiting is None:
            continue
        full = (look.kv or 0.0) >= limits.kv_ratio or (look.waiting or 0) >= limits.queue
        if full:
            since = look.at
        elif since is None or since - look.at > DIP_S:
            break
    return since
