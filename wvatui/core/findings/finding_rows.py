"""Findings for panels and output: with clean texts, computed once per State."""

from wvatui.core.findings import Finding
from wvatui.core.findings import findings as found_in
from wvatui.core.findings.finding import cleaned
from wvatui.core.state.state import State


class _Rows:
    """The cached findings of one State, since several panels draw them."""

    def __init__(self) -> None:
        self.found: tuple[Finding, ...] | None = None


def findings(state: State) -> tuple[Finding, ...]:
    """What blocks, what looks wrong and what waits at this moment, the worst first."""
    rows = state.of_state.of(_Rows)
    if rows.found is None:
        rows.found = tuple(map(cleaned, found_in(state)))
    return rows.found
