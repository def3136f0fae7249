"""The interface of one table of a session, which collects its rows from events and States."""

from typing import Any

from wvatui.core import events as ev
from wvatui.core.state.state import State
from wvatui.export.stamp import iso

TableRow = dict[str, Any]


class Table:
    """One table; `tables.TABLES` lists them all."""

    columns: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.rows: list[TableRow] = []

    def event(self, event: ev.Event) -> None:
        """Take one event, before it is folded."""

    def state(self, state: State) -> None:
        """Take the State after a polling round or a tick."""

    def end(self, state: State) -> None:
        """Take the State after the last event."""


def names(text: str) -> tuple[str, ...]:
    """The words of `text`, each the name of a column."""
    return tuple(text.split())


def timed(text: str) -> tuple[str, ...]:
    """The columns of a table of moments: those of `moment`, then the words of `text`."""
    return names(f"time t_plus_s {text}")


def moment(at: float, state: State) -> TableRow:
    """The first two columns of every table: the time in UTC, and since T+0."""
    return {"time": iso(at), "t_plus_s": round(at - state.first_at, 3)}
