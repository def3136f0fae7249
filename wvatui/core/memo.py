"""Caches of computed values, each of which lives only as long as what it was computed from.

A State has two: `of_state` is its own, `of_session` is shared by the States of one session, each
folded from the one before it. A cache only saves time: what it returns must not depend on who
asks, or in which order.
"""

from typing import TypeVar

T = TypeVar("T")


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
