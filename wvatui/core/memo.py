"""What was worked out and need not be again, kept where it cannot outlive what it is of.

A State has two: `of_state` is its own, `of_session` is shared by the States of one session, each
folded from the one before it. What is kept must be right whoever asks, in whatever order: it only
saves time.
"""

from typing import TypeVar

T = TypeVar("T")


class Memo:
    """One thing of each kind, made when it is first asked for."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[type[object], object] = {}

    def of(self, kind: type[T]) -> T:
        """The thing of this kind; `kind()` makes it."""
        thing = self._kept.get(kind)
        if not isinstance(thing, kind):
            thing = self._kept[kind] = kind()
        return thing
