"""Lines of the console encoder whose tabs became spaces, as terminals and web pages copy them.

    2026-05-01T10:00:00Z    INFO    actuator/actuator.go:89 EmitReplicaMetrics completed    {"…": 1}

Each part is known by its form, not by the number of spaces: a tab that reached the next stop
after one column is a single space.
"""

import re
from itertools import islice

from wvatui.core.log.envelopes.envelope import STAMP, Inner, Inners, each_line
from wvatui.core.log.reading import load

_HEAD = re.compile(
    rf"((?:{STAMP} )?)({STAMP}|\d{{10}}\.\d+|\d\.\d+e\+\d\d) +([A-Za-z]+(?:\(-\d+\))?) +(?=\S)"
)
_CALLER = re.compile(r"(?:(\S+) +)?([\w./@-]+\.go:\d+) +")
_LOGGER = re.compile(r"([\w./-]+) {2,}(?=\S)")
_GAPS = 20
"""Places at which fields may begin that are tried."""
_FIELDS = re.compile(r' +(?=\{(?:"|\}))')


def single(line: str) -> Inners | None:
    """The line with its tabs; None: it is no such line, or has them."""
    match = _HEAD.match(line)
    if match is None:
        return None
    outer, at, level = match.groups()
    rest = line[match.end() :].rstrip(" ")
    parts = [at, level]
    named = _CALLER.match(rest)
    if named is not None:
        parts += [part for part in named.groups() if part]
    else:
        named = _LOGGER.match(rest)
        parts += [named[1]] if named is not None else []
    rest = rest[named.end() :] if named is not None else rest
    return (Inner(outer + "\t".join([*parts, *_message_and_fields(rest)])),)


def _message_and_fields(text: str) -> tuple[str, ...]:
    """Fields are the JSON object at the end; where a line was cut, what begins like one."""
    gaps = list(islice(_FIELDS.finditer(text), _GAPS))
    for gap in gaps:
        if text.endswith("}") and isinstance(load(text[gap.end() :]), dict):
            return text[: gap.start()], text[gap.end() :]
    for gap in gaps[:1]:
        if not text.endswith("}"):
            return text[: gap.start()], text[gap.end() :]
    return (text,)


LOST_TABS = each_line("tabs became spaces", single)._replace(tells_more=True)
