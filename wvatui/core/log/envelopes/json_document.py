"""Envelopes that are JSON over several lines, or several lines in one JSON value.

`jq .` prints an object over many lines, gcloud and Grafana an array of objects, Loki's API one
object with all lines in it, Azure and Elasticsearch's SQL a table of columns and rows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wvatui.core.lines import many, rfc3339, verb
from wvatui.core.log.envelopes.envelope import (
    Envelope,
    Inner,
    Inners,
    Opener,
    begun_by,
    each_line,
    lines_of,
)
from wvatui.core.log.envelopes.json_object import (
    MESSAGE_KEYS,
    TIME_KEYS,
    epoch_stamp,
    is_number,
    one_line,
    stamp_of,
    text_of_value,
)
from wvatui.core.log.reading import load

TimedInners = list[tuple[int, Inner]]
"""Lines of one stream, each with its time as the stream gives it."""
HELD_CHARS = 1 << 27
"""Characters of a value; a longer one is given up."""
_ENDS = {"{": ("}", "},"), "[": ("]", "],")}
DEEPEST_LIST = 3
"""Depth to which lists inside entries of lists are read."""
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
    "tables",
    "Tables",
    "results",
    "series",
    "cells",
    "outputs",
    "text",
    "stdout_lines",
)
_SEVERAL = re.compile(r"\}\s*\{\"")
"""Several objects on one line, as Firehose writes them into files."""
_COLUMN_NAMES = ("name", "ColumnName", "text")
_LISTS = ('"values"', '"frames"', '"rows"', *(f'"{key}"' for key in _ENTRY_KEYS))
_TIME = r"(?:\"[\d:.TtZ+-]{10,40}\"|\d[\d.]*)"
_OPENS = re.compile(
    rf"\s*(?:\{{\s*$|\[\s*$|\[\s*[\[{{]|\[\s*{_TIME}\s*,|\{{\s*\"[^\"]*\"\s*:.*[^}}]\s*$)"
)
"""Start of the first line of a value that spans several lines, or of a pair of time and line."""


class _Values(Opener):
    """Joins objects that span several lines, and gives the log lines in each."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = self._depth = self._base = 0
        self._broken = self._saved = 0

    @property
    def notice(self) -> str:
        broken = self._broken + bool(self._parts)
        words = "1 JSON value is" if broken == 1 else f"{broken} JSON values are"
        read = (
            f"{many(self._saved, 'line')} of it {verb(self._saved, 'were')} read"
            if self._saved
            else "not read"
        )
        return f"{words} cut off or damaged: {read}" if broken else ""

    def feed(self, line: str) -> Inners | None:
        if self._depth > 0 and self._base == 0 and line.startswith("{"):
            # Values over several lines are indented, so this starts another: the first is cut off.
            return (*self._give_up(), *(self.feed(line) or ()))
        if self._depth == 0:
            text = line.strip()
            if text[:1] not in ("{", "["):
                return None
            value = load(text.rstrip(",")) if text.endswith(_ENDS[text[0]]) else None
            if isinstance(value, dict):
                return tuple(_inners(value, text))
            if isinstance(value, list) and (pair := _pair(value)) is not None:
                return (pair[1],)
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
                if self._depth == self._base and (sign == "}" or self._base):
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
        """The complete log lines in a value that has no end."""
        value = load(_closed("".join(self._parts)))
        listed = _listed(value) if isinstance(value, dict) else None
        inners = tuple(_entry(value, DEEPEST_LIST) if isinstance(value, list) else listed or ())
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
        elif isinstance(value, list):
            yield from _entry(value, DEEPEST_LIST)
        else:
            self._broken += 1


def _closed(text: str) -> str:
    """A JSON value that was cut off, closed after its last complete part."""
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
    """The lines in Loki's streams, Grafana's frames or a list; None: there are none of these."""
    if (rows := _rows(value)) is not None:
        return rows
    data = value.get("data")
    result = data.get("result") if isinstance(data, dict) else value.get("streams")
    if isinstance(result, list):
        return _streams(result)
    if isinstance(value.get("results"), dict):
        return [inner for answer in value["results"].values() for inner in _frames(answer)]
    if isinstance(value.get("frames"), list):
        return _frames(value)
    if isinstance(value.get("values"), list) and (stream := _streams([value])):
        return stream
    entries = _entries(value)
    if entries is None:
        return None
    return [inner for entry in entries for inner in _entry(entry, depth)]


