"""Envelopes that are JSON over several lines, or several lines in one JSON value.

`jq .` prints an object over many lines, gcloud and Grafana an array of objects, Loki's API one
object with all lines in it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wvatui.core.log.envelopes.envelope import (
    Envelope,
    Inner,
    Inners,
    Opener,
    each_line,
    lines_of,
)
from wvatui.core.log.envelopes.json_object import (
    epoch_stamp,
    is_number,
    one_line,
    text_of_value,
)
from wvatui.core.log.reading import load

HELD_CHARS = 1 << 27
"""A value that is longer than this is not waited for."""
DEEPEST_LIST = 3
"""Lists in the entries of one another that are looked into."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\]]')
_ENTRY_KEYS = (
    "events",
    "entries",
    "hits",
    "logs",
    "lines",
    "data",
    "items",
    "pods",
    "resourceLogs",
    "scopeLogs",
    "logRecords",
)
_LISTS = ('"values"', '"frames"', *(f'"{key}"' for key in _ENTRY_KEYS))
_OPENS = re.compile(r"\s*(?:\{\s*$|\[\s*$|\[\s*[\[{]|\{\s*\"[^\"]*\"\s*:.*[^}]\s*$)")


class _Values:
    """Puts objects together from the lines that they stand on, and gives each as one line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = self._depth = self._base = 0
        self._broken = self._saved = 0

    @property
    def notice(self) -> str:
        broken = self._broken + bool(self._parts)
        words = "1 JSON value is" if broken == 1 else f"{broken} JSON values are"
        read = f"{self._saved} lines of it were read" if self._saved else "not read"
        return f"{words} cut off or damaged: {read}" if broken else ""

    def feed(self, line: str) -> Inners | None:
        if self._depth > 0 and self._base == 0 and line.startswith("{"):
            # What is printed over several lines is indented: the one before it has no end.
            return (*self._give_up(), *(self.feed(line) or ()))
        if self._depth == 0:
            text = line.strip()
            if text[:1] not in ("{", "["):
                return None
            if text[0] == "{" and text.endswith("}") and isinstance(value := load(text), dict):
                return tuple(_inners(value, text))
        out: list[Inner] = []
        begin = 0
        for token in _TOKEN.finditer(line):
            sign = token.group()
            if sign in "{[":
                if sign == "[" and self._depth == 0 and not self._parts:
                    self._base, begin = 1, token.end()
                elif self._depth == self._base:
                    begin = token.start()
                self._depth += 1
            elif sign in "}]":
                self._depth -= 1
                if self._depth == self._base and self._depth >= self._base and sign == "}":
                    self._parts.append(line[begin : token.end()])
                    out += self._value()
                    begin = token.end()
                elif self._depth <= 0:
                    self._depth = self._base = 0
                    self._parts.clear()
                    begin = token.end()
        if self._depth > self._base:
            out += self._hold(line[begin:])
        return tuple(out)

    def end(self) -> Inners:
        return self._give_up() if self._parts else ()

    def _hold(self, text: str) -> Inners:
        self._parts.append(text)
        self._length += len(text)
        return self._give_up() if self._length > HELD_CHARS else ()

    def _give_up(self) -> Inners:
        """The lines that stand whole in a value without an end."""
        value = load(_closed("".join(self._parts)))
        inners = tuple(_listed(value) or ()) if isinstance(value, dict) else ()
        self._broken += 1
        self._saved += len(inners)
        self._parts.clear()
        self._length = self._depth = self._base = 0
        return inners

    def _value(self) -> Iterator[Inner]:
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        value = load(text)
        if isinstance(value, dict):
            yield from _inners(value, "")
        else:
            self._broken += 1


def _closed(text: str) -> str:
    """A JSON value that was cut off, up to what is last whole in it, and closed."""
    open_ends: list[str] = []
    end, closing = 0, ""
    for token in _TOKEN.finditer(text):
        sign = token.group()
        if sign in "{[":
            open_ends.append("}" if sign == "{" else "]")
        elif sign in "}]":
            if not open_ends:
                return ""
            open_ends.pop()
        if sign in "}]" or (open_ends[-1:] == ["]"] and sign[1:].endswith('"')):
            end, closing = token.end(), "".join(reversed(open_ends))
    return text[:end] + closing


def _inners(value: Mapping[str, Any], text: str) -> Iterable[Inner]:
    """The lines in an object: those that it lists, or itself as a line."""
    listed = _listed(value)
    return [Inner(text or one_line(value))] if listed is None else listed


def _listed(value: Mapping[str, Any], depth: int = DEEPEST_LIST) -> list[Inner] | None:
    """The lines of Loki's streams, of Grafana's frames, of a list; None: it has none of them."""
    data = value.get("data")
    result = data.get("result") if isinstance(data, dict) else value.get("streams")
    if isinstance(result, list):
        return _streams(result)
    if isinstance(value.get("results"), dict):
        return [inner for answer in value["results"].values() for inner in _frames(answer)]
    if isinstance(value.get("frames"), list):
        return _frames(value)
    entries = _entries(value)
    if entries is None:
        return None
    return [inner for entry in entries for inner in _entry(entry, depth)]


def _entry(entry: object, depth: int) -> Iterable[Inner]:
    """The lines of one entry: a text, an object with a line in it, or one that lists others."""
    if isinstance(entry, str):
        return lines_of(entry)
    if not isinstance(entry, dict):
        return ()
    listed = _listed(entry, depth - 1) if depth else None
    return (Inner(one_line(entry)),) if listed is None else listed


def _entries(value: Mapping[str, Any]) -> list[object] | None:
    """The list of a cloud's or a search engine's answer; None: it is no answer."""
    for key in _ENTRY_KEYS:
        below = value.get(key)
        below = below.get(key) if isinstance(below, dict) else below
        if isinstance(below, list) and below and isinstance(below[0], dict | str):
            return below
    return None


def _streams(result: Sequence[object]) -> list[Inner]:
    """The lines of Loki's streams in order of time; within one time in the order of the stream."""
    timed: list[tuple[int, Inner]] = []
    for stream in result:
        values = stream.get("values") if isinstance(stream, dict) else None
        if not isinstance(values, list):
            continue
        timed += _in_order([pair for pair in map(_pair, values) if pair is not None])
    timed.sort(key=lambda pair: pair[0])
    return [inner for _, inner in timed]


