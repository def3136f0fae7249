"""klog's text, which client-go mixes into every version's log.

I0624 11:03:03.705213       1 leaderelection.go:257] attempting to acquire leader lease …
"""

import re

from wvatui.core.lines import days_from_civil
from wvatui.core.log.catalogue import KLOG
from wvatui.core.log.dialects.shape import Format, Stamp
from wvatui.core.log.facts import Fact
from wvatui.core.log.parsed_line import Content, ParsedLine
from wvatui.core.log.reading import BUILD_ERRORS

NAME = "klog"
_HEAD = re.compile(
    r"([IWEF])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})\s+\d+ ([^\s:\]]+):(\d+)\] ?", re.ASCII
)
_LEVELS = {"I": "INFO", "W": "WARN", "E": "ERROR", "F": "ERROR"}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ERROR = re.compile(r'\berr="((?:[^"\\]|\\.)*)"')


def sniff(line: str) -> bool:
    """Whether a line begins with a letter for the level, then month and day."""
    return line[1:5].isdigit() and line[5:6] == " "


def parse(line: str, stamp: Stamp, year: int | None = None) -> ParsedLine | None:
    """The parsed line. Its time is the kubelet's, else the header's if the year is known."""
    match = _HEAD.match(line)
    if match is None:
        return None
    at = stamp.seconds()
    if at is None and year is not None:
        at = _time(match, year)
    message = line[match.end() :]
    error = _ERROR.search(message, 0, 8_192)
    quoted = _QUOTED.match(message)
    text = quoted[1].replace('\\"', '"') if quoted else message
    row = KLOG.match(text)
    facts: tuple[Fact, ...] = ()
    if row is not None and row.facts is not None:
        try:
            facts = row.facts(text)
        except BUILD_ERRORS:
            facts = ()
    name = row.id if row is not None else f"klog/{match[8]}"
    caller = f"{match[8]}:{match[9]}"
    reason = error[1].replace('\\"', '"') if error else ""
    content = Content(_LEVELS[match[1]], text, "klog", NAME, name, facts, caller, reason)
    return ParsedLine(content, at)


def _time(match: re.Match[str], year: int) -> float | None:
    month, day, hour, minute, second, micro = (int(match[n]) for n in range(2, 8))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    return (seconds * 1_000_000 + micro) / 1_000_000


FORMAT = Format(NAME, "IWEF", sniff, parse, yearless=True, foreign=True)
