"""What a dialect is: a name, the characters its lines may begin with, a sniff and a parse."""

from collections.abc import Callable
from typing import NamedTuple

from wvatui.core.lines import rfc3339
from wvatui.core.log.parsed_line import ParsedLine


class Format(NamedTuple):
    """One dialect of the controller's log.

    `starts`: first characters of its lines, so that a line is shown to few dialects; empty means
    any. `sniff` gets the line only. `parse` gets the line without the kubelet's stamp, that stamp
    (`NO_STAMP` when there was none), and a year for dialects that write none; it returns None when
    the line is of another dialect after all.

    `yearless`: its lines name no year; the present one is assumed. `foreign`: it only accompanies
    another dialect and never is a log's main dialect.
    """

    name: str
    starts: str
    sniff: Callable[[str], bool]
    parse: Callable[[str, "Stamp", int | None], ParsedLine | None]
    yearless: bool = False
    foreign: bool = False


class Stamp:
    """The kubelet's time stamp in front of a line, parsed on demand."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def seconds(self) -> float | None:
        """UTC epoch seconds; None without a stamp."""
        return rfc3339(self.text) if self.text else None


NO_STAMP = Stamp("")
