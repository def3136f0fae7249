"""What reads the lines of a file, and the same with its events changed on the way."""

from collections.abc import Callable, Iterable
from typing import Protocol

from wvatui.core.events import Event


class RawLines(Protocol):
    """Whole lines into events."""

    def feed(self, lines: list[bytes]) -> list[Event]:
        """The events of `lines`, in order."""

    def caught_up(self) -> list[Event]:
        """What was held of a file that is followed: all that is there by now was fed."""

    def finish(self, rest: bytes) -> Iterable[Event]:
        """What was left at the end."""

    @property
    def notices(self) -> list[str]:
        """What was odd so far."""

    @property
    def next_part(self) -> str:
        """Name of the file that goes on with this one; empty: none."""


class Changed:
    """Lines whose events are given as `change` makes them."""

    def __init__(
        self, lines: RawLines, change: Callable[[Iterable[Event]], Iterable[Event]]
    ) -> None:
        self._lines, self._change = lines, change

    def feed(self, lines: list[bytes]) -> list[Event]:
        return list(self._change(self._lines.feed(lines)))

    def caught_up(self) -> list[Event]:
        return list(self._change(self._lines.caught_up()))

    def finish(self, rest: bytes) -> Iterable[Event]:
        return self._change(self._lines.finish(rest))

    @property
    def notices(self) -> list[str]:
        return self._lines.notices

    @property
    def next_part(self) -> str:
        return self._lines.next_part
