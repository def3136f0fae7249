"""Zap's sugared JSON with every value inside the message: v0.0.1 to v0.4.2 and the 2025 fork.

{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"Queue metric: pod=p, queueLength=2"}
"""

import msgspec

from wvatui.core.dialects.levels import KNOWN
from wvatui.core.dialects.reading import text_line
from wvatui.core.dialects.shape import Format, Stamp
from wvatui.core.facts import Line
from wvatui.core.lines import rfc3339

NAME = "json-text"
OPENING, TIME = '{"level":"', '","ts":"'
_UPPER = frozenset(("INFO", "DEBUG", "WARN", "ERROR", "DPANIC", "PANIC", "FATAL"))


class _Zap(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    level: str
    ts: str
    msg: str


_decode = msgspec.json.Decoder(_Zap).decode


def sniff(line: str) -> bool:
    """Begins as this logger begins: level first."""
    return line.startswith(OPENING)


def parse(line: str, stamp: Stamp, year: int | None = None) -> Line | None:
    """None when the line has other fields than level, ts and msg: then it is structured."""
    begin = line.find(TIME, 10, 32) + len(TIME)
    return fast(line, begin, line.find('"', begin, begin + 40)) or _slow(line, stamp)


def fast(line: str, begin: int, end: int) -> Line | None:
    """Slices instead of a decoder; the time stands from `begin` to `end`.

    Keys stand in a fixed order and hold no escapes before the message; a line that only looks
    like it fails the level's or the time's check and goes the long way.
    """
    if line[end : end + 9] != '","msg":"' or not line.endswith('"}'):
        return None
    message = line[end + 9 : -2]
    if '"' in message or "\\" in message:
        return None
    word = line[10 : begin - len(TIME)]
    at = rfc3339(line[begin:end])
    if at is None or word not in _UPPER:
        return None
    return text_line(at, KNOWN[word], message, NAME)


def _slow(line: str, stamp: Stamp) -> Line | None:
    try:
        zap = _decode(line)
    except (ValueError, RecursionError):
        return None
    if zap.level not in _UPPER:
        return None
    at = rfc3339(zap.ts)
    return text_line(stamp.seconds() if at is None else at, KNOWN[zap.level], zap.msg, NAME)


FORMAT = Format(NAME, "{", sniff, parse)
