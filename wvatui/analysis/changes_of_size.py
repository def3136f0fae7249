"""Changes of size in numbers, of a session or of a part of one.

Changes made in two parts add up to those of the whole; one that was never carried out counts in
each part in which it was wanted.
"""

from collections.abc import Sequence
from math import inf
from typing import Any, NamedTuple

from wvatui.core.events import Event
from wvatui.core.fold.fold import fold
from wvatui.core.queries.scaling.scale_events import scale_events
from wvatui.core.queries.scaling.scaling import gap_windows, lag_rows
from wvatui.core.rows.scale_views import ScaleEvent
from wvatui.core.rows.scaling_rows import all_changes, changes_made
from wvatui.core.state.state import EMPTY, State


class SessionPart(NamedTuple):
    """Where a part is in its session: a change is told by what was before it, and what came of it
    by what was after.

    `since`, `until`: UTC epoch seconds, without `until`; infinite: from the beginning, to the end.
    `before`: the session up to the part; `upto`: up to its end; `session`: all of it.
    """

    since: float
    until: float
    before: State
    upto: State
    session: State

    def has(self, at: float) -> bool:
        """Whether a moment is in the part."""
        return self.since <= at < self.until


def part_of(session: Sequence[Event], since: float, until: float) -> SessionPart:
    """A part by the session's events: what was known before it, at its end, and at the end of all.

    A change at the very end of a part is the next part's, so that two parts are the whole.
    """
    before = fold(EMPTY, [each for each in session if each.at < since])
    upto = fold(before, [each for each in session if since <= each.at < until])
    whole = fold(upto, [each for each in session if each.at >= until])
    return SessionPart(since, until, before, upto, whole)


def changes(state: State, part: SessionPart | None = None) -> dict[str, Any]:
    """Changes of size, each counted once, in total and by decider.

    A target repeated in every cycle is no change, nor is a decision of WVA's that an HPA carries
    out.
    """
    session = state if part is None else part.session
    since, until = (-inf, inf) if part is None else (part.since, part.until)
    made, total = changes_made(session, since, until), all_changes(session, since, until)
    by = {decider: {"up": each.up, "down": each.down} for decider, each in made.items()}
    return {"changes_up": total.up, "changes_down": total.down, "changes_by": by}


def scaled(state: State, part: SessionPart | None = None) -> dict[str, Any]:
    """How long changes of replicas took: counts, lags of each step, stretches with too few
    replicas."""
    events = scale_events(state if part is None else part.session)
    if part is not None:
        events = tuple(each for each in events if _is_in(each, part))
    outcomes = [(event.direction, event.outcome) for event in events]
    gaps = gap_windows(state)
    lengths = [gap.until - gap.since for gap in gaps]
    return {
        "ups": sum(way == "up" and end in ("done", "under way") for way, end in outcomes),
        "downs": sum(way == "down" and end in ("done", "under way") for way, end in outcomes),
        "not_carried_out": sum(end == "not carried out" for _, end in outcomes),
        "withdrawn": sum(end == "withdrawn" for _, end in outcomes),
        "lags": [
            {
                "direction": row.direction,
                "step": row.step,
                "n": row.count,
                "mean_s": round(row.mean_s, 2),
                "p95_s": round(row.p95_s, 2),
                "max_s": round(row.max_s, 2),
            }
            for row in lag_rows(events)
        ],
        "lacking": {
            "n": len(lengths),
            "total_s": round(sum(lengths), 1),
            "longest_s": round(max(lengths), 1) if lengths else None,
            "open": sum(gap.is_open for gap in gaps),
        },
    }


def _is_in(event: ScaleEvent, part: SessionPart) -> bool:
    """Whether a change is one of a part: by the change of the spec, as the decision for it may be
    older; one that was never carried out, as long as it is wanted."""
    written = event.at("spec")
    if event.outcome == "not carried out":
        return event.begin < part.until
    return part.has(event.begin if written is None else written)
