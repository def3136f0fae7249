"""A bounded, append-only sequence, shared between States without copying.

A `Ring` is an immutable view (buffer, start, end) over a list that only ever grows at its end.
Appending to the newest view extends the shared list; appending to an older one (two folds from the
same State) copies first. So a State costs a few numbers, not a copy, and stays what it was.
"""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Ring(Generic[T]):
    """The last `cap` items of everything appended; `total` counts all that ever were.

    What is visible depends on the items alone, never on how they were batched.
    """

    __slots__ = ("_end", "_items", "_start", "cap", "total")

    def __init__(self, cap: int, items: list[T] | None = None, total: int = 0) -> None:
        self.cap = cap
        self._items: list[T] = [] if items is None else items
        self._end = len(self._items)
        self._start = max(0, self._end - cap)
        self.total = total or self._end

    def __len__(self) -> int:
        return self._end - self._start

    def __bool__(self) -> bool:
        return self._end > self._start

    def __iter__(self) -> Iterator[T]:
        return iter(self._items[self._start : self._end])

    def __getitem__(self, index: int) -> T:
        """Item by position in what is visible; negative counts from the end."""
        position = self._end + index if index < 0 else self._start + index
        if not self._start <= position < self._end:
            raise IndexError(index)
        return self._items[position]

    def last(self, count: int) -> list[T]:
        """The newest `count` items, oldest first."""
        return self._items[max(self._start, self._end - count) : self._end]

    def extend(self, more: Sequence[T]) -> "Ring[T]":
        """A ring with `more` at its end; this one stays what it was."""
        if not more:
            return self
        items = self._items
        if len(items) != self._end:
            items = items[self._start : self._end]
        elif self._end > 2 * self.cap + 64:
            # The old buffer is dropped in one piece, so that appending stays cheap on average.
            items = items[self._start :]
        items.extend(more)
        return Ring(self.cap, items, self.total + len(more))

    def replace_last(self, item: T) -> "Ring[T]":
        """A ring whose newest item is `item`; this one stays what it was."""
        items = self._items[self._start : self._end]
        items[-1] = item
        return Ring(self.cap, items, self.total)
