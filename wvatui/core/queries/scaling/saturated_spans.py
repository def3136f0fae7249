"""Since when a replica has been saturated, from its scrapes or the controller's samples.

Each is judged by the thresholds that were in force at its time: see `thresholds_over`.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile
from operator import itemgetter
from typing import NamedTuple

from wvatui.core.explain.limits import LimitSteps
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.queries.pods.replica_rows import saturated
from wvatui.core.state.history import History
from wvatui.core.state.session_window import is_of_start
from wvatui.core.state.state import State

DIP_S = 15.0
"""A shorter stretch below the thresholds, seconds, does not end a saturation."""
BACK_S = 1800.0
"""How far back is searched, seconds."""
TOGETHER_S = 5.0
"""Samples of the log at most this many seconds apart belong to one cycle."""
Look = tuple[float, float | None, float | None]
"""(UTC epoch seconds, KV ratio, waiting requests) of a replica; None: not known."""


class Saturation(NamedTuple):
    """`since`: the first look since which a replica has been seen saturated. `words`: how long,
    `90 s`, or `at least 90 s` where its beginning was not seen."""

    since: float
    words: str


def saturation(state: State, history: History, at: float, over: LimitSteps) -> Saturation | None:
    """How long a replica has been saturated at `at`; None: it is not.

    The test is V1's: KV or queue at or above its threshold (WVA v0.8.0
    internal/saturation/analyzer.go).
    """
    since, was_free = _polled(history, at, over)
    if since is None:
        return None
    least = "at least " if _seen_to_begin(state, at, since, was_free) is None else ""
    return Saturation(since, f"{least}{at - since:.0f} s")


def became_saturated(state: State, history: History, at: float, over: LimitSteps) -> float | None:
    """When a replica that is saturated at `at` became so; None: it is not, or that was not seen."""
    return _seen_to_begin(state, at, *_polled(history, at, over))


def logged_saturated(state: State, pod: str, at: float, over: LimitSteps) -> float | None:
    """As `became_saturated`, from the controller's own samples, which come once a cycle."""
    looks = [look for look in logged_looks(state, pod) if at - BACK_S <= look[0] <= at]
    return _seen_to_begin(state, at, *_walked(reversed(looks), over))


def logged_looks(state: State, pod: str) -> list[Look]:
    """The controller's samples of a pod, ascending in time: each KV ratio with the queue that was
    logged nearest to it, in the same cycle."""
    queues = [(point.at, point.value) for point in state.log_waiting.get(pod, ())]
    kvs = [(point.at, point.value) for point in state.log_kv.get(pod, ())]
    if not kvs:
        return [(at, None, queue) for at, queue in queues]
    return [(at, kv, _nearest(queues, at)) for at, kv in kvs]


def _nearest(points: Sequence[tuple[float, float | None]], at: float) -> float | None:
    place = bisect_left(points, at - TOGETHER_S, key=itemgetter(0))
    near = takewhile(lambda point: point[0] <= at + TOGETHER_S, islice(points, place, None))
    return min(((abs(t - at), value) for t, value in near), default=(0.0, None), key=itemgetter(0))[
        1
    ]


def _seen_to_begin(
    state: State, at: float, since: float | None, was_free: bool | None
) -> float | None:
    if since is None or was_free:
        return since
    # The first samples of a replica that came later are its beginning; those of the session not.
    is_open = was_free is None or is_of_start(state.header, state.first_at, since)
    return None if is_open or since <= at - BACK_S + DIP_S else since


def _polled(history: History, at: float, over: LimitSteps) -> tuple[float | None, bool | None]:
    looks = [look for look in history.since(at - BACK_S) if look.at <= at]
    kv, queue = JUDGED["kv"], JUDGED["waiting"]
    return _walked(((look.at, kv(look), queue(look)) for look in reversed(looks)), over)


def _walked(looks: Iterable[Look], over: LimitSteps) -> tuple[float | None, bool | None]:
    """The start of the newest unbroken saturation, and whether the replica was seen free before
    it; None: what was seen before it is too little to tell. `looks` are newest first."""
    since: float | None = None
    was_free: bool | None = False
    place = len(over) - 1
    for at, kv, waiting in looks:
        while over[place][0] > at:
            place -= 1
        is_full = saturated(kv, waiting, over[place][1])
        if is_full:
            since, was_free = at, False
        elif is_full is None:
            if kv is not None or waiting is not None:  # without both, no engine answered yet
                was_free = was_free or None
        else:
            was_free = True
            if since is None or since - at > DIP_S:
                break
    return since, was_free
