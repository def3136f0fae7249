"""Finds the line of a TOML file on which a key is written, which `tomllib` does not keep."""

import json
import re
from collections.abc import Mapping

_PART = r"(?:[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*')"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_TOKEN = re.compile(r"\"\"\"|'''|\"(?:[^\"\\]|\\.)*\"|'[^']*'|#.*|[\[{\]}]")
_END = {'"""': re.compile(r"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\""), "'''": re.compile(r".*?'''")}

TomlPlace = tuple[str, ...]
"""A key preceded by the tables that contain it: ("ui", "columns", "pods")."""


def locate(text: str) -> dict[TomlPlace, int]:
    """Line of every table and key, from 1. A table that is opened twice gets the line of its first
    heading."""
    lines_of: dict[TomlPlace, int] = {}
    table: TomlPlace = ()
    quote, depth = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        rest = line
        if not quote and depth == 0:
            if head := _TABLE.match(line):
                table = _parts(head[1])
                for length in range(1, len(table) + 1):
                    lines_of.setdefault(table[:length], number)
                continue
            key = _KEY.match(line)
            if key is None:
                continue
            place = (*table, *_parts(key[1]))
            for length in range(len(table) + 1, len(place) + 1):
                lines_of.setdefault(place[:length], number)
            rest = line[key.end() :]
        quote, depth = _after(rest, quote, depth)
    return lines_of


def line_of(lines_of: Mapping[TomlPlace, int], place: TomlPlace) -> int:
    """The line of a key, or of the nearest enclosing table (an inline table has no separate lines
    for its keys); 0 when neither is in the file."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines_of:
            return lines_of[place[:length]]
    return 0


def _parts(dotted: str) -> TomlPlace:
    return tuple(_bare(part) for part in re.findall(_PART, dotted))


def _bare(part: str) -> str:
    if part.startswith("'"):
        return part[1:-1]
    if part.startswith('"'):
        try:
            return str(json.loads(part))
        except ValueError:
            return part[1:-1]
    return part


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """The open multi-line string and the open brackets at the end of a line."""
    at = 0
    while at < len(line):
        if quote:
            end = _END[quote].match(line, at)
            if end is None:
                return quote, depth
            at, quote = end.end(), ""
            continue
        token = _TOKEN.search(line, at)
        if token is None:
            break
        at = token.end()
        if token[0] in _END:
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return quote, depth
