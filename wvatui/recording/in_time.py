"""Decides which times of a file are plausible: a time far from its neighbours is not."""

from typing import Generic, TypeVar

FAR_S = 86_400.0
"""A step of the clock by more than this many seconds, forwards or back, must be confirmed by the
next line: a laptop may sleep over a weekend, but one damaged digit can mean centuries."""

_T = TypeVar("_T")


class InTime(Generic[_T]):
    """Accepts items with ascending times; an item whose time no neighbour confirms is rejected.

    An item that steps far is held until the next one shows which of the two is wrong.
    """

    def __init__(self, *, growing: bool = False) -> None:
        """`growing`: accept the first item at once, as it may remain the only one for long."""
        self._growing = growing
        self.last: float | None = None
        """Time of the newest accepted item, UTC epoch seconds; None before the first."""
        self.held: list[tuple[float, _T]] = []

    def go_on(self, times: list[float]) -> bool:
        """Accept items with these times at once; False: `take` has to check each of them."""
        if self.last is None or self.held or not times:
            return False
        if max(self.last, *times) - min(self.last, *times) > FAR_S:
            return False
        self.last = times[-1]
        return True

    def take(self, at: float, item: _T) -> tuple[list[_T], list[_T]]:
        """(items accepted now, items rejected for good), each in their order."""
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
            # Before any item was accepted, neither is known to be wrong: the third one decides.
            keep = 1 if self.last is None else 0
            aside = self.held[:-keep] if keep else self.held
            self.held = [*self.held[len(aside) :], (at, item)]
            return [], [kept for _, kept in aside]
        believed = near[-1:]
        aside = [pair for pair in self.held if pair not in believed]
        self.last, self.held = at, []
        return [*(kept for _, kept in believed), item], [kept for _, kept in aside]

    def end(self) -> tuple[list[_T], list[_T]]:
        """The same at the end of the file: the first held item is accepted where none was before
        it."""
        first = 1 if self.last is None else 0
        held, self.held = [kept for _, kept in self.held], []
        return held[:first], held[first:]
