"""Envelopes of one JSON object per line, with the controller's line under one of its keys."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from wvatui.core.log.envelopes.envelope import (
    STAMP,
    START,
    EachLine,
    Envelope,
    Inner,
    Inners,
    Opener,
    each_line,
    lines_of,
)
from wvatui.core.log.reading import load

MESSAGE_KEYS = (
    "log",
    "message",
    "msg",
    "line",
    "textPayload",
    "jsonPayload",
    "MESSAGE",
    "body",
    "Line",
    "Body",
    "_raw",
    "LogMessage",
    "LogEntry",
    "@message",
    "short_message",
    "original",
    "structured",
    "event",
    "content",
    "_msg",
    "text",
)
"""Keys under which log collectors put the line, the most certain first."""
TIME_KEYS = (
    "time",
    "timestamp",
    "@timestamp",
    "__REALTIME_TIMESTAMP",
    "timeUnixNano",
    "tsNs",
    "ts",
    "Time",
    "date",
    "TimeGenerated",
    "receiveTimestamp",
    "_time",
    "dt",
)
"""Keys under which log collectors put the line's time."""
_AROUND = ("_source", "content", "attributes", "event", "result", "fields")
"""Keys under which search engines keep the whole entry."""
_ZAP_ORDER = ("level", "ts", "logger", "caller", "msg")


_RECORDED = '{"k":"'
"""Start of each line of a recording: a page that quotes one is no log in an envelope."""


class _Shape(NamedTuple):
    """A tool's object: the keys that it has, and the keys of its line and its time."""

    name: str
    keys: frozenset[str]
    message: Sequence[str] = MESSAGE_KEYS
    time: Sequence[str] = TIME_KEYS


_SHAPES = (
    _Shape("stern -o json", frozenset(("message", "podName", "containerName"))),
    _Shape("stern -o extjson", frozenset(("message", "pod", "container"))),
    _Shape("logcli -o jsonl", frozenset(("labels", "line", "timestamp")), ("line",)),
    _Shape("Grafana JSON", frozenset(("line", "timestamp", "fields")), ("line",)),
    _Shape("Grafana JSON", frozenset(("line", "timestamp", "date")), ("line",)),
    _Shape("gcloud logging", frozenset(("logName",)), ("textPayload", "jsonPayload")),
    _Shape("journald -o json", frozenset(("MESSAGE", "__REALTIME_TIMESTAMP"))),
    _Shape("JSON lines", frozenset()),
)
_LINE = re.compile(rf"(?:{STAMP} )?(?:{START.pattern})")
_DEEPEST_TEXT = 3
"""Depth of nested objects to which a line is searched for under keys that no table names."""


@lru_cache(maxsize=256)
def _object(line: str) -> Mapping[str, Any] | None:
    """`line` as a JSON object; None: it is none, or it is a line of a wvatui recording."""
    text = line.strip().rstrip(",")
    if not text.startswith("{") or not text.endswith("}") or text.startswith(_RECORDED):
        return None
    value = load(text)
    return value if isinstance(value, dict) else None


def single_of(shape: _Shape) -> Callable[[str], Inners | None]:
    """A function that unwraps a line from an object of this shape."""

    def single(line: str) -> Inners | None:
        content = _object(line)
        if content is None or not shape.keys <= content.keys():
            return None
        if not any(_is_said(content, key) for key in shape.message):
            inner = next(
                (content[key] for key in _AROUND if isinstance(content.get(key), dict)), None
            )
            content = content if inner is None else inner
        key = next((key for key in shape.message if content.get(key)), None)
        text = None if key is None else text_of_value(content[key], content)
        if text is None:
            return (Inner(""),) if any(content.get(key) == "" for key in shape.message) else None
        return lines_of(text, stamp_of(content, shape.time))

    return single


def _is_said(fields: Mapping[str, Any], key: str) -> bool:
    """Whether the value of `key` is a line, and not a whole entry."""
    return key in fields and not (key in _AROUND and isinstance(fields[key], dict))


