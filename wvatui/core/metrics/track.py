"""Samples of one number over time, packed: charts go through those of many pods once a second."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import overload


class Track(Sequence[tuple[float, float]]):
    """Samples (UTC epoch seconds, value), ascending in time; a slice of it is one too."""

    __slots__ = ("times", "values")

    def __init__(self, times: Iterable[float] = (), values: Iterable[float] = ()) -> None:
        self.times = times if isinstance(times, array) else array("d", times)
        self.values = values if isinstance(values, array) else array("d", values)

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> "Track":
        """The same samples, packed."""
        if isinstance(points, cls):
            return points
        pairs = list(points)
        return cls((at for at, _ in pairs), (value for _, value in pairs))

    def add(self, more: "Track", since: float) -> None:
        """Put at the end what another track has from a moment on; it shall be later."""
        begin = 0 if more.times and more.times[0] >= since else bisect_left(more.times, since)
        self.times += more.times[begin:] if begin else more.times
        self.values += more.values[begin:] if begin else more.values

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return zip(self.times, self.values, strict=True)

    @overload
    def __getitem__(self, index: int) -> tuple[float, float]: ...

    @overload
    def __getitem__(self, index: slice) -> "Track": ...

    def __getitem__(self, index: int | slice) -> "tuple[float, float] | Track":
        if isinstance(index, slice):
            return Track(self.times[index], self.values[index])
        return self.times[index], self.values[index]
