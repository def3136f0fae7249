"""Zap's sugared JSON with every value inside the message: v0.0.1 to v0.4.2 and the 2025 fork.

{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"Queue metric: pod=p, queueLength=2"}
"""

import msgspec

from wvatui.core.lines import rfc3339
from wvatui.core.log.dialects.shape import Format, Stamp
from wvatui.core.log.levels import KNOWN
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.reading import text_line

NAME = "json-text"
OPENING, TIME = '{"level":"', '","ts":"'
_UPPER = frozenset(("INFO", "DEBUG", "WARN", "ERROR", "DPANIC", "PANIC", "FATAL"))


class _Zap(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    level: str
    ts: str
    msg: str


_decode = msgspec.json.Decoder(_Zap).decode


def sniff(line: str) -> bool:
    """Whether a line begins like one of this logger: with the level."""
    return line.startswith(OPENING)


def level_of(head: str) -> str:
    """The level in `head`, the start of a line up to its time; empty: not of this logger."""
    word = head[len(OPENING) : -len(TIME)]
    return KNOWN[word] if word in _UPPER and head == OPENING + word + TIME else ""


def fast(at: float, level: str, rest: str) -> ParsedLine | None:
    """The line, parsed by slicing instead of decoding; `rest` follows the time's closing quote.

    None where `rest` is anything but a message without escapes.
    """
    if rest[:8] != ',"msg":"' or rest[-2:] != '"}':
        return None
    message = rest[8:-2]
    if '"' in message or "\\" in message:
        return None
    return text_line(at, level, message, NAME)


def parse(line: str, stamp: Stamp, year: int | None = None) -> ParsedLine | None:
    """None when the line has other fields than level, ts and msg: then it is structured."""
    try:
        zap = _decode(line)
    except (ValueError, RecursionError):
        return None
    if zap.level not in _UPPER:
        return None
    at = rfc3339(zap.ts)
    return text_line(stamp.seconds() if at is None else at, KNOWN[zap.level], zap.msg, NAME)


FORMAT = Format(NAME, "{", sniff, parse)
