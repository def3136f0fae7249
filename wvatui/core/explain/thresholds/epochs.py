"""Values that hold for a while: what many readings of one number agree on, and since when.

Each reading leaves an interval, because logs round. A value that holds lies in all intervals of
its time. One reading that disagrees is a stray, which shows as a mismatch of its cycle; a new
value needs as many readings in a row as `TURN`, or one line that states it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

TURN = 3
"""So many readings in a row, against what held, make a new value."""


@dataclass(frozen=True, slots=True)
class ThresholdReading:
    """At `at` (UTC epoch seconds) the value lay in [low, high]."""

    at: float
    low: float
    high: float
    stated: bool = False
    """A line says it in so many words."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """From `since` on (the first of all: from ever) `value` held; `count` readings say so, the
    newest at `until`. `stated`: lines say it in so many words."""

    since: float
    value: float
    count: int
    until: float = 0.0
    stated: bool = False


def epochs(readings: Iterable[ThresholdReading]) -> tuple[Epoch, ...]:
    """What held, ascending in time; empty without a reading."""
    ordered = sorted(readings, key=attrgetter("at"))
    if not ordered:
        return ()
    groups: list[list[ThresholdReading]] = []
    low = high = 0.0  # in which all readings of the newest group lie
    strays: list[ThresholdReading] = []
    for reading in ordered:
        if groups and reading.low <= high and reading.high >= low:
            groups[-1].append(reading)
            low, high = max(low, reading.low), min(high, reading.high)
            strays = []
            continue
        strays.append(reading)
        while common(strays) is None:
            strays.pop(0)
        if len(strays) >= TURN or reading.stated:
            groups.append(strays)
            low, high = _span(strays)
            strays = []
    if not groups:
        groups = [_most(ordered)]
    return tuple(
        Epoch(g[0].at, roundest(*_span(g)), len(g), g[-1].at, any(r.stated for r in g))
        for g in groups
    )


def at_time(known: Sequence[Epoch], at: float) -> Epoch | None:
    """The value that held at `at`; before the first reading, the first one."""
    if not known:
        return None
    return next((epoch for epoch in reversed(known) if epoch.since <= at), known[0])


def common(readings: Sequence[ThresholdReading]) -> tuple[float, float] | None:
    """The interval that lies in all of them; None: there is none."""
    low, high = _span(readings)
    return (low, high) if low <= high else None


def _span(readings: Sequence[ThresholdReading]) -> tuple[float, float]:
    return max(r.low for r in readings), min(r.high for r in readings)


def _most(readings: Sequence[ThresholdReading]) -> list[ThresholdReading]:
    """The largest group that agrees, of the few readings that there are."""
    best: list[ThresholdReading] = []
    for seed in readings:
        group: list[ThresholdReading] = []
        for reading in (seed, *readings):
            if reading not in group and common([*group, reading]) is not None:
                group.append(reading)
        if len(group) > len(best):
            best = group
    return sorted(best, key=lambda r: r.at)


def roundest(low: float, high: float) -> float:
    """The number of the fewest decimals in [low, high], the one nearest to the middle."""
    middle = (low + high) / 2
    for digits in range(7):
        value = round(middle, digits)
        if low - 1e-9 <= value <= high + 1e-9:
            return value
    return middle
