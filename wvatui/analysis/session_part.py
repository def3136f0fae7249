"""A part of a session, and what is counted of it.

A moment belongs to one part: to the one that begins with it, at its cut. So counts of adjoining
parts add up to those of the whole. What lasts, such as a silence, counts in each part in which it
lasted.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wvatui.core.decisions.decide import count
from wvatui.core.events import Event
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.core.state.totals import SessionTotals

SETTLED_S = 60.0
"""Seconds after a cut within which the last line of a decision from before it has come."""


class SessionPart(NamedTuple):
    """Where a part is in its session: a change is told by what was before it, and what came of it
    by what was after.

    `since`, `until`: UTC epoch seconds, without `until`; infinite: from the beginning, to the end.
    `before`: the session up to the part; `upto`: up to its end; `session`: all of it. `counted`:
    what was counted up to the part, and up to its end.
    """

    since: float
    until: float
    before: State
    upto: State
    session: State
    counted: tuple[SessionTotals, SessionTotals]

    def has(self, at: float) -> bool:
        """Whether a moment is in the part."""
        return self.since <= at < self.until

    def cut(self, since: float, until: float) -> tuple[float, float] | None:
        """What of a stretch is in the part; None: nothing."""
        since, until = max(since, self.since), min(until, self.until)
        return (since, until) if since < until else None


def part_of(session: Sequence[Event], since: float, until: float) -> SessionPart:
    """A part by the session's events: what was known before it, at its end, and after all."""
    before = fold(EMPTY, [each for each in session if each.at < since])
    upto = fold(before, [each for each in session if since <= each.at < until])
    whole = fold(upto, [each for each in session if each.at >= until])

    def counted_at(state: State, cut: float) -> SessionTotals:
        return counted(state, [each for each in session if cut <= each.at < cut + SETTLED_S])

    both = counted_at(before, since), counted_at(upto, until)
    return SessionPart(since, until, before, upto, whole, both)


def counted(state: State, later: Iterable[Event] = ()) -> SessionTotals:
    """The totals, with the newest decision of each variant.

    `later`: events in which further lines of these decisions may be. A decision is counted where
    it is first stated, as it is after its last line: else it could be a change in one part and
    none in the next.
    """
    totals = state.totals.copy()
    final = {(each.at, each.variant): each for each in fold(state, later).decisions}
    for decided in sorted(state.newest_decisions, key=lambda d: (d.at, d.namespace, d.variant)):
        count(totals, final.get((decided.at, decided.variant), decided))
    return totals
