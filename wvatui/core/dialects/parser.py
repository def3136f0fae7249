"""One raw line of a controller's log to a typed Line, with no memory of other lines."""

import re
from collections.abc import Iterable

from wvatui.core.dialects import FOREIGN, FORMATS, json_text
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
_BLANK = Line(None, "", "", "blank", "none", "")


def parse(raw: str, year: int | None = None) -> Line:
    """The typed line. Never raises, whatever the text is.

    `raw` may begin with the kubelet's time stamp, and with `kubectl logs --prefix`'s pod name.
    `Line.at` is the controller's own time where the line has one; else the kubelet's. `year`
    dates klog lines that came without the kubelet's stamp: their header has none.
    """
    if raw.startswith(json_text.OPENING):
        # The most frequent kind of line by far, and known by its first characters.
        quick = json_text.parse(raw, NO_STAMP, year)
        if quick is not None:
            return quick
    elif raw.startswith("[pod/"):
        prefix = _POD_PREFIX.match(raw)
        if prefix is not None:
            raw = raw[prefix.end() :]
    stamp, line = NO_STAMP, raw
    space = raw.find(" ", 19, 41)
    if space > 0 and raw[10:11] in "Tt" and raw.find("\t", 19, space) < 0:
        text = raw[:space]
        # The inner time counts, so this one is only read when a dialect has none of its own.
        if text[4] == "-" and text[:4].isdigit():
            stamp, line = Stamp(text), raw[space + 1 :]
    for known in _BY_START.get(line[:1], _ANY):
        if known.sniff(line):
            found = known.parse(line, stamp, year)
            if found is not None:
                return found
    return _rest(raw, line, stamp)


def _rest(raw: str, line: str, stamp: Stamp) -> Line:
    """What no dialect wants: blank, or kept as it is."""
    at = stamp.seconds()
    if stamp.text and at is None:
        line = raw
    if not line or line.isspace():
        return _BLANK
    if at is None:
        bare = rfc3339(line.rstrip())
        if bare is not None:
            return _BLANK  # the kubelet's stamp of an empty line
    return unknown(at, "", line, "none")


def parse_many(lines: Iterable[str], year: int | None = None) -> list[Line]:
    """`parse` of each line."""
    return [parse(line, year) for line in lines]


def foreign(line: Line) -> bool:
    """Not of the log's main dialect: klog, stack traces, and lines of no dialect at all."""
    return line.dialect in FOREIGN or line.dialect == "none"
