"""Gauges by time slots, one value for the samples of a pod in each: heat strips and bands.

Two hundred pods over eight hours are a million samples, and a screen is redrawn every second.
Sealed minutes never change, so the slot values of each are computed once and cached while they are
being drawn; a redraw only reads the open minute and joins the rest.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from wvatui.core.events import Scrape
from wvatui.core.metrics.scrape_fields import Number
from wvatui.core.state.history import History, Minute

HAIR = 1e-6
"""Tolerance, as a share of a slot: epoch seconds as floats are exact to 2.4e-7 s only."""

V = TypeVar("V")


class SlotGrid:
    """Slots of one length, numbered so that a window that moves by whole slots keeps them."""

    def __init__(self, since: float, until: float, columns: int) -> None:
        self.since = since
        self.step = (until - since) / columns
        nearest = round(since / self.step)
        # Rounded, so that the last digits of a float do not make a new grid every second.
        self.origin = round(since - nearest * self.step, 6)
        self.first = nearest
        self.columns = columns

    @property
    def key(self) -> tuple[float, float]:
        return (round(self.step, 6), self.origin)

    def slot(self, at: float) -> int:
        return math.floor((at - self.origin) / self.step + HAIR)

    def starts(self, slot: int) -> float:
        return self.origin + slot * self.step


@dataclass(frozen=True, slots=True)
class SlotRule(Generic[V]):
    """How the samples of a gauge become a value in each slot.

    `reduce` gives the value of the samples in a slot, `join` that of two parts of a slot. `old`
    gives the values of minutes that are summarised.
    """

    name: str
    number: Number
    reduce: Callable[[Sequence[float]], V]
    join: Callable[[V, V], V]
    old: Callable[[Iterable[Minute], SlotGrid], dict[int, V]]

    def of_samples(
        self, times: Sequence[float], values: Sequence[float], grid: SlotGrid
    ) -> dict[int, V]:
        """The value of each slot that the samples (ascending in time) fall into."""
        slots: dict[int, V] = {}
        begin = 0
        while begin < len(times):
            slot = grid.slot(times[begin])
            end = max(begin + 1, bisect_left(times, grid.starts(slot + 1), begin))
            self.put(slots, slot, self.reduce(values[begin:end]))
            begin = end
        return slots

    def put(self, slots: dict[int, V], slot: int, value: V) -> None:
        """Add the value of one part of a slot."""
        slots[slot] = self.join(slots[slot], value) if slot in slots else value


@dataclass(frozen=True, slots=True)
class _Known(Generic[V]):
    """Cached slot values of some rows. `thing`: the last of these rows, compared by identity;
    `start`: the time from which on they were read."""

    thing: object
    start: float
    slots: dict[int, V]


class SlotMemory:
    """A cache of the slot values of sealed minutes that the last few redraws used.

    Minutes are compared by identity, so that pods of the same name in other sessions do not mix.
    """

    most = 6
    """Most keys that are cached: more gauges and grids than a screen shows at once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], dict[Any, Any]] = {}

    def begin(self, key: tuple[object, ...]) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """(cached values for `key`, the mapping for the values that this redraw uses)."""
        before = self._kept.pop(key, {})
        now: dict[Any, Any] = {}
        self._kept[key] = now
        while len(self._kept) > self.most:
            self._kept.pop(next(iter(self._kept)))
        return before, now


class SlotReader(Generic[V]):
    """Reads one gauge from histories, by the slots of a grid; cached values are not read again.

    `known`: values cached before, `used`: values used now, both by the identity of the last object
    that was read for them.
    """

    def __init__(self, memory: SlotMemory, rule: SlotRule[V], grid: SlotGrid, since: float) -> None:
        self._rule, self._grid, self._since = rule, grid, since
        self._known: dict[int, _Known[V]]
        self._used: dict[int, _Known[V]]
        self._known, self._used = memory.begin((rule.name, *grid.key))

    def slots(self, history: History) -> dict[int, V]:
        """The value of each slot from the window's start on; of sealed minutes, from the cache."""
        slots = dict(self._sealed(history.full)) if history.full else {}
        old = history.old
        if old and old[-1].at + 60.0 >= self._since:
            entry = self._known.get(id(old))
            if entry is None or entry.thing is not old or entry.start > self._since:
                begin = bisect_left(old, self._since - 60.0, key=_at)
                minutes = old.last(len(old) - begin)
                entry = _Known(old, self._since, self._rule.old(minutes, self._grid))
            self._used[id(old)] = entry
            slots = self._joined(dict(entry.slots), slots)
        return self._joined(slots, self._of_rows(history.open))

    def _sealed(self, full: Sequence[tuple[Scrape, ...]]) -> dict[int, V]:
        """The slots of sealed minutes: the cached ones up to a minute, and those after it."""
        grid = self._grid
        oldest, last = full[0][0].at, full[-1]
        # Minutes that are not shown are not read, unless they were for an earlier window.
        begin = max(0, bisect_left(full, grid.starts(grid.slot(self._since)), key=_ends))
        start = full[begin][0].at if begin < len(full) else last[0].at
        slots: dict[int, V] = {}
        for index in range(len(full) - 1, -1, -1):
            entry = self._known.get(id(full[index]))
            if entry is None or entry.thing is not full[index]:
                continue
            if entry.start <= start:
                if entry.start >= oldest and index == len(full) - 1:
                    self._used[id(last)] = entry
                    return entry.slots
                begin, start, slots = index + 1, entry.start, dict(entry.slots)
                if entry.start < oldest:
                    start = oldest
                    self._forget(slots, full[:begin])
            break
        for minute in full[begin:]:  # one by one, so that sums do not depend on what was cached
            self._joined(slots, self._of_rows(minute))
        self._used[id(last)] = _Known(last, start, slots)
        return slots

    def _forget(self, slots: dict[int, V], full: Sequence[tuple[Scrape, ...]]) -> None:
        """Remove values of minutes before `full`, the minutes that were read of those that are
        kept: the earlier ones have been summarised by now."""
        edge = self._grid.slot(full[0][0].at)
        for slot in [slot for slot in slots if slot <= edge]:
            del slots[slot]
        for chunk in full:
            if self._grid.slot(chunk[0].at) > edge:
                break
            # What this minute has in later slots is among their values already.
            again = self._of_rows(chunk)
            self._joined(slots, {slot: v for slot, v in again.items() if slot <= edge})

    def _of_rows(self, rows: Sequence[Scrape]) -> dict[int, V]:
        number = self._rule.number
        values = [value for value in map(number, rows) if value is not None]
        if len(values) < len(rows):
            rows = [row for row in rows if number(row) is not None]
        return self._rule.of_samples([row.at for row in rows], values, self._grid)

    def _joined(self, slots: dict[int, V], more: dict[int, V]) -> dict[int, V]:
        for slot, value in more.items():
            self._rule.put(slots, slot, value)
        return slots


def _ends(chunk: tuple[Scrape, ...]) -> float:
    return chunk[-1].at


def _at(minute: Minute) -> float:
    return minute.at
