"""What an envelope is: a name, and the functions that unwrap a log's lines."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

STAMP = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d{1,12})?(?:Z|[+-]\d\d:?\d\d)"
"""Regular expression of a time stamp that names its zone."""

START = re.compile(
    rf"{STAMP}\s+(?:INFO|DEBUG|WARN|ERROR|DPANIC|PANIC|FATAL|(?:LEVEL|Level)\(-\d+\))\s"
    r"|\{\s?\"level\"\s?:\s?\""
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ "
)
"""The start of a line of the controller, in any of its encoders."""


_STEERING = re.compile(
    r"\x1b\[[0-9;:?<=>]{0,20}[@-~]|\x1b\]8;[^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|\x1b[()][0-9A-B]"
    r"|\x1b[=>]|\x0f"
)
"""Codes that terminals and pagers add to text: colours, modes, links. Other codes stay visible."""


def uncoloured(line: str) -> str:
    """`line` without byte order mark, terminal codes and a carriage return at its end."""
    if "\x1b" in line:
        line = _STEERING.sub("", line)
    return line.lstrip("\ufeff").rstrip("\r")


class Inner(NamedTuple):
    """A line from inside an envelope.

    `stamp`: the time that the envelope gives for it, as RFC 3339 text; empty: none.
    """

    text: str
    stamp: str = ""


Inners = tuple[Inner, ...]


class Opener(ABC):
    """Unwraps the lines of one log from one envelope, in order."""

    @abstractmethod
    def feed(self, line: str) -> Inners | None:
        """The lines that `line` completes; None: it is not in this envelope.

        Empty: the tool that made the envelope wrote `line` itself, or it is held until more comes.
        """

    def end(self) -> Inners:
        """The lines still held after the last one, as far as they are recognised."""
        return ()

    @property
    def notice(self) -> str:
        """What a reader of the log should know; empty: nothing."""
        return ""


class Envelope(NamedTuple):
    """One row of the table: what a tool puts around each line, or around all of them.

    `begin` gets the first lines of a log and returns the Opener that unwraps them; None: none of
    them is in this envelope. `single` unwraps one line by itself; None where the envelope spans
    several lines, or only the neighbouring lines make it certain. `tells_more`: accepted only where
    more lines are recognised without the envelope than with it.
    """

    name: str
    begin: Callable[[Sequence[str]], Opener | None]
    single: Callable[[str], Inners | None] | None = None
    tells_more: bool = False


def begun_by(
    is_inside: Callable[[str], object], opener: Callable[[], Opener]
) -> Callable[[Sequence[str]], Opener | None]:
    """The `begin` of an envelope that one of the first lines shows to be there."""
    return lambda sample: opener() if any(map(is_inside, sample)) else None


class EachLine(Opener):
    """The Opener of an envelope that is around each single line."""

    def __init__(
        self, single: Callable[[str], Inners | None], own: re.Pattern[str] | None = None
    ) -> None:
        """`own` matches the lines that the tool writes itself, from their beginning."""
        self._single, self._own = single, own

    def feed(self, line: str) -> Inners | None:
        inners = self._single(line)
        if inners is None and self._own is not None and self._own.match(line):
            return ()
        return inners


def each_line(
    name: str,
    single: Callable[[str], Inners | None],
    own: re.Pattern[str] | None = None,
    *,
    alone: bool = True,
) -> Envelope:
    """The row of an envelope around each single line. `alone`: one such line is proof enough."""
    begin = begun_by(lambda line: single(line) is not None, lambda: EachLine(single, own))
    return Envelope(name, begin, single if alone else None)


def lines_of(text: str, stamp: str = "") -> Inners:
    """The lines of a message, each with its time stamp; an empty message is one empty line."""
    return tuple(Inner(line, stamp) for line in text.rstrip("\r\n").split("\n"))


def run(opener: Opener, lines: Iterable[str]) -> tuple[list[str], int]:
    """`lines` unwrapped by `opener`, where lines that do not fit stay unchanged; how many fit."""
    out: list[str] = []
    fitting = 0
    for line in lines:
        inners = opener.feed(line)
        if inners is None:
            out.append(line)
        else:
            fitting += 1
            out += [uncoloured(inner.text) for inner in inners]
    out += [uncoloured(inner.text) for inner in opener.end()]
    return out, fitting
