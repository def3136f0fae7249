"""The viewer's filter on the rows of a table, and the texts that describe it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from wvatui.core.rows import log_rows
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.view_model import ViewModel

R = TypeVar("R")


def matching(vm: ViewModel, panel: str, rows: Sequence[R], text: Callable[[R], str]) -> Sequence[R]:
    """The rows whose text matches the viewer's filter of a panel; without a filter all rows."""
    pattern = vm.view_state.filters.get(panel, "")
    if not pattern:
        return rows
    wanted, inverse = log_rows.expression(pattern)
    return [row for row in rows if bool(wanted.search(text(row))) is not inverse]


def filter_words(vm: ViewModel, panel: str, shown: int, every: int) -> str:
    """The filter and how many of `every` rows it leaves; empty without a filter."""
    pattern = sanitize(vm.view_state.filters.get(panel, ""), 40)
    return f"filter {pattern}: {shown} of {every}" if pattern else ""


def none_matches(vm: ViewModel, panel: str) -> str:
    """The text shown when the filter leaves no row; empty without a filter."""
    pattern = sanitize(vm.view_state.filters.get(panel, ""), 40)
    return f" no row matches {pattern}; esc shows all" if pattern else ""
