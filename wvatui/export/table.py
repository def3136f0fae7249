"""One table of a session: collects its rows while the events go by, as text for machines.

Times are UTC ISO 8601 with milliseconds; missing is empty.
"""

from datetime import UTC, datetime
from typing import Any

from wvatui.core import events as ev
from wvatui.core.state.state import State


def iso(at: float | None) -> str:
    """`at` (UTC epoch seconds) as 2026-09-01T08:00:00.000Z; "" for None."""
    if at is None:
        return ""
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def number(value: float | int | None, digits: int = 6) -> str:
    """A number without trailing zeros; "" for None; never an exponent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def flag(value: bool | None) -> str:
    """true, false, or "" for not known."""
    return "" if value is None else "true" if value else "false"


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
