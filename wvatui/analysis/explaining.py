"""Every cycle of a whole session, explained: more of them than a State keeps at its end."""

from collections.abc import Iterable, Sequence

from wvatui.core.events import Event
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State

BATCH = 2_000
"""Events that are folded at once: fewer than half the cycles that a State keeps."""


def explained(batches: Iterable[Sequence[Event]]) -> tuple[list[CycleExplained], State]:
    """Every cycle, also those that a State no longer keeps at the end, and that State, which has
    the decisions of all looks."""
    explainer, state, seen = Explainer(), EMPTY, 0
    cycles: dict[float, CycleExplained] = {}
    for batch in batches:
        if state.cycles.total - seen > state.cycles.cap // 2:
            seen = state.cycles.total
            cycles.update((cycle.at, cycle) for cycle in explainer.cycles(state))
        state = fold(state, batch)
    cycles.update((cycle.at, cycle) for cycle in explainer.cycles(state))
    return list(cycles.values()), state
