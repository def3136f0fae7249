"""Times in which the controller's log says nothing, though it writes in every cycle."""

from collections.abc import Iterator
from typing import NamedTuple

from wvatui.core.queries.charts.chart_parts import cadence_gap
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.state import State


class Silence(NamedTuple):
    """A stretch without a cycle, UTC epoch seconds."""

    since: float
    until: float


def silences(state: State) -> tuple[Silence, ...]:
    """Where two cycles are farther apart than charts join their samples, ascending in time.

    Without those of which a gap of the recording already tells.
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
        if last_at is not None and cycle.at - last_at > limit_s:
            yield Silence(last_at, cycle.at)
        last_at = cycle.last_at if last_at is None else max(last_at, cycle.last_at)
    if last_at is not None and state.now - last_at > limit_s:
        yield Silence(last_at, state.now)
