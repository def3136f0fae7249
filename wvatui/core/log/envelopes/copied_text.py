"""What copying does to the characters of a line: web pages, terminals, word processors, `cat -v`.

Where tabs became spaces,

    2026-05-01T10:00:00Z    INFO    actuator/actuator.go:89 EmitReplicaMetrics completed    {"…": 1}

each part is known by its form, not by the number of spaces: a tab that reached the next stop
after one column is a single space.
"""

import re
from collections.abc import Callable, Sequence
from html import unescape
from itertools import islice

from wvatui.core.log.envelopes.envelope import (
    STAMP,
    EachLine,
    Envelope,
    Inner,
    Inners,
    Opener,
    each_line,
    lines_of,
)
from wvatui.core.log.reading import load

_ENTITY = re.compile(r"&(?:quot|amp|lt|gt|apos|nbsp|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
_TAG = re.compile(
    r"</?(?:html|head|body|pre|code|samp|div|span|p|br|ol|ul|li|table|tbody|tr|td|a|b|i|font"
    r"|details|summary)(?:\s[^<>]{0,500})?/?>"
)
_TYPESET = str.maketrans({**dict.fromkeys("“”„‟″", '"'), **dict.fromkeys("‘’‚‛", "'")})
_WRITTEN_OUT = re.compile(
    r"(?:\^\[|ESC|␛|\\u001[bB]|\\x1[bB]|\\033|\\e|#033)\[[0-9;]{0,20}[mK]"
    r"|\[(?:0|[0-9;]{2,20})m(?![\]:])"
)
_BORDER = re.compile(r"(?:\s{2,})?[│┃]$")
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
    line = line.replace("\xa0", " ")
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


def _from_html(line: str) -> Inners | None:
    """A line without the tags and the entities of HTML; empty: it has nothing but tags."""
    bare = _TAG.sub("", line)
    text = _ENTITY.sub(lambda match: unescape(match[0]), bare).replace("\xa0", " ")
    if text == line:
        return None
    return lines_of(text) if bare.strip() else ()


def _changed(change: Callable[[str], str]) -> Callable[[str], Inners | None]:
    """What takes a line out by changing its characters; None where it changes nothing."""

    def single(line: str) -> Inners | None:
        text = change(line)
        return None if text == line else (Inner(text),)

    return single


def _from_written_out(line: str) -> str:
    """Without the colours that stand there as text, and with the tabs and ends of `cat -A`."""
    text = _WRITTEN_OUT.sub("", line).replace("^I", "\t")
    return text.removesuffix("$").removesuffix("^M")


def _some_line(name: str, single: Callable[[str], Inners | None]) -> Envelope:
    """The row of what copying did; it is believed where more is understood without it."""

    def begin(sample: Sequence[str]) -> Opener | None:
        return EachLine(single) if any(single(line) for line in sample) else None

    return Envelope(name, begin, tells_more=True)


COPIED: tuple[Envelope, ...] = (
    _some_line("HTML", _from_html)._replace(single=_from_html),
    _some_line("typographic quotes", _changed(lambda line: line.translate(_TYPESET))),
    _some_line("control characters written out", _changed(_from_written_out)),
    _some_line("the border of a pane", _changed(lambda line: _BORDER.sub("", line.rstrip()))),
)
"""Lines with other characters than those that the controller wrote."""
