"""Zap's console encoder, tab separated: the default of v0.5.0 to HEAD.

2026-06-24T11:03:26Z<TAB>INFO<TAB>[logger<TAB>]actuator/actuator.go:89<TAB>message[<TAB>{…}]
"""

from wvatui.core.lines import rfc3339
from wvatui.core.log.dialects.shape import Format, Stamp
from wvatui.core.log.levels import KNOWN, normal
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.reading import fields_line, load
from wvatui.core.log.values import epoch

NAME = "console"


def sniff(line: str) -> bool:
    """Whether a line begins with a time and a tab."""
    return line.find("\t", 9, 41) > 0


def parse(line: str, stamp: Stamp, year: int | None = None) -> ParsedLine | None:
    """The parsed line; None where it does not begin with a time and a level."""
    parts = line.split("\t")
    if len(parts) < 3:
        return None
    at = rfc3339(parts[0]) or epoch(parts[0])
    level = KNOWN.get(parts[1]) or normal(parts[1])
    if at is None or not level:
        return None
    # [time, level, caller, message, fields] or with a logger's name before the caller.
    count = len(parts)
    caller, first = "", 2
    if ".go:" in parts[2] and count > 3:
        caller, first = parts[2], 3
    elif count > 4 and ".go:" in parts[3]:
        caller, first = parts[3], 4
    fields = ""
    last = parts[-1]
    if count - first > 1 and last.startswith("{"):
        fields = last if last.endswith("}") else _closed(last)
        count -= 1
    message = parts[first] if count - first == 1 else "\t".join(parts[first:count])
    return fields_line(at, level, message, NAME, caller, fields)


def _closed(fields: str) -> str:
    """The object without what a tool's template added after it (stern: ` (pod)`). An object that is
    cut off or followed by a pane's border stays as it is: the message still identifies the line."""
    whole, brace, rest = fields.rpartition("}")
    return whole + brace if rest[-1] not in "│┃" and load(whole + brace) is not None else fields


FORMAT = Format(NAME, "0123456789", sniff, parse)
