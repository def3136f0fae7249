"""Changes of size in numbers, of a session or of a part of one.

Changes made in two parts add up to those of the whole; one that was never carried out counts in
each part from which on it was wanted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf
from typing import Any

from wvatui.analysis.session_part import SessionPart
from wvatui.core.queries.scaling.scale_events import scale_events
from wvatui.core.queries.scaling.scaling import gap_windows, lag_rows
from wvatui.core.rows.scale_views import GapWindow, ScaleEvent
from wvatui.core.rows.scaling_rows import all_changes, changes_made
from wvatui.core.state.state import State


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
    replicas.

    A change counts in one part, with its lags. One that was never carried out, and a stretch with
    too few replicas, count in each part in which they lasted: `not_carried_out` and `lacking.n` of
    two parts can be more than those of the whole.
    """
    session = state if part is None else part.session
    events, gaps = scale_events(session), gap_windows(session)
    undone = [event for event in events if event.outcome == "not carried out"]
    if part is not None:
        undone = [event for event in undone if event.begin < part.until]
        events = tuple(event for event in events if part.has(_changed_at(event)))
        gaps = tuple(_cut(gaps, part))
    outcomes = [(event.direction, event.outcome) for event in events]
    lengths = [gap.until - gap.since for gap in gaps]
    return {
        "ups": sum(way == "up" and end in ("done", "under way") for way, end in outcomes),
        "downs": sum(way == "down" and end in ("done", "under way") for way, end in outcomes),
        "not_carried_out": len(undone),
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


def _cut(gaps: Iterable[GapWindow], part: SessionPart) -> Iterator[GapWindow]:
    """What of each stretch is in a part; one that goes on after the part is open at its end."""
    for gap in gaps:
        if stretch := part.cut(gap.since, gap.until):
            is_open = gap.is_open or gap.until > part.until
            yield replace(gap, since=stretch[0], until=stretch[1], is_open=is_open)


def _changed_at(event: ScaleEvent) -> float:
    """When the spec was changed, as the decision for it may be older; else when it was wanted."""
    written = event.at("spec")
    return event.begin if written is None else written
