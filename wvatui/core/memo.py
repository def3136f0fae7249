"""Caches of computed values, each of which lives only as long as what it was computed from.

A State has two: `of_state` is its own, `of_session` is shared by the States of one session, each
folded from the one before it. A cache only saves time: what it returns must not depend on who
asks, or in which order.
"""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

MOST_WINDOWS = 8
"""Most windows of which a State keeps something: more than a screen shows at once."""


class WindowMemo(dict[K, V]):
    """What is computed of windows of one State, of few of them however often one scrolls it."""

    def once(self, key: K, make: Callable[[], V]) -> V:
        """The value of a window, made where it is not there; `key`: the window and what else
        matters."""
        if key not in self:
            if len(self) >= MOST_WINDOWS:
                self.clear()
            self[key] = make()
        return self[key]


class Memo:
    """One cache of each class, created when it is first asked for."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[type[object], object] = {}

    def of(self, kind: type[T]) -> T:
        """The cache of class `kind`, which `kind()` creates."""
        thing = self._kept.get(kind)
        if not isinstance(thing, kind):
            thing = self._kept[kind] = kind()
        return thing
