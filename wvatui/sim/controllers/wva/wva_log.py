"""The controller's two log formats: its own JSON up to v0.4.2, tab-separated console from
v0.5.0."""

import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.pods.logbook import LogBook

CONTAINER = "manager"


def klog(at: float, severity: str, source: str, text: str) -> str:
    """A klog line: `I0624 11:03:03.705213       1 leaderelection.go:257] text`."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{severity}{when:%m%d %H:%M:%S.%f} {1:7d} {source}] {text}"


def go_bool(value: bool) -> str:
    """true or false, as Go prints it."""
    return "true" if value else "false"


def go_map(values: Mapping[str, int]) -> str:
    """`map[a:2 b:1]`, keys in order."""
    return "map[" + " ".join(f"{key}:{values[key]}" for key in sorted(values)) + "]"


def go_float32(value: float) -> str:
    """A float32 as `%v` writes it: the shortest text that gives the same number again."""
    single = struct.unpack("f", struct.pack("f", value))[0]
    if single == 0:
        return "0"
    for digits in range(1, 10):
        text = f"{single:.{digits - 1}e}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            break
    mantissa, _, exponent = text.partition("e")
    if not -4 <= int(exponent) < 21:
        return f"{mantissa}e{exponent}"
    return f"{Decimal(text):f}"


def go_json(value: Any) -> str:
    """A nested value as Go's encoder writes it: compact, UTF-8, whole floats without `.0`."""
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


class _ManagerLog:
    """The log of the manager's container, including klog's lines."""

    def __init__(self, timeline: Timeline, book: LogBook, namespace: str, pod: str) -> None:
        self._timeline = timeline
        self._book = book
        self._where = (namespace, pod, CONTAINER)

    def klog(self, severity: str, source: str, text: str) -> None:
        """A klog line (stderr, interleaved)."""
        self._book.append(*self._where, klog(self._timeline.now, severity, source, text))


class JsonLog(_ManagerLog):
    """Up to v0.4.2: `{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"…"}` on stdout.

    DEBUG lines appear from verbosity 2 on (the charts' LOG_LEVEL=debug).
    """

    def __init__(
        self, timeline: Timeline, book: LogBook, namespace: str, pod: str, verbosity: int
    ) -> None:
        super().__init__(timeline, book, namespace, pod)
        self._debug = verbosity >= 2

    def _line(self, level: str, text: str) -> None:
        stamp = rfc3339.micro(self._timeline.now)[:-4] + "Z"
        line = go_json({"level": level, "ts": stamp, "msg": text})
        self._book.append(*self._where, line)

    def info(self, text: str) -> None:
        """An INFO line."""
        self._line("INFO", text)

    def warn(self, text: str) -> None:
        """A WARN line."""
        self._line("WARN", text)

    def error(self, text: str) -> None:
        """An ERROR line."""
        self._line("ERROR", text)

    def debug(self, text: str) -> None:
        """A DEBUG line."""
        if self._debug:
            self._line("DEBUG", text)

    def runtime(self, text: str, logger: str = "", **fields: Any) -> None:
        """A line of controller-runtime's own logger: lower-case level, whole seconds."""
        named = {"logger": logger} if logger else {}
        stamp = rfc3339.seconds(self._timeline.now)
        line = go_json({"level": "info", "ts": stamp, **named, "msg": text, **fields})
        self._book.append(*self._where, line)


class ConsoleLog(_ManagerLog):
    """From v0.5.0: `TS<TAB>LEVEL[<TAB>logger]<TAB>file.go:line<TAB>message[<TAB>{fields}]`."""

    def __init__(
        self, timeline: Timeline, book: LogBook, namespace: str, pod: str, verbosity: int
    ) -> None:
        super().__init__(timeline, book, namespace, pod)
        self._verbosity = verbosity

    def detail(self, caller: str, text: str, fields: Mapping[str, Any], logger: str = "") -> None:
        """A V(4) line; shown when the verbosity reaches so far."""
        if self._verbosity >= 4:
            self._line("LEVEL(-4)", caller, text, fields, logger)

    def info(
        self, caller: str, text: str, fields: Mapping[str, Any] | None = None, logger: str = ""
    ) -> None:
        """A V(0) line."""
        self._line("INFO", caller, text, fields, logger)

    def error(
        self, caller: str, text: str, fields: Mapping[str, Any], stack: tuple[str, ...] = ()
    ) -> None:
        """An ERROR line with its stack: pairs of function and `file:line`."""
        self._line("ERROR", caller, text, fields, "")
        for frame in stack:
            self._book.append(*self._where, frame)

    def _line(
        self, level: str, caller: str, text: str, fields: Mapping[str, Any] | None, logger: str
    ) -> None:
        parts = [rfc3339.seconds(self._timeline.now), level]
        if logger:
            parts.append(logger)
        parts += [caller, text]
        if fields:
            inner = ", ".join(f"{go_json(key)}: {go_json(item)}" for key, item in fields.items())
            parts.append("{" + inner + "}")
        self._book.append(*self._where, "\t".join(parts))
