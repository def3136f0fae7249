"""Explains every cycle of a whole session, of which a State keeps only the newest."""

from collections.abc import Iterable, Sequence

from wvatui.core.events import Event
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State

BATCH = 2_000
"""Events folded in one batch: fewer than those of half the cycles that a State keeps."""


def explained(batches: Iterable[Sequence[Event]]) -> tuple[list[CycleExplained], State]:
    """Every cycle, including those no longer in the final State, and the final State, which has the
    decisions from all HPA looks."""
    explainer, state, seen = Explainer(), EMPTY, 0
    cycles: dict[float, CycleExplained] = {}
    for batch in batches:
        if state.cycles.total - seen > state.cycles.cap // 2:
            seen = state.cycles.total
            cycles.update((cycle.at, cycle) for cycle in explainer.cycles(state))
        state = fold(state, batch)
    cycles.update((cycle.at, cycle) for cycle in explainer.cycles(state))
    return list(cycles.values()), state
