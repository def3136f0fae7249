"""Changes of a number over time."""

from collections.abc import Iterable

Move = tuple[float, int, int]
"""(when, from, to)."""


def moves(values: Iterable[tuple[float, int | None]]) -> list[Move]:
    """Changes of a number; unknown values (None) are skipped."""
    decided: list[Move] = []
    before: int | None = None
    for at, value in values:
        if value is None:
            continue
        if before is not None and value != before:
            decided.append((at, before, value))
        before = value
    return decided
