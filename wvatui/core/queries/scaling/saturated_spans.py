"""Since when a replica has been saturated, from its scrapes or the controller's samples.

Each is judged by the thresholds that were in force at its time: see `thresholds_over`.
"""

from collections.abc import Iterable
from typing import NamedTuple

from wvatui.core.explain.limits import LimitSteps
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.state.history import History
from wvatui.core.state.session_window import is_of_start
from wvatui.core.state.state import State

DIP_S = 15.0
"""A shorter stretch below the thresholds, seconds, does not end a saturation."""
BACK_S = 1800.0
"""How far back is searched, seconds."""


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
    since, is_free_before = _polled(history, at, over)
    if since is None:
        return None
    least = "at least " if _seen_to_begin(state, at, since, is_free_before) is None else ""
    return Saturation(since, f"{least}{at - since:.0f} s")


def became_saturated(state: State, history: History, at: float, over: LimitSteps) -> float | None:
    """When a replica that is saturated at `at` became so; None: it is not, or that was not seen."""
    return _seen_to_begin(state, at, *_polled(history, at, over))


def logged_saturated(state: State, pod: str, at: float, over: LimitSteps) -> float | None:
    """As `became_saturated`, from the controller's own samples, which come once a cycle."""
    kv = {point.at: point.value for point in state.log_kv.get(pod, ())}
    queue = {point.at: point.value for point in state.log_waiting.get(pod, ())}
    times = sorted((t for t in {*kv, *queue} if at - BACK_S <= t <= at), reverse=True)
    samples = ((t, kv.get(t), queue.get(t)) for t in times)
    return _seen_to_begin(state, at, *_walked(samples, over))


def _seen_to_begin(
    state: State, at: float, since: float | None, is_free_before: bool
) -> float | None:
    if since is None or is_free_before:
        return since
    # The first samples of a replica that came later are its beginning; those of the session not.
    return (
        None
        if is_of_start(state.header, state.first_at, since) or since <= at - BACK_S + DIP_S
        else since
    )


def _polled(history: History, at: float, over: LimitSteps) -> tuple[float | None, bool]:
    looks = [look for look in history.since(at - BACK_S) if look.at <= at]
    kv, queue = JUDGED["kv"], JUDGED["waiting"]
    return _walked(((look.at, kv(look), queue(look)) for look in reversed(looks)), over)


def _walked(
    looks: Iterable[tuple[float, float | None, float | None]], over: LimitSteps
) -> tuple[float | None, bool]:
    """The start of the newest unbroken saturation, and whether the replica was seen free before
    it; `looks` are newest first."""
    since: float | None = None
    is_free_before = False
    place = len(over) - 1
    for at, kv, waiting in looks:
        if kv is None and waiting is None:
            continue
        while over[place][0] > at:
            place -= 1
        limits = over[place][1]
        if (kv or 0.0) >= limits.kv or (waiting or 0) >= limits.queue:
            since, is_free_before = at, False
            continue
        is_free_before = True
        if since is None or since - at > DIP_S:
            break
    return since, is_free_before