def _entry(entry: object, depth: int) -> Iterable[Inner]:
    """The lines of one entry: a text, an object with a line in it, or one that lists others."""
    if isinstance(entry, str):
        return lines_of(entry)
    if isinstance(entry, list):
        pair = _pair(entry)
        fields = _fields(entry) if pair is None else None
        if pair is None and fields is None:
            return ()
        return (Inner(one_line(fields or {})) if pair is None else pair[1],)
    if not isinstance(entry, dict):
        return ()
    listed = _listed(entry, depth - 1) if depth else None
    return (Inner(one_line(entry)),) if listed is None else listed


def _entries(value: Mapping[str, Any]) -> list[object] | None:
    """The list in the answer of a cloud or search engine; None: it is no such answer."""
    for key in _ENTRY_KEYS:
        below = value.get(key)
        below = below.get(key) if isinstance(below, dict) else below
        if isinstance(below, list) and below and isinstance(below[0], dict | list | str):
            return below
    return None


def _rows(value: Mapping[str, Any]) -> list[Inner] | None:
    """The rows of a table, each as an object: Azure's, Kusto's, SQL's; None: it is no table."""
    columns = value.get("columns", value.get("Columns"))
    rows = value.get("rows", value.get("Rows", value.get("values")))
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    titles = [
        next((str(c[key]) for key in _COLUMN_NAMES if key in c), "") if isinstance(c, dict) else c
        for c in columns
    ]
    return [
        Inner(one_line(dict(zip(map(str, titles), row, strict=False))))
        for row in rows
        if isinstance(row, list)
    ]


def _fields(entry: Sequence[object]) -> dict[str, object] | None:
    """The object whose fields CloudWatch Insights lists; None: it is no such list."""
    fields = [item for item in entry if isinstance(item, dict) and {"field", "value"} <= {*item}]
    return {str(f["field"]): f["value"] for f in fields} if fields else None


def _streams(result: Sequence[object]) -> list[Inner]:
    """The lines of Loki's streams in order of time; within one time in the order of the stream.

    Up to 0.4 a stream has `entries`, objects of `ts` and `line`.
    """
    streams: list[TimedInners] = []
    for stream in result:
        values = stream.get("values", stream.get("entries")) if isinstance(stream, dict) else None
        if isinstance(values, list):
            streams.append([pair for pair in map(_pair, values) if pair is not None])
    return _merged(streams)


def _pair(value: object) -> tuple[int, Inner] | None:
    """`["TIME", "line", …]`, or an object of both: (nanoseconds since 1970, the line).

    TIME is a count since 1970, in any unit, or RFC 3339 text.
    """
    if isinstance(value, dict):
        line = next((value[key] for key in MESSAGE_KEYS if isinstance(value.get(key), str)), None)
        stamp: object = stamp_of(value, TIME_KEYS)
    elif isinstance(value, list) and len(value) > 1:
        stamp, line = value[:2]
    else:
        return None
    if not isinstance(line, str) or isinstance(stamp, bool):
        return None
    number = int(stamp) if isinstance(stamp, str) and is_number(stamp) else stamp
    text = epoch_stamp(number) if isinstance(number, int | float) else str(stamp)
    at = rfc3339(text)
    if at is None and not isinstance(number, int):
        return None
    nanoseconds = number if isinstance(number, int) else int((at or 0.0) * 1e9)
    return nanoseconds, Inner(line.rstrip("\n"), text)


def _merged(streams: Sequence[TimedInners]) -> list[Inner]:
    """The lines of all streams in order of time.

    By default an answer has the newest line first, in every stream. A stream with one single time
    shows no direction of its own, and is reversed together with the others.
    """
    ends = [(timed[0][0], timed[-1][0]) for timed in streams if timed]
    falls, rises = any(a > b for a, b in ends), any(a < b for a, b in ends)
    ordered: TimedInners = []
    for timed in streams:
        first, last = (timed[0][0], timed[-1][0]) if timed else (0, 0)
        turned = first > last or (first == last and falls and not rises)
        ordered += timed[::-1] if turned else timed
    ordered.sort(key=lambda pair: pair[0])
    return [inner for _, inner in ordered]


def _frames(answer: object) -> list[Inner]:
    """The lines of Grafana's data frames: columns of times and of lines."""
    streams: list[TimedInners] = []
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
        streams.append(
            [(at, Inner(text, epoch_stamp(at))) for at, line in pairs if (text := _text(line))]
        )
    return _merged(streams)


def _text(line: object) -> str:
    return (text_of_value(line, {}) or "").rstrip("\n")


def _begins(line: str) -> object:
    """Whether a value starts on a line without ending there, or holds many lines."""
    return _OPENS.match(line) or _SEVERAL.search(line) or any(word in line for word in _LISTS)


JSON_DOCUMENT = Envelope("JSON over several lines", begun_by(_begins, _Values), tells_more=True)


def _strings(line: str) -> Inners | None:
    """The lines in a JSON string, in a list of strings, or in a string without its quotes."""
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
