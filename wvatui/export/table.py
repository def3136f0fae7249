"""One table of a session: collects its rows while the events go by."""

from typing import Any

from wvatui.core import events as ev
from wvatui.core.state.state import State
from wvatui.export.stamp import iso

TableRow = dict[str, Any]


class Table:
    """See `tables.TABLES` for those that there are."""

    columns: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.rows: list[TableRow] = []

    def event(self, event: ev.Event) -> None:
        """One event, before it is folded."""

    def state(self, state: State) -> None:
        """The State after a polling round or a tick."""

    def end(self, state: State) -> None:
        """The State after the last event."""


def moment(at: float, state: State) -> TableRow:
    """The first two columns of every table."""
    return {"time": iso(at), "t_plus_s": round(at - state.first_at, 3)}
