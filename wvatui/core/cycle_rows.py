"""The controller's cycles: which lines of the log belong to each, and one row for each.

A cycle's lines are those from its start to the line that ends it, with what the controller wrote
just before (its mode, its configuration) and just after (the objects it then touches). Lines that
are in no cycle stay in none.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from wvatui.core.cycle_views import AnalysisRow, CapacityRow, CycleRow, CycleState, Vote
from wvatui.core.dialects.anchors import is_end
from wvatui.core.lines import clean
from wvatui.core.reduce_log import COALESCE_S
from wvatui.core.state import Analysed, Cycle, Decided, LogEntry, State
from wvatui.core.views import DecisionRow

BEFORE_S = 0.5
"""Lines so shortly before a cycle's start belong to it, seconds."""
BEFORE_LINES = 6
"""… and at most so many: what a controller logs as it starts up is no part of its first cycle."""
RUNNING_S = 120.0
"""A cycle without an end is under way for at most as long after its last line, seconds."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Positions of a cycle's lines in `State.log.last(…)`: from `first` up to, without, `stop`."""

    first: int
    stop: int
    end: int | None
    """Position of the line that ends it."""


def all_cycles(state: State) -> list[Cycle]:
    """Every cycle that is known, oldest first; the last one may be under way."""
    found = state.cycles.last(len(state.cycles))
    return [*found, state.cycle] if state.cycle is not None else found


def cycles(state: State, limit: int = 200, variant: str | None = None) -> tuple[CycleRow, ...]:
    """The newest cycles, newest first; with `variant` (a name) those that decided about it."""
    known = all_cycles(state)
    name = variant.rpartition("/")[2] if variant else ""
    chosen = [n for n, c in enumerate(known) if not name or name in c.decided][-limit:]
    if not chosen:
        return ()
    entries = state.log.last(len(state.log))
    decided = _by_cycle(state, known, chosen[0])
    rows = [row_of(state, known, number, entries, decided.get(number, ())) for number in chosen]
    return tuple(reversed(rows))


def row_of(
    state: State,
    known: list[Cycle],
    number: int,
    entries: list[LogEntry],
    decided: tuple[Decided, ...],
) -> CycleRow:
    """The row of one cycle; `entries` is the whole log that is kept."""
    cycle = known[number]
    where = extent(known, number, entries)
    end = entries[where.end] if where is not None and where.end is not None else None
    lines = entries[where.first : where.stop] if where is not None else None
    until = end.at if end is not None else cycle.last_at if where is None and cycle.ended else None
    return CycleRow(
        at=cycle.at,
        state=_state(state, known, number),
        duration_s=None if until is None else max(0.0, until - cycle.at),
        decisions=tuple(decision_row(d) for d in decided),
        analyses=analysis_rows(cycle.analyses),
        errors=None if lines is None else _errors(lines),
        lines=None if lines is None else len(lines),
    )


def _errors(lines: list[LogEntry]) -> int:
    return sum(e.level == "ERROR" and e.kind != "continuation" for e in lines)


def _state(state: State, known: list[Cycle], number: int) -> CycleState:
    cycle = known[number]
    if cycle.ended:
        return "ok" if cycle.ok else "failed"
    newest = number == len(known) - 1 and state.cycle is not None
    return "running" if newest and state.now - cycle.last_at <= RUNNING_S else "no end"


# --- lines --------------------------------------------------------------------------------


def extent(known: list[Cycle], number: int, entries: list[LogEntry]) -> Extent | None:
    """Where the lines of a cycle stand in `entries`; None: they are no longer kept."""
    if not entries:
        return None
    base = entries[0].index
    start = known[number].first_line - base
    if start < 0 or start >= len(entries):
        return None
    following = len(entries)
    if number + 1 < len(known):
        following = _first(known[number + 1], known[number + 1].first_line - base, entries)
    end = _end(entries, start, following)
    stop = following
    if end is not None:
        until = entries[end].at + COALESCE_S
        stop = next((n for n in range(end + 1, following) if entries[n].at > until), following)
    return Extent(_first(known[number], start, entries), stop, end)


def _first(cycle: Cycle, start: int, entries: list[LogEntry]) -> int:
    """The first line of what the controller wrote just before the cycle's start."""
    first = start
    while first > 0 and start - first < BEFORE_LINES:
        before = entries[first - 1]
        if before.at < cycle.at - BEFORE_S or before.at > cycle.at or is_end(before.template):
            break
        first -= 1
    return first