def _pair(value: object) -> tuple[int, Inner] | None:
    """`["nanoseconds", "line", …]`."""
    if not isinstance(value, list) or len(value) < 2 or not isinstance(value[1], str):
        return None
    nanoseconds = str(value[0])
    if not is_number(nanoseconds):
        return None
    at = int(nanoseconds)
    return at, Inner(value[1].rstrip("\n"), epoch_stamp(at))


def _in_order(timed: list[tuple[int, Inner]]) -> list[tuple[int, Inner]]:
    """Newest first, as Loki answers unless it is asked otherwise, turned round."""
    return timed[::-1] if len(timed) > 1 and timed[0][0] > timed[-1][0] else timed


def _frames(answer: object) -> list[Inner]:
    """The lines of Grafana's data frames: columns of times and of lines."""
    timed: list[tuple[int, Inner]] = []
    frames = answer.get("frames") if isinstance(answer, dict) else None
    for frame in frames if isinstance(frames, list) else []:
        try:
            names = [str(field["name"]).lower() for field in frame["schema"]["fields"]]
            columns = dict(zip(names, frame["data"]["values"], strict=False))
        except (KeyError, TypeError):
            continue
        lines = columns.get("line") or columns.get("body") or columns.get("message") or []
        times = columns.get("tsns") or columns.get("time") or columns.get("timestamp") or []
        numbers = [int(n) if is_number(str(n)) else 0 for n in times] or [0] * len(lines)
        pairs = zip(numbers, lines, strict=False)
        timed += _in_order(
            [(at, Inner(text, epoch_stamp(at))) for at, line in pairs if (text := _text(line))]
        )
    timed.sort(key=lambda pair: pair[0])
    return [inner for _, inner in timed]


def _text(line: object) -> str:
    return (text_of_value(line, {}) or "").rstrip("\n")


def _begin(sample: Sequence[str]) -> Opener | None:
    """One that a value begins on a line without ending there, or that holds many lines."""
    for line in sample:
        if _OPENS.match(line) or any(word in line for word in _LISTS):
            return _Values()
    return None


JSON_DOCUMENT = Envelope("JSON over several lines", _begin, tells_more=True)


def _strings(line: str) -> Inners | None:
    """The lines in a JSON string, in a list of them, or in one that has lost its quotes."""
    text = line.strip().rstrip(",")
    if text.startswith("["):
        value = load(text)
    elif text.startswith('"'):
        value = [load(text)]
    else:
        value = [load(f'"{text}"')] if "\\" in text else None
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(item, str) for item in value):
        return None
    return tuple(inner for item in value for inner in lines_of(item))


JSON_STRINGS = each_line(
    "JSON strings", _strings, re.compile(r"\s*[\[\]],?\s*$"), alone=False
)._replace(tells_more=True)
"""A list of strings, on one line or a line each, and what `jq` prints without `-r`."""
