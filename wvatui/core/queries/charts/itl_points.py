"""How inter-token latency grew with the requests in flight, as the pods themselves counted it."""

from bisect import bisect_right
from itertools import pairwise
from math import inf

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import delta, read
from wvatui.core.state.state import State

POINTS = 1_500
"""At most about so many points: as many as a chart can show."""
APART_S = 120.0
"""Two looks farther apart than this say nothing of the requests in flight between them."""


def itl_points(
    state: State, model: str = "", since: float = 0.0, until: float = inf, points: int = POINTS
) -> tuple[tuple[float, float], ...]:
    """(mean running requests of a pod, mean ITL in ms) between two looks at it.

    `model`: only of the pods that serve it; "" for all. See `wva.perf.regression` for the line.
    """
    found: list[tuple[float, float]] = []
    pods = [
        watched
        for watched in state.watched.values()
        if not model or (watched.engine is not None and watched.engine.model == model)
    ]
    for watched in pods:
        rows = watched.history.since(since)
        rows = rows[: bisect_right(rows, until, key=_at)]
        # Histograms are totals: looks that are passed over are counted by the next.
        step = max(1, len(rows) * max(1, len(pods)) // points)
        rows = rows[::step]
        for older, newer in pairwise(rows):
            if older.running is None or newer.running is None or newer.at - older.at > APART_S:
                continue
            old, new = read(older.itl), read(newer.itl)
            counts = delta(old, new) if old is not None and new is not None else None
            if old is None or new is None or not counts or counts is new[2]:
                continue
            answers, total_s = sum(counts), new[1] - old[1]
            if answers and total_s >= 0:
                found.append(((older.running + newer.running) / 2, 1000.0 * total_s / answers))
    return tuple(found)


def _at(row: Scrape) -> float:
    return row.at
