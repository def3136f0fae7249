"""Envelopes that are JSON over several lines, or several lines in one JSON value.

`jq .` prints an object over many lines, gcloud and Grafana an array of objects, Loki's API one
object with all lines in it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wvatui.core.log.envelopes.envelope import Envelope, Inner, Inners, Opener
from wvatui.core.log.envelopes.json_object import (
    epoch_stamp,
    is_number,
    one_line,
    text_of_value,
)
from wvatui.core.log.reading import load

HELD_CHARS = 1 << 27
"""A value that is longer than this is not waited for."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_LISTS = ('"values"', '"frames"', '"events"', '"entries"', '"hits"', '"logs"')
_OPENS = re.compile(r"\s*(?:\{\s*$|\[\s*$|\[\s*[\[{]|\{\s*\"[^\"]*\"\s*:.*[^}]\s*$)")


class _Values:
    """Puts objects together from the lines that they stand on, and gives each as one line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = self._depth = self._base = 0
        self._broken = 0

    @property
    def notice(self) -> str:
        broken = self._broken + bool(self._parts)
        words = "1 JSON value is" if broken == 1 else f"{broken} JSON values are"
        return f"{words} cut off or damaged: not read" if broken else ""

    def feed(self, line: str) -> Inners | None:
        if self._depth > 0 and self._base == 0 and line.startswith("{"):
            # What is printed over several lines is indented: the one before it has no end.
            self._give_up()
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
            self._hold(line[begin:])
        return tuple(out)

    def end(self) -> Inners:
        return ()

    def _hold(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > HELD_CHARS:
            self._give_up()

    def _give_up(self) -> None:
        self._broken += 1
        self._parts.clear()
        self._length = self._depth = self._base = 0

    def _value(self) -> Iterator[Inner]:
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        value = load(text)
        if isinstance(value, dict):
            yield from _inners(value, "")
        else:
            self._broken += 1


def _inners(value: Mapping[str, Any], text: str) -> Iterator[Inner]:
    """The lines in an object: those of Loki's streams, of Grafana's frames, or itself as a line."""
    data = value.get("data")
    result = data.get("result") if isinstance(data, dict) else value.get("streams")
    if isinstance(result, list):
        yield from _streams(result)
    elif isinstance(value.get("results"), dict):
        for answer in value["results"].values():
            yield from _frames(answer)
    elif isinstance(value.get("frames"), list):
        yield from _frames(value)
    elif (entries := _entries(value)) is not None:
        yield from (Inner(one_line(entry)) for entry in entries if isinstance(entry, dict))
    else:
        yield Inner(text or one_line(value))


def _entries(value: Mapping[str, Any]) -> list[object] | None:
    """The list of a cloud's or a search engine's answer; None: it is no answer."""
    for key in ("events", "entries", "hits", "logs"):
        below = value.get(key)
        below = below.get(key) if isinstance(below, dict) else below
        if isinstance(below, list) and below and isinstance(below[0], dict):
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
