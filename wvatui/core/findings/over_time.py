"""All findings of a whole recording, each with how long it lasted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wvatui.core.events import Event, Tick
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State

EACH_S = 5.0
"""Seconds between the moments at which findings are computed."""
APART_S = 30.0
"""A finding that returns after a shorter pause, seconds, counts as uninterrupted."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """A finding as last seen, and the time [since, until] in which it held (UTC epoch seconds)."""

    finding: Finding
    since: float
    until: float


def found_over_time(
    events: Iterable[Event], each_s: float = EACH_S
) -> tuple[tuple[Lasting, ...], State]:
    """All findings of a recording in the order in which they began, and the State at its end."""
    apart_s = max(APART_S, 1.5 * each_s)
    open_: dict[tuple[str, str, str], Lasting] = {}
    over: list[Lasting] = []
    state = EMPTY
    for state in _moments(events, each_s):
        for finding in findings(state):
            key = (finding.rule, finding.namespace, finding.about)
            before = open_.get(key)
            if before is not None and state.now - before.until > apart_s:
                over.append(before)
                before = None
            since = state.now if before is None else before.since
            open_[key] = Lasting(finding, since, state.now)
    over += open_.values()
    return tuple(sorted(over, key=lambda each: (each.since, each.finding.rule))), state


def _moments(events: Iterable[Event], each_s: float) -> Iterator[State]:
    """The States every `each_s` seconds, and the last one."""
    state, batch = EMPTY, list[Event]()
    looked_at = float("-inf")
    for event in events:
        batch.append(event)
        if type(event) is Tick and event.at - looked_at >= each_s:
            looked_at = event.at
            state, batch = fold(state, batch), []
            yield state
    if batch or state is EMPTY:
        yield fold(state, batch)
