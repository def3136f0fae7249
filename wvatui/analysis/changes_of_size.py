"""Changes of size in numbers, of a session or of a part of one.

A change is told by what was before it. So where `state` is only the last part of a session, `whole`
is that session from its beginning on.
"""

from math import inf
from typing import Any

from wvatui.core.kube_object import NamespacedName
from wvatui.core.queries.scaling.scale_events import scale_events
from wvatui.core.queries.scaling.scaling import gap_windows, lag_rows
from wvatui.core.rows.scale_views import ScaleEvent
from wvatui.core.rows.scaling_rows import all_changes, changes_made
from wvatui.core.state.state import Decision, State


def changes(state: State, whole: State | None = None) -> dict[str, Any]:
    """Changes of size, each counted once, in total and by decider.

    A target repeated in every cycle is no change, nor is a decision of WVA's that an HPA carries
    out.
    """
    session, since = (state, -inf) if whole is None else (whole, state.first_at)
    made, total = changes_made(session, since), all_changes(session, since)
    by = {decider: {"up": each.up, "down": each.down} for decider, each in made.items()}
    return {"changes_up": total.up, "changes_down": total.down, "changes_by": by}


def changed_at_begin(state: State, whole: State | None) -> int:
    """How many variants got another target with the first decision of a part: the totals of the
    part cannot count these."""
    changed, last = 0, dict[NamespacedName, Decision]()
    known = whole.decisions if whole is not None else ()
    for decided in sorted((d for d in known if not d.context), key=lambda d: d.at):
        key = (decided.namespace, decided.variant)
        before = last.get(key)
        if before is not None and before.at < state.first_at <= decided.at:
            changed += before.target != decided.target
        last[key] = decided
    return changed


def scaled(state: State, whole: State | None = None) -> dict[str, Any]:
    """How long changes of replicas took: counts, lags of each step, stretches with too few
    replicas."""
    events = scale_events(state if whole is None else whole)
    if whole is not None:  # the decision for a change may be older than the part
        events = tuple(each for each in events if _is_in(each, state.first_at))
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


def _is_in(event: ScaleEvent, since: float) -> bool:
    """Whether a change is one of those from `since` on: by the change of the spec; where there was
    none, also while it is still wanted."""
    written, is_open = event.at("spec"), event.outcome in ("not carried out", "under way")
    return is_open or event.begin >= since if written is None else written >= since