def text_of_value(value: object, around: Mapping[str, Any]) -> str | None:
    """The line in the value of a key: text, the line's own object, or journald's bytes.

    None: it is none of these. An object without a level gets the `severity` from `around`; it is
    then a line of the controller whose message Google's agent has renamed to `message`.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        fields = dict(value)
        severity = around.get("severity")
        message = fields.get("message", fields.get("stringValue"))
        if isinstance(message, str) and "msg" not in fields and "level" not in fields:
            if not isinstance(severity, str) or "\t" in message or START.match(message):
                return message
            fields["msg"] = fields.pop("message", message)
            fields = {"level": severity, "ts": stamp_of(around, TIME_KEYS)} | fields
        if "level" not in fields and "severity" not in fields and isinstance(severity, str):
            fields["severity"] = severity
        return one_line(fields)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    if isinstance(value, list) and all(isinstance(n, int) and 0 <= n < 256 for n in value):
        return bytes(value).decode("utf-8", "replace")
    return None


def one_line(fields: Mapping[str, Any]) -> str:
    """An object as the line that its encoder wrote: level, time and message first, no spaces.

    Empty where it is nested too deeply to be a line of a log.
    """
    ordered = {key: fields[key] for key in _ZAP_ORDER if key in fields}
    ordered |= fields
    try:
        return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return ""


def stamp_of(fields: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The time of an object as RFC 3339 text; empty: it has none that can be read."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and value[4:5] == "-" and value[10:11] in ("T", "t", " "):
            return value.replace(" ", "T", 1)
        if isinstance(value, str) and is_number(value):
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            stamp = epoch_stamp(value)
            if stamp:
                return stamp
    return ""


def is_number(text: str) -> bool:
    """Whether it is a whole number that may be a time."""
    return len(text) <= 20 and text.isascii() and text.isdigit()


def epoch_stamp(number: float) -> str:
    """RFC 3339 text of a time since 1970 in seconds, milli-, micro- or nanoseconds; empty: none.

    The unit follows from the number's size: each unit only covers the years 2001 to 2099.
    """
    if not 0 < number < 1e20:
        return ""
    for scale in (1, 1_000, 1_000_000, 1_000_000_000):
        if 1e9 <= number / scale < 4.1e9:
            whole, rest = divmod(number, scale)
            begin = datetime.fromtimestamp(int(whole), UTC)
            fraction = f"{int(rest * 1_000_000_000 // scale):09}" if rest else ""
            return f"{begin:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"
    return ""


class _Docker(Opener):
    """Docker's json-file, which ends each line with a newline and splits lines over 16 kB."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[str, str]] = {}

    def feed(self, line: str) -> Inners | None:
        entry = _object(line)
        if entry is None or not entry.keys() >= _DOCKER_KEYS:
            return None
        text, stream = entry["log"], str(entry["stream"])
        if not isinstance(text, str):
            return None
        before, stamp = self._parts.pop(stream, ("", stamp_of(entry, TIME_KEYS)))
        if not text.endswith("\n"):
            self._parts[stream] = before + text, stamp
            return ()
        return lines_of(before + text, stamp)

    def end(self) -> Inners:
        parts, self._parts = self._parts, {}
        return tuple(inner for text, stamp in parts.values() for inner in lines_of(text, stamp))


_DOCKER_KEYS = frozenset(("log", "stream", "time"))
_docker_single = single_of(_Shape("docker json-file", _DOCKER_KEYS, ("log",)))


def _docker(sample: Sequence[str]) -> Opener | None:
    """The Opener for Docker's files; None for collectors that remove the newline, which do not
    split lines."""
    objects = [entry for line in sample if (entry := _object(line)) is not None]
    logs = [str(entry["log"]) for entry in objects if entry.keys() >= _DOCKER_KEYS]
    if not logs:
        return None
    return _Docker() if any(log.endswith("\n") for log in logs) else EachLine(_docker_single)


def _path(fields: Mapping[str, Any], depth: int) -> tuple[str, ...] | None:
    """The path of keys to a line of the controller; None: there is none."""
    for key, value in fields.items():
        if isinstance(value, str) and _LINE.match(value):
            return (key,)
        below = _path(value, depth - 1) if isinstance(value, dict) and depth else None
        if below is not None:
            return (key, *below)
    return None


def _any_key(sample: Sequence[str]) -> Opener | None:
    """The Opener that takes lines from the path of keys at which the first one was."""
    objects = (fields for line in sample if (fields := _object(line)) is not None)
    path = next((path for fields in objects if (path := _path(fields, _DEEPEST_TEXT))), None)
    return None if path is None else EachLine(lambda line: _under(path, line))


def _under(path: Sequence[str], line: str) -> Inners | None:
    value: object = _object(line)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, str):
        return None
    return lines_of(value, stamp_of(_object(line) or {}, TIME_KEYS))


OBJECTS: tuple[Envelope, ...] = (
    Envelope("docker json-file", _docker, _docker_single),
    *(each_line(shape.name, single_of(shape)) for shape in _SHAPES),
    Envelope("JSON lines under another key", _any_key),
)


def _tail_object(line: str) -> Inners | None:
    """The object with a line in it at the end of `line`: `TAG TIME {"log":"…"}`."""
    begin = line.find('{"')
    text = line[begin:].rstrip().rstrip("]")
    if begin < 1 or not text.endswith("}") or START.match(text):
        return None
    value = load(text)
    named = isinstance(value, dict) and any(key in value for key in MESSAGE_KEYS[:4])
    return (Inner(text),) if named else None


TAIL_OBJECT = each_line("a prefix of JSON", _tail_object, alone=False)._replace(tells_more=True)
"""Output of fluentd, Fluent Bit and `aws logs tail`: a text of their own, then the object."""