def _end(entries: list[LogEntry], start: int, following: int) -> int | None:
    """The line that ends the cycle; some builds reconcile twice at once, then the later one."""
    found: int | None = None
    for position in range(start, following):
        entry = entries[position]
        if found is not None and entry.at > entries[found].at + COALESCE_S:
            break
        if is_end(entry.template):
            found = position
    return found


def cycle_of(state: State, line_index: int) -> float | None:
    """The start of the cycle to which a log line belongs; None: it belongs to none."""
    return line_cycles(state, (line_index,))[0]


def line_cycles(state: State, indices: Sequence[int]) -> tuple[float | None, ...]:
    """For each of these log lines the start of its cycle; None: it belongs to none."""
    known = all_cycles(state)
    entries = state.log.last(len(state.log))
    if not entries or not known:
        return (None,) * len(indices)
    base = entries[0].index
    extents: dict[int, Extent | None] = {}

    def owner(index: int) -> float | None:
        last = bisect_right(known, index, key=lambda c: c.first_line) - 1
        # What stands just before a start belongs to the cycle that it starts.
        for number in (last, last + 1):
            if 0 <= number < len(known):
                if number not in extents:
                    extents[number] = extent(known, number, entries)
                where = extents[number]
                if where is not None and where.first <= index - base < where.stop:
                    return known[number].at
        return None

    return tuple(owner(index) for index in indices)


# --- decisions ----------------------------------------------------------------------------


def decided_in(state: State, known: list[Cycle], number: int) -> tuple[Decided, ...]:
    """The decisions of one cycle, in the order in which they were taken."""
    return _by_cycle(state, known, number).get(number, ())


def _by_cycle(state: State, known: list[Cycle], first: int) -> dict[int, tuple[Decided, ...]]:
    """Decisions by the number of their cycle, for the cycles from `first` on."""
    starts = [cycle.at for cycle in known]
    since = starts[first]
    found: dict[int, list[Decided]] = {}
    for decided in (*state.decided, *state.deciding.values()):
        if decided.at < since:
            continue
        number = bisect_right(starts, decided.at) - 1
        if decided.variant in known[number].decided:
            found.setdefault(number, []).append(decided)
    order = {n: {v: i for i, v in reversed([*enumerate(known[n].decided)])} for n in found}
    return {
        n: tuple(sorted(rows, key=lambda d, n=n: (order[n][d.variant], d.namespace)))  # type: ignore[misc]
        for n, rows in found.items()
    }


def decision_row(decided: Decided) -> DecisionRow:
    """A decision as it leaves the fold."""
    return DecisionRow(
        at=decided.at,
        variant=clean(decided.variant),
        model=clean(decided.model),
        action=decided.action,
        current=decided.current,
        target=decided.target,
        reason=clean(decided.reason),
        repeats=decided.repeats,
    )


# --- analyses -----------------------------------------------------------------------------


def analysis_rows(analyses: tuple[Analysed, ...]) -> tuple[AnalysisRow, ...]:
    """The analyses of a cycle; one that is logged with and without its role counts once."""
    rows = [row for analysed in analyses if (row := _analysis(analysed)) is not None]
    named = {_numbers(row) for row in rows if row.role}
    return tuple(row for row in rows if row.role or _numbers(row) not in named)


def _numbers(row: AnalysisRow) -> tuple[object, ...]:
    return (row.model, row.analyzer, row.total, row.non_saturated, row.spare_kv, row.spare_queue)


def _analysis(analysed: Analysed) -> AnalysisRow | None:
    v1, v2 = analysed.v1, analysed.v2
    if v1 is not None:
        return AnalysisRow(
            model=clean(analysed.model),
            role=clean(v1.role),
            analyzer="V1",
            vote=_vote(v1.scale_up, v1.scale_down_safe),
            reason=clean(v1.reason),
            total=v1.total,
            non_saturated=v1.non_saturated,
            spare_kv=v1.spare_kv,
            spare_queue=v1.spare_queue,
        )
    if v2 is not None:
        return AnalysisRow(
            model=clean(analysed.model),
            role="",
            analyzer=clean(v2.analyzer),
            # An analyzer that knows no capacity has nothing to say.
            vote=_vote(_positive(v2.required), _positive(v2.spare)) if v2.supply else "",
            supply=v2.supply,
            demand=v2.demand,
            utilization=v2.utilization,
            required=v2.required,
            spare=v2.spare,
            capacities=tuple(
                CapacityRow(clean(v.name), v.per_replica, clean(v.role), clean(v.reason))
                for v in v2.variants
            ),
        )
    return None


def _positive(value: float | None) -> bool | None:
    return None if value is None else value > 0


def _vote(up: bool | None, down: bool | None) -> Vote:
    if up:
        return "up"
    if down:
        return "down"
    return "hold" if up is False and down is False else ""
