"""Alternatives tried on one model of a recording, by both loops, one row after the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wvatui.core.state import State
from wvatui.core.whatif.alternative import Alternative
from wvatui.core.whatif.course import Limit
from wvatui.core.whatif.recorded import Recorded
from wvatui.core.whatif.trial import Row, Trial


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried on one model, and what came of it."""

    trial: Trial
    rows: tuple[Row, ...]


def tried(
    state: State,
    recorded: Recorded,
    asked: Sequence[Alternative],
    *,
    given: Mapping[str, float] | None = None,
    limit: Limit | None = None,
    loop: str = "open",
    go_on: Callable[[], bool] = lambda: True,
) -> Tried:
    """Every row of the table, as long as `go_on` says so. `loop`: open, closed or both."""
    trial = Trial(recorded, given or {}, limit)
    rows = []
    for row in each(state, trial, asked, loop):
        rows.append(row)
        if not go_on():
            break
    return Tried(trial, tuple(rows))


def each(
    state: State, trial: Trial, asked: Sequence[Alternative], loop: str = "open"
) -> Iterator[Row]:
    """The rows one by one, so that the screen can show each as it comes."""
    yield from trial.rows(asked)
