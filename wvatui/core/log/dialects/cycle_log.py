"""The cycle log as the controller's documentation shows it: JSON without a caller, actions
written `ScaleUp` and `NoChange` (WVA HEAD docs/developer-guide/cycle-log.md).

    {"level":"info","ts":"…","msg":"scaling-decision","modelID":"m","decisions":[…]}
"""

from wvatui.core.lines import rfc3339
from wvatui.core.log.dialects.json_fields import fast
from wvatui.core.log.dialects.shape import Format, Stamp
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.reading import fields_line, load
from wvatui.core.log.values import text_of

NAME = "cycle-log"
_MESSAGES = ("analyzer-result", "scaling-decision")


def sniff(line: str) -> bool:
    """One of the two cycle messages, and no caller: the real encoder always writes one.

    The documentation also shows the lines without level and time, and with spaces.
    """
    head = line[:300]
    return (
        '"caller"' not in head and any(message in head for message in _MESSAGES) and '"msg"' in head
    )


def parse(line: str, stamp: Stamp, year: int | None = None) -> ParsedLine | None:
    """None when it is no JSON object with one of the two messages."""
    quick = fast(line, NAME)
    if quick is not None:
        return quick
    content = load(line)
    if not isinstance(content, dict) or content.get("msg") not in _MESSAGES:
        return None
    at = rfc3339(text_of(content, "ts"))
    if at is None:
        at = stamp.seconds()
    return fields_line(at, "INFO", text_of(content, "msg"), NAME, "", content)


FORMAT = Format(NAME, "{", sniff, parse)
