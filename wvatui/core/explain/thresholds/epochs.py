"""Values in force for a while: the value on which many readings agree, and since when.

Each reading gives an interval, because logs round. A value in force lies in all intervals of its
time. A single reading that disagrees is an outlier, which shows as a mismatch of its cycle; a new
value needs `TURN` readings in a row, or one line that states it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

TURN = 3
"""Readings in a row against the value in force that make a new value."""


@dataclass(frozen=True, slots=True)
class ThresholdReading:
    """At `at` (UTC epoch seconds) the value was within [low, high]."""

    at: float
    low: float
    high: float
    stated: bool = False
    """A line states the value itself."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """`value` was in force from `since` on (the first epoch: from the beginning), by `count`
    readings, the newest at `until`. `stated`: lines state the value itself."""

    since: float
    value: float
    count: int
    until: float = 0.0
    stated: bool = False


def epochs(readings: Iterable[ThresholdReading]) -> tuple[Epoch, ...]:
    """The values in force, ascending in time; empty without a reading."""
    ordered = sorted(readings, key=attrgetter("at"))
    if not ordered:
        return ()
    groups: list[list[ThresholdReading]] = []
    low = high = 0.0  # the interval common to all readings of the newest group
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
    """The value in force at `at`; before the first reading, the first one."""
    if not known:
        return None
    return next((epoch for epoch in reversed(known) if epoch.since <= at), known[0])


def common(readings: Sequence[ThresholdReading]) -> tuple[float, float] | None:
    """The intersection of all readings' intervals; None: it is empty."""
    low, high = _span(readings)
    return (low, high) if low <= high else None


def _span(readings: Sequence[ThresholdReading]) -> tuple[float, float]:
    return max(r.low for r in readings), min(r.high for r in readings)


def _most(readings: Sequence[ThresholdReading]) -> list[ThresholdReading]:
    """The largest group of readings that agree; for few readings only."""
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
    """The number in [low, high] with the fewest decimals, among these the nearest to the middle."""
    middle = (low + high) / 2
    for digits in range(7):
        value = round(middle, digits)
        if low - 1e-9 <= value <= high + 1e-9:
            return value
    return middle
