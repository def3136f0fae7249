"""The last minutes of one pod's cache or queue, in a few slots: a sparkline in a table's row."""

from bisect import bisect_left
from math import inf
from operator import itemgetter

from wvatui.core.explain.limits import thresholds
from wvatui.core.state.state import State

SPAN_S = 300.0
SLOTS = 10
LIMITS = {"kv": None, "waiting": "queue"}
"""Metrics with a trend, and the threshold that is the least end of the scale; None: 1."""

_at, _value = itemgetter(0), itemgetter(1)


def trend(
    state: State, pod: str, metric: str, model: str = "", where: str = ""
) -> tuple[float | None, ...]:
    """The highest value in each of `SLOTS` slots of the last `SPAN_S` seconds, 0 to 1 of the scale;
    None: nothing was measured in it. `metric`: one of `LIMITS`.

    The scale of `waiting` ends at the saturation threshold, or at the highest value where that is
    higher, so that one waiting request is not a full bar. `model`, `where`: the model and namespace
    whose threshold applies.
    """
    since = state.now - SPAN_S
    highest: list[float | None] = [None] * SLOTS
    watched = state.watched.get(pod)
    points = watched.history.points(metric, since) if watched is not None else []
    begin = 0
    for slot in range(SLOTS):
        ends_at = since + SPAN_S / SLOTS * (slot + 1) if slot < SLOTS - 1 else inf
        end = bisect_left(points, ends_at, begin, key=_at)
        if end > begin:
            highest[slot] = max(points[begin:end], key=_value)[1]
        begin = end
    known = [value for value in highest if value is not None]
    limit = LIMITS[metric]
    top = max([1.0 if limit is None else getattr(thresholds(state, model, where), limit), *known])
    # `top` is 0 where the threshold is, which is a valid one, and nothing waits.
    return tuple(value / top if value else value for value in highest)
