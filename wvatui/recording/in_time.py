"""Which times of a file are plausible: a time far from those beside it is not."""

from typing import Generic, TypeVar

FAR_S = 86_400.0
"""A step of the clock by more than this, forwards or back, must be borne out by the next line: a
laptop sleeps over a weekend, and one damaged digit is centuries."""

_T = TypeVar("_T")


class InTime(Generic[_T]):
    """Items with times in their order; one whose time nothing beside it bears out is put aside.

    What steps far is held until the next item shows which of the two is out of time.
    """

    def __init__(self, *, growing: bool = False) -> None:
        """`growing`: the first item is believed at once; it may stay the only one for long."""
        self._growing = growing
        self.last: float | None = None
        """Time of the newest item that was believed, UTC epoch seconds; None before the first."""
        self.held: list[tuple[float, _T]] = []

    def go_on(self, times: list[float]) -> bool:
        """Believe items with these times at once; False: `take` has to look at each of them."""
        if self.last is None or self.held or not times:
            return False
        if max(self.last, *times) - min(self.last, *times) > FAR_S:
            return False
        self.last = times[-1]
        return True

    def take(self, at: float, item: _T) -> tuple[list[_T], list[_T]]:
        """(items that are believed now, those that never will be), each in their order."""
        if self._growing and self.last is None:
            self.last = at
            return [item], []
        if self.last is not None and not self.held and abs(at - self.last) <= FAR_S:
            self.last = at
            return [item], []
        near = [pair for pair in self.held if abs(at - pair[0]) <= FAR_S]
        if self.last is not None and abs(at - self.last) <= FAR_S:
            near = []
        elif not near:
            # Neither is known to be wrong before anything was believed: the third one tells.
            keep = 1 if self.last is None else 0
            aside = self.held[:-keep] if keep else self.held
            self.held = [*self.held[len(aside) :], (at, item)]
            return [], [kept for _, kept in aside]
        believed = near[-1:]
        aside = [pair for pair in self.held if pair not in believed]
        self.last, self.held = at, []
        return [*(kept for _, kept in believed), item], [kept for _, kept in aside]

    def end(self) -> tuple[list[_T], list[_T]]:
        """No more comes: of what is held the first is believed where nothing was before it."""
        first = 1 if self.last is None else 0
        held, self.held = [kept for _, kept in self.held], []
        return held[:first], held[first:]
