"""The cycles of a session, each with its explanations."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from wvatui.core.decisions.given import Case
from wvatui.core.explain.explain import explain
from wvatui.core.explain.explained import CycleExplained, Explanation
from wvatui.core.explain.ledger import Ledger
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.state import Cycle, State

MOST = 20_000
"""Most explanations in the cache; beyond that it is emptied."""


class Explainer:
    """Explains the cycles of one session's States; explanations are cached."""

    def __init__(self) -> None:
        self._known: dict[tuple[float, int, str, str], tuple[Case, Explanation]] = {}

    def cycles(self, state: State) -> tuple[CycleExplained, ...]:
        """Every cycle of the session, oldest first, numbered from 1."""
        known = zip(all_cycles(state), self.newest(state, len(state.cycles) + 1), strict=True)
        return tuple(one for cycle, one in known if not cycle.context)

    def at(self, state: State, at: float) -> CycleExplained | None:
        """The cycle that began at `at`, or else the last one before; None: there is none."""
        return self.at_each(state, (at,))[0]

    def at_each(self, state: State, times: Iterable[float]) -> list[CycleExplained | None]:
        """As `at`, for each of these times."""
        known, first = all_cycles(state), _first(state)
        starts = [cycle.at for cycle in known]
        places = [bisect_right(starts, at) - 1 for at in times]
        asked = {starts[place] for place in places if place >= 0}
        by_cycle = _by_cycle(state.of_session.of(Ledger).of_cycles(state, asked))
        return [
            None
            if place < 0
            else self._cycle(known[place], first + place, by_cycle.get(starts[place], ()))
            for place in places
        ]

    def newest(self, state: State, limit: int) -> tuple[CycleExplained, ...]:
        """The newest cycles of `state`, oldest first; those before T+0 count down from 0."""
        known = all_cycles(state)
        chosen = known[-limit:]
        by_cycle = _by_cycle(
            state.of_session.of(Ledger).of_cycles(state, {cycle.at for cycle in chosen})
        )
        first = _first(state) + len(known) - len(chosen)
        return tuple(
            self._cycle(cycle, number, by_cycle.get(cycle.at, ()))
            for number, cycle in enumerate(chosen, first)
        )

    def _cycle(self, cycle: Cycle, number: int, cases: Sequence[Case]) -> CycleExplained:
        explanations = tuple(self._explained(case) for case in cases)
        nothing = "" if explanations else "no model was processed"
        return CycleExplained(cycle.at, number, explanations, nothing, cycle.decided)

    def _explained(self, case: Case) -> Explanation:
        key = (case.cycle_at, case.number, case.model, case.role)
        known = self._known.get(key)
        if known is not None and (known[0] is case or known[0] == case):
            self._known[key] = (case, known[1])
            return known[1]
        if len(self._known) > MOST:
            self._known.clear()
        made = explain(case)
        self._known[key] = (case, made)
        return made


def _by_cycle(cases: Iterable[Case]) -> dict[float, list[Case]]:
    """Cases by the start of their cycle."""
    by_cycle: dict[float, list[Case]] = {}
    for case in cases:
        by_cycle.setdefault(case.cycle_at, []).append(case)
    return by_cycle


def _first(state: State) -> int:
    """The number of the oldest cycle that is kept: the session's first one is 1."""
    newest = state.cycle
    counted = state.totals.cycles_cut + (newest is not None and not newest.context)
    return 1 + counted - len(all_cycles(state))


def explained(state: State) -> tuple[CycleExplained, ...]:
    """Every cycle of `state`, oldest first."""
    return Explainer().cycles(state)
