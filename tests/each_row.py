"""Many rows of a table in one test, where a test of its own would cost more than the row."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def each_row(rows: Iterable[T], check: Callable[[T], None], name: Callable[[T], object]) -> None:
    """Check every row, and fail with all that do not hold, each by its name.

    Raises AssertionError also where there are no rows at all.
    """
    table, wrong = list(rows), []
    assert table
    for row in table:
        try:
            check(row)
        except AssertionError as error:
            wrong.append(f"{name(row)}: {error}")
    assert not wrong, "\n".join(wrong)
