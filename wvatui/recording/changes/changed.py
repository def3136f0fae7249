"""Readers of a file's lines, and readers that change the events on the way."""

from collections.abc import Callable, Iterable
from typing import Protocol

from wvatui.core.events import Event


class RawLines(Protocol):
    """Turns whole lines into events."""

    def feed(self, lines: list[bytes]) -> list[Event]:
        """The events of `lines`, in order."""

    def caught_up(self) -> list[Event]:
        """Events held back until now; called when everything that a growing file holds was fed."""

    def finish(self, rest: bytes) -> Iterable[Event]:
        """The events of the file's end; `rest` is the text after its last newline."""

    @property
    def notices(self) -> list[str]:
        """Notices about the lines so far, one line each."""

    @property
    def next_part(self) -> str:
        """Name of the file that continues this one; empty: none."""


class Changed:
    """Lines whose events are replaced by what `change` makes of them."""

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
