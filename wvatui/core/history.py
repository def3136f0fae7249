"""What one pod's metrics page said over time: two hours whole, older minutes as min, mean and max.

A `History` is an immutable view like `Trail`: sealed minutes are tuples shared by every State, the
minute that is still open is a shared append-only list. The scrapes themselves are kept (raw, as
recorded) and columns are taken out when something is drawn: a fold is one append.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from wvatui.core.events import Scrape
from wvatui.core.histogram import delta, quantile, read
from wvatui.core.trail import Trail

FULL_MINUTES = 120
"""Minutes kept at full resolution."""
OLD_MINUTES = 7 * 24 * 60
"""Minutes kept as a summary after that."""

Bounds = Mapping[int, tuple[float, ...]]
T = TypeVar("T")


class Minute(msgspec.Struct, frozen=True, gc=False):
    """One old minute of one pod. `at`: its start, UTC epoch seconds; None: nothing measured."""

    at: float
    count: int
    kv_min: float | None = None
    kv_mean: float | None = None
    kv_max: float | None = None
    waiting_min: float | None = None
    waiting_mean: float | None = None
    waiting_max: float | None = None
    running_mean: float | None = None
    ttft_p95_ms: float | None = None
    itl_p95_ms: float | None = None
    tokens_per_s: float | None = None


class Sealed(tuple[Scrape, ...]):
    """The scrapes of a minute to which nothing is added any more."""

    def points(self, column: str) -> list[tuple[float, float]]:
        """(time, value) of `column` where it was measured; taken out once, as charts ask again."""
        found: list[tuple[float, float]] | None = self.__dict__.get(column)
        if found is None:
            found = self.__dict__[column] = _points(self, column)
        return found

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """What `make` takes out of minutes up to this one; made once, as screens ask again."""
        found: T | None = self.__dict__.get(name)
        if found is None:
            found = self.__dict__[name] = make()
        return found


class History:
    """The scrapes of one pod, ascending in time."""

    __slots__ = ("_open", "_size", "full", "old")

    def __init__(
        self,
        old: Trail[Minute] | None = None,
        full: tuple[Sealed, ...] = (),
        rows: list[Scrape] | None = None,
    ) -> None:
        self.old = old if old is not None else Trail(OLD_MINUTES)
        self.full = full
        self._open = rows if rows is not None else []
        self._size = len(self._open)

    def extend(self, rows: list[Scrape], bounds: Bounds) -> "History":
        """A history with `rows` at its end. The result depends on the rows, not on the batching."""
        old, full = self.old, self.full
        current = self._open
        if len(current) != self._size:
            current = current[: self._size]
        minute = int(current[0].at // 60) if current else None
        for row in rows:
            key = int(row.at // 60)
            if key != minute:
                if current:
                    full = (*full, Sealed(current))
                current = []
                minute = key
                while full and int(full[0][0].at // 60) < key - FULL_MINUTES:
                    old = old.extend([summarise(full[0], bounds)])
                    full = full[1:]
            current.append(row)
        return History(old, full, current)

    @property
    def last(self) -> Scrape | None:
        """The newest scrape."""
        if self._size:
            return self._open[self._size - 1]
        return self.full[-1][-1] if self.full else None

    @property
    def open(self) -> list[Scrape]:
        """The scrapes of the minute that is not sealed yet."""
        return self._open[: self._size]

    def __len__(self) -> int:
        return sum(len(chunk) for chunk in self.full) + self._size

    def __iter__(self) -> Iterator[Scrape]:
        for chunk in self.full:
            yield from chunk
        yield from self._open[: self._size]

    def since(self, at: float) -> list[Scrape]:
        """Scrapes at or after `at`, ascending."""
        found: list[Scrape] = []
        for chunk in self.full[bisect_left(self.full, at, key=_ends) :]:
            found.extend(chunk if chunk[0].at >= at else [r for r in chunk if r.at >= at])
        tail = self._open[: self._size]
        if tail and tail[-1].at >= at:
            found.extend(tail[bisect_left(tail, at, key=_at) :])
        return found

    def points(self, column: str, since: float) -> list[tuple[float, float]]:
        """(time, value) of `column` (kv, waiting or running) from `since` on, where measured."""
        found: list[tuple[float, float]] = []
        for chunk in self.full[bisect_left(self.full, since, key=_ends) :]:
            if chunk[0].at >= since:
                found += chunk.points(column)
            else:
                found += [point for point in chunk.points(column) if point[0] >= since]
        found += _points([row for row in self.open if row.at >= since], column)
        return found

    def sealed_at(self, since: float, until: float) -> Sealed | None:
        """The minute that `until` lies in (or the next), when all of [since, until] is kept whole
        and nothing is added to it any more."""
        if self.old and self.full and self.full[0][0].at > since:
            return None
        index = bisect_left(self.full, until, key=_ends)
        return self.full[index] if index < len(self.full) else None

    def window(self, until: float, length_s: float) -> tuple[Scrape, Scrape] | None:
        """The newest scrape at or before `until` and the one about `length_s` before it.

        None when there are not two. The older one is the last at or before `until - length_s`,
        or the oldest there is.
        """
        rows = self.since(until - length_s - 60.0)
        end = bisect_left(rows, until + 1e-9, key=_at)
        if end < 2:
            return None
        start = bisect_left(rows, until - length_s + 1e-9, 0, end - 1, key=_at)
        return rows[max(0, start - 1)], rows[end - 1]


def _points(rows: Iterable[Scrape], column: str) -> list[tuple[float, float]]:
    if column == "kv":
        return [(row.at, row.kv) for row in rows if row.kv is not None]
    if column == "waiting":
        return [(row.at, row.waiting) for row in rows if row.waiting is not None]
    return [(row.at, row.running) for row in rows if row.running is not None]


def _at(row: Scrape) -> float:
    return row.at


def _ends(minute: tuple[Scrape, ...]) -> float:
    return minute[-1].at


def summarise(rows: tuple[Scrape, ...], bounds: Bounds) -> Minute:
    """One minute of scrapes as min, mean and max (and the latency percentiles within it)."""
    kv = [r.kv for r in rows if r.kv is not None]
    waiting = [r.waiting for r in rows if r.waiting is not None]
    running = [r.running for r in rows if r.running is not None]
    first, last = rows[0], rows[-1]
    return Minute(
        at=float(int(first.at // 60) * 60),
        count=len(rows),
        kv_min=min(kv, default=None),
        kv_mean=sum(kv) / len(kv) if kv else None,
        kv_max=max(kv, default=None),
        waiting_min=min(waiting, default=None),
        waiting_mean=sum(waiting) / len(waiting) if waiting else None,
        waiting_max=max(waiting, default=None),
        running_mean=sum(running) / len(running) if running else None,
        ttft_p95_ms=latency_ms(first.ttft, last.ttft, bounds),
        itl_p95_ms=latency_ms(first.itl, last.itl, bounds),
        tokens_per_s=rate(first, last),
    )


def latency_ms(
    older: msgspec.Raw, newer: msgspec.Raw, bounds: Bounds, q: float = 0.95
) -> float | None:
    """The q-quantile of what was observed between two looks at a histogram, milliseconds."""
    new = read(newer)
    if new is None:
        return None
    old = read(older)
    counts = delta(old, new) if old is not None else None
    if counts is None or new[0] not in bounds:
        return None
    value = quantile(q, bounds[new[0]], counts)
    return None if value is None else value * 1000.0


def rate(first: Scrape, last: Scrape) -> float | None:
    """Generated tokens per second between two scrapes; None when it cannot be told."""
    if first.generation_tokens is None or last.generation_tokens is None or last.at <= first.at:
        return None
    grown = last.generation_tokens - first.generation_tokens
    return grown / (last.at - first.at) if grown >= 0 else None
