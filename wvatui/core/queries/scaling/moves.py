"""Changes of a number over time, and the stretches that they take."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import inf

Move = tuple[float, int, int]
"""(when, from, to)."""
Stretch = tuple[float, float]
"""(since, until), both within it."""


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


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches in order of time, with those that overlap as one."""
    out: list[Stretch] = []
    for since, until in sorted(stretches):
        if out and since <= out[-1][1]:
            since, until = out[-1][0], max(out[-1][1], until)
            out.pop()
        out.append((since, until))
    return out


def covers(stretches: Sequence[Stretch], at: float) -> bool:
    """Whether one of the `merged` stretches contains a moment."""
    place = bisect_right(stretches, (at, inf)) - 1
    return place >= 0 and at <= stretches[place][1]
