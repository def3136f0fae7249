"""Zap's structured JSON: `--zap-encoder=json` of v0.5.0 to HEAD, and controller-runtime's lines
in every version.

    {"level":"info","ts":"2026-06-24T11:03:27Z","caller":"actuator/actuator.go:89","msg":"…",…}
"""

import re
from collections.abc import Mapping
from typing import Any

from wvatui.core.lines import rfc3339
from wvatui.core.log.dialects.shape import Format, Stamp
from wvatui.core.log.levels import KNOWN, normal
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.reading import fields_line, load, text_line, unknown
from wvatui.core.log.values import since_1970, text_of

NAME = "json-fields"
_OPEN = '{"level":"'
_CUT_LEVEL = re.compile(r'\{\s*"level"\s*:\s*"([^"]*)"')
_CUT_TIME = re.compile(r'"ts"\s*:\s*"([^"]*)"')
_CUT_MESSAGE = re.compile(r'"msg"\s*:\s*"')
CUT_HEAD = 400
"""How many characters of a line that lost its end are searched for its message."""
_BASE = frozenset(("level", "ts", "msg", "logger"))


def sniff(line: str) -> bool:
    """A JSON object, whole or not."""
    return line.startswith("{")


def parse(line: str, stamp: Stamp, year: int | None = None) -> ParsedLine | None:
    """The parsed line, also for foreign or cut-off JSON; None when it is no JSON."""
    return fast(line, NAME) or _slow(line, stamp, NAME)


def fast(line: str, name: str) -> ParsedLine | None:
    """The line, parsed by slicing instead of decoding; None unless its keys are in zap's order and
    there are no escapes before the fields."""
    if not line.startswith(_OPEN) or not line.endswith("}"):
        return None
    end = line.find('"', 10, 24)
    if line[end : end + 8] != '","ts":"':
        return None
    start = end + 8
    stop = line.find('"', start, start + 40)
    begin = line.find('"msg":"', stop, stop + 300)
    if begin < 0:
        return None
    close = line.find('"', begin + 7)
    message = line[begin + 7 : close]
    level = KNOWN.get(line[10:end])
    at = rfc3339(line[start:stop])
    if level is None or at is None or "\\" in message or close < 0:
        return None
    caller = ""
    between = line[stop:begin]
    if '"caller":"' in between:
        caller = between.partition('"caller":"')[2].partition('"')[0]
    fields = line if line[close + 1] == "," else ""
    return fields_line(at, level, message, name, caller, fields)


def _slow(line: str, stamp: Stamp, name: str) -> ParsedLine | None:
    fields = load(line)
    if not isinstance(fields, dict):
        return _broken(line, stamp, name)
    message = fields.get("msg", fields.get("message"))
    level = normal(text_of(fields, "level") or text_of(fields, "severity"))
    at = _time(fields, stamp)
    if not isinstance(message, str) or not level:
        return unknown(at, level, line, "none")
    if all(key in _BASE for key in fields):
        return text_line(at, level, message, name)
    return fields_line(at, level, message, name, text_of(fields, "caller"), fields)


def _time(fields: Mapping[str, Any], stamp: Stamp) -> float | None:
    value = fields.get("ts", fields.get("time", fields.get("timestamp")))
    at: float | None = None
    if isinstance(value, str):
        at = rfc3339(value)
    elif isinstance(value, int | float):
        at = since_1970(value)
    return stamp.seconds() if at is None else at


def _broken(line: str, stamp: Stamp, name: str) -> ParsedLine | None:
    """A line of zap that lost its end: level, time and message, as far as they are there."""
    begin, said = _CUT_LEVEL.match(line), _CUT_MESSAGE.search(line, 0, CUT_HEAD)
    level = normal(begin[1]) if begin is not None else ""
    if said is None or not level:
        return None
    time = _CUT_TIME.search(line)
    at = rfc3339(time[1]) if time is not None else None
    message, whole, _ = line[said.end() :].partition('"')
    at = stamp.seconds() if at is None else at
    if whole and not message.endswith("\\"):
        return fields_line(at, level, message, name, "", line)
    return unknown(at, level, message, name)


FORMAT = Format(NAME, "{", sniff, parse)
