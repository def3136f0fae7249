"""The rows of a table that the viewer's filter lets through, and the words that say so."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from wvatui.core.rows import log_rows
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.view_model import ViewModel

R = TypeVar("R")


def matching(vm: ViewModel, panel: str, rows: Sequence[R], text: Callable[[R], str]) -> Sequence[R]:
    """The rows whose text the viewer's filter of a panel lets through; without one all of them."""
    pattern = vm.view_state.filters.get(panel, "")
    if not pattern:
        return rows
    wanted, inverse = log_rows.expression(pattern)
    return [row for row in rows if bool(wanted.search(text(row))) is not inverse]


def filter_words(vm: ViewModel, panel: str, shown: int, every: int) -> str:
    """What is filtered and how many rows are left; empty without a filter."""
    pattern = sanitize(vm.view_state.filters.get(panel, ""), 40)
    return f"filter {pattern}: {shown} of {every}" if pattern else ""


def none_matches(vm: ViewModel, panel: str) -> str:
    """The words where the filter leaves no row; empty without a filter."""
    pattern = sanitize(vm.view_state.filters.get(panel, ""), 40)
    return f" no row matches {pattern}; esc shows all" if pattern else ""
