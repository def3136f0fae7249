"""Checks many rows of a table in one test, where a test per row would cost more than the check."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def each_row(rows: Iterable[T], check: Callable[[T], None], name: Callable[[T], object]) -> None:
    """Check every row. Raises AssertionError with all rows that fail, or if there are no rows."""
    table, wrong = list(rows), []
    assert table
    for row in table:
        try:
            check(row)
        except AssertionError as error:
            wrong.append(f"{name(row)}: {error}")
    assert not wrong, "\n".join(wrong)
