"""The controller's cycles as rows, and which of them a line of the log belongs to."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from wvatui.core.kube_object import NamespacedName, bare
from wvatui.core.lines import clean
from wvatui.core.log import facts as fc
from wvatui.core.rows.cycle_views import AnalysisRow, CapacityRow, CycleRow, CycleState, VoteRow
from wvatui.core.rows.views import DecisionRow
from wvatui.core.state.state import Analysed, Cycle, Decision, LogEntry, State
from wvatui.core.sums import whole_sum

RUNNING_S = 120.0
"""A cycle without an end counts as under way for this long after its last line, seconds."""


def all_cycles(state: State) -> list[Cycle]:
    """Every cycle that is known, oldest first; the last one may be under way."""
    kept = state.cycles.last(len(state.cycles))
    return [*kept, state.cycle] if state.cycle is not None else kept


def cadence_gap(state: State) -> float:
    """Longest time between two samples of the controller that is not a gap, seconds."""
    starts = [cycle.at for cycle in state.cycles.last(50)]
    steps = [b - a for a, b in pairwise(starts) if b - a > 1.0]
    return 2.2 * median(steps) if steps else 150.0


class Silence(NamedTuple):
    """A stretch without a cycle, UTC epoch seconds."""

    since: float
    until: float


def silences(state: State) -> tuple[Silence, ...]:
    """Where two cycles are farther apart than charts join their samples, ascending in time.

    Silences that a Gap of the recording already explains are left out.
    """
    return tuple(
        silence
        for silence in _apart(state)
        if not any(gap.since < silence.until and gap.until > silence.since for gap in state.gaps)
    )


def _apart(state: State) -> Iterator[Silence]:
    limit_s = cadence_gap(state)
    last_at: float | None = None
    for cycle in all_cycles(state):
        if cycle.context:
            continue
        if last_at is not None and cycle.at - last_at > limit_s:
            yield Silence(last_at, cycle.at)
        last_at = cycle.last_at if last_at is None else max(last_at, cycle.last_at)
    if last_at is not None and state.now - last_at > limit_s:
        yield Silence(last_at, state.now)


def cycles(state: State, limit: int = 200, variant: str | None = None) -> tuple[CycleRow, ...]:
    """The newest cycles, newest first; with `variant` (a name, or `namespace/name`) those that
    decided about it."""
    known = all_cycles(state)
    name = variant or ""
    if not state.window.several:
        name = bare(name)
    chosen = [n for n, c in enumerate(known) if not name or name in c.decided][-limit:]
    if not chosen:
        return ()
    decided = _by_cycle(state, known, chosen[0])
    rows = [row_of(state, known, number, decided.get(number, ())) for number in chosen]
    return tuple(reversed(rows))


def row_of(
    state: State, known: list[Cycle], number: int, decided: tuple[Decision, ...]
) -> CycleRow:
    """The row of one cycle."""
    cycle = known[number]
    kept = cycle.first_line >= state.log.total - len(state.log)
    analyses = analyses_of(state, cycle)
    return CycleRow(
        at=cycle.at,
        state=_state(state, known, number),
        duration_s=None if cycle.end_at is None else max(0.0, cycle.end_at - cycle.at),
        decisions=tuple(decision_row(d) for d in decided),
        analyses=analysis_rows(analyses),
        errors=cycle.errors if kept else None,
        lines=cycle.lines if kept else None,
        context=cycle.context,
        arrivals_per_min=None if analyses else _arrivals(cycle, state.only),
    )


def _arrivals(cycle: Cycle, only: str) -> float | None:
    """Of the measurements of a variant, else of the solution for it; None where one of them lacks
    it. `only`: those of this namespace; empty: all."""
    rates: dict[NamespacedName, float | None] = {}
    for place, fact in cycle.placed:
        if isinstance(fact, fc.VariantMetrics):
            where, rate, is_measured = place, fact.arrival_per_min, True
        elif isinstance(fact, fc.Prediction):
            # One line has the solutions of all namespaces.
            where, rate, is_measured = place and (fact.namespace or place), fact.rate_per_min, False
        else:
            continue
        key = where, bare(fact.variant)
        if only in ("", where) and (rates.get(key) is None or (is_measured and rate is not None)):
            rates[key] = rate
    return whole_sum(rates.values())


def _state(state: State, known: list[Cycle], number: int) -> CycleState:
    cycle = known[number]
    if cycle.ended:
        return "ok" if cycle.ok else "failed"
    newest = number == len(known) - 1 and state.cycle is not None
    return "running" if newest and state.now - cycle.last_at <= RUNNING_S else "no end"


# --- lines --------------------------------------------------------------------------------


def lines_of(state: State, cycle: Cycle, most: int) -> list[LogEntry]:
    """The first `most` lines of a cycle; none when they are no longer kept."""
    total = state.log.total
    if cycle.first_line < total - len(state.log):
        return []
    stop = total if cycle.stop_line is None else cycle.stop_line
    entries = state.log.last(total - cycle.first_line)
    return entries[: min(most, stop - cycle.first_line)]


def cycle_of(state: State, line_index: int) -> float | None:
    """The start of the cycle to which a log line belongs; None: it belongs to none."""
    return line_cycles(state, (line_index,))[0]


def line_cycles(state: State, indices: Sequence[int]) -> tuple[float | None, ...]:
    """For each of these log lines the start of its cycle; None: it belongs to none."""
    known, total = all_cycles(state), state.log.total

    def owner(index: int) -> float | None:
        number = bisect_right(known, index, key=lambda c: c.first_line) - 1
        if number < 0 or index >= total:
            return None
        stop = known[number].stop_line
        return known[number].at if stop is None or index < stop else None

    return tuple(owner(index) for index in indices)


# --- decisions ----------------------------------------------------------------------------


def decided_in(state: State, known: list[Cycle], number: int) -> tuple[Decision, ...]:
    """The decisions of one cycle, in the order in which they were taken."""
    return _by_cycle(state, known, number).get(number, ())


def _by_cycle(state: State, known: list[Cycle], first: int) -> dict[int, tuple[Decision, ...]]:
    """Decisions by the number of their cycle, for the cycles from `first` on."""
    starts = [cycle.at for cycle in known]
    since = starts[first]
    placed: dict[int, list[tuple[int, str, Decision]]] = {}
    id_of = state.window.id_of
    for decided in state.known_decisions:
        if decided.at < since:
            continue
        number = bisect_right(starts, decided.at) - 1
        names = known[number].decided
        # A decision whose namespace became known later is listed under its bare name.
        for name in (id_of(decided.namespace, decided.variant), decided.variant):
            if name in names:
                place = (names.index(name), decided.namespace, decided)
                placed.setdefault(number, []).append(place)
                break
    return {
        number: tuple(decided for *_, decided in sorted(rows, key=lambda row: row[:2]))
        for number, rows in placed.items()
    }


def decision_row(decided: Decision) -> DecisionRow:
    """The plain row of a decision."""
    return DecisionRow(
        at=decided.at,
        variant=clean(decided.variant),
        model=clean(decided.model),
        action=decided.action,
        current=decided.current,
        target=decided.target,
        reason=clean(decided.reason),
        repeats=decided.repeats,
        namespace=clean(decided.namespace),
        context=decided.context,
    )


# --- analyses -----------------------------------------------------------------------------


def analyses_of(state: State, cycle: Cycle) -> tuple[Analysed, ...]:
    """The analyses of a cycle that are of the State's namespaces."""
    only = state.only
    return tuple(a for a in cycle.analyses if not only or a.namespace in ("", only))


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
            # An analyzer that knows no capacity has no vote.
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


def _vote(up: bool | None, down: bool | None) -> VoteRow:
    if up:
        return "up"
    if down:
        return "down"
    return "hold" if up is False and down is False else ""
