"""One raw line of a controller's log to a typed Line, with no memory of other lines."""

import re
from collections.abc import Iterable
from typing import Any

from wvatui.core.dialects import FOREIGN, FORMATS, json_text, stack
from wvatui.core.dialects.levels import KNOWN
from wvatui.core.dialects.reading import unknown
from wvatui.core.dialects.shape import NO_STAMP, Format, Stamp
from wvatui.core.facts import Line
from wvatui.core.lines import rfc3339

_BY_START: dict[str, tuple[Format, ...]] = {
    start: tuple(f for f in FORMATS if start in f.starts or not f.starts)
    for start in sorted({c for f in FORMATS for c in f.starts})
}
_ANY = tuple(f for f in FORMATS if not f.starts)
_POD_PREFIX = re.compile(r"\[pod/[^\s\]]+\] ")
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[mK]")
# What a container runtime's own file has between its stamp and the line.
_RUNTIME = re.compile(r"(?:stdout|stderr) [FP] ")
_HEAD = 22
_BEGINS = {
    f"{json_text.OPENING}{word}{json_text.TIME}"[:_HEAD]: len(json_text.OPENING + word) + 8
    for word in KNOWN
    if len(word) in (4, 5)
}
"""Where the time begins, by a line's first characters, for the levels of every day. A line that
differs behind them has no time there, and goes the long way."""
_BLANK = Line(None, "", "", "blank", "none", "")


_MEMO_CAP = 8_192
_MEMO_CHARS = 600
_memo: dict[str, tuple[str, tuple[Any, ...]]] = {}
"""What stands after a line's time -> (what stands before it, all of its Line but the time)."""


def parse(raw: str, year: int | None = None) -> Line:
    """The typed line. Never raises, whatever the text is.

    `raw` may begin with the kubelet's time stamp, and with `kubectl logs --prefix`'s pod name.
    `Line.at` is the controller's own time where the line has one; else the kubelet's. `year`
    dates klog lines that came without the kubelet's stamp: their header has none.
    """
    head = raw[:_HEAD]
    begin = _BEGINS.get(head, 0)
    if begin:
        stamp, line = NO_STAMP, raw
    else:
        if raw.startswith("[pod/"):
            prefix = _POD_PREFIX.match(raw)
            if prefix is not None:
                raw = raw[prefix.end() :]
        stamp, line = _stamped(raw)
        head = line[:_HEAD]
        begin = _BEGINS.get(head, 0)
    # Controllers repeat themselves: but for its time, most lines have been read before.
    if begin:
        end = line.find('"', begin, begin + 40)
    elif line.startswith(json_text.OPENING):
        begin = line.find(json_text.TIME, 10, 32) + len(json_text.TIME)
        head, end = line[:begin], line.find('"', begin, begin + 40)
    else:
        head, end = "", line.find("\t", 9, 41)
    tail = line[end:]
    known = _memo.get(tail)
    if known is not None and known[0] == head:
        at = rfc3339(line[begin:end])
        if at is not None:
            return Line(at, *known[1])
    found = (json_text.fast(line, begin, end) if begin else None) or _parse(line, stamp, year)
    if found is None:
        return _rest(raw, line, stamp, year)
    if end > begin and len(tail) < _MEMO_CHARS and found.kind == "known":
        _remember(found, head, line[begin:end], tail)
    return found


def _remember(found: Line, head: str, time: str, tail: str) -> None:
    """Keep what the line says, if its time is this one. Facts are immutable."""
    if found.at is None or found.at != rfc3339(time) or '"ts":' in tail:
        return
    if len(_memo) >= _MEMO_CAP:
        _memo.clear()
    _memo[tail] = head, (
        found.level, found.message, found.kind, found.dialect, found.template, found.facts,
        found.caller, found.error,
    )  # fmt: skip


def forget() -> None:
    """Forget all lines: for measurements, which shall not read from memory."""
    _memo.clear()


def _parse(line: str, stamp: Stamp, year: int | None) -> Line | None:
    """The line, if some dialect wants it as it stands."""
    for known in _BY_START.get(line[:1], _ANY):
        if known.sniff(line):
            found = known.parse(line, stamp, year)
            if found is not None:
                return found
    return None


def _stamped(raw: str) -> tuple[Stamp, str]:
    """The kubelet's stamp and what follows it."""
    space = raw.find(" ", 19, 41)
    if space > 0 and raw[10:11] in "Tt" and raw.find("\t", 19, space) < 0:
        text = raw[:space]
        # The inner time counts, so this one is only read when a dialect has none of its own.
        if text[4] == "-" and text[:4].isdigit():
            return Stamp(text), raw[space + 1 :]
    return NO_STAMP, raw


def _rest(raw: str, line: str, stamp: Stamp, year: int | None) -> Line:
    """What no dialect wants as it stands: wanted without its wrapping, blank, or kept whole."""
    bare = _bare(raw)
    if bare != raw:
        outer, text = _stamped(bare)
        found = _parse(text, outer, year)
        if found is not None and found.dialect != stack.NAME:
            return found
    at = stamp.seconds()
    if stamp.text and at is None:
        line = raw
    if not line or line.isspace():
        return _BLANK
    if at is None and rfc3339(line.rstrip()) is not None:
        return _BLANK  # the kubelet's stamp of an empty line
    return unknown(at, "", line, "none")


def _bare(raw: str) -> str:
    """`raw` without a byte order mark, colours, overwritten progress, white space around it, and
    with a single stamp in front."""
    text = raw.strip().lstrip("\ufeff")
    if "\r" in text:
        text = text.rpartition("\r")[2]
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    stamp, line = _stamped(text)
    wrapped = _RUNTIME.match(line)
    if wrapped is not None:
        line = line[wrapped.end() :]
    again, line = _stamped(line)
    first = stamp.text or again.text
    return f"{first} {line}" if first else line


def parse_many(lines: Iterable[str], year: int | None = None) -> list[Line]:
    """`parse` of each line."""
    return [parse(line, year) for line in lines]


def foreign(line: Line) -> bool:
    """Not of the log's main dialect: klog, stack traces, and lines of no dialect at all."""
    return line.dialect in FOREIGN or line.dialect == "none"
