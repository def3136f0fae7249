"""Words, numbers and signs of a PromQL query."""

import re
from typing import NamedTuple


class PromqlError(ValueError):
    """A query that cannot be read or answered; the message says which part, and why."""


class PromqlToken(NamedTuple):
    """One token. `kind`: name, number, duration, text, sign or end."""

    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_]))
    |(?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^<>=(){}\[\],:@])""",
    re.VERBOSE,
)
_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "y": 31_536_000.0,
}
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


def tokens(text: str) -> list[PromqlToken]:
    """All tokens of a query, the end included. Raises PromqlError for an unknown character."""
    listed, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise PromqlError(f"{text[at : at + 20]!r} is not understood")
        kind = match.lastgroup or ""
        if kind != "space":
            listed.append(PromqlToken(kind, match[0], at))
        at = match.end()
    listed.append(PromqlToken("end", "", len(text)))
    return listed


def seconds(text: str) -> float:
    """A duration such as `1h30m` in seconds."""
    return sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))


def unquoted(text: str) -> str:
    """The content of a quoted text, its escapes undone."""
    inside = text[1:-1]
    if text[0] == "`":
        return inside
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), inside)
