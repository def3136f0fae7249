"""Sums of which one part may be missing: a sum of the others alone would look complete."""

from collections.abc import Iterable
from typing import TypeVar

N = TypeVar("N", int, float)


def whole_sum(values: Iterable[N | None]) -> N | None:
    """The sum; None where one of the values is not known, or there is none."""
    total: N | None = None
    for value in values:
        if value is None:
            return None
        total = value if total is None else total + value
    return total
