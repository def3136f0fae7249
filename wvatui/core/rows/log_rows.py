"""Lines of the controller's log as rows: the newest that pass a filter, or chosen ones."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from wvatui.core.lines import clean, kubelet_time
from wvatui.core.rows.views import LogRow
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import LogEntry, State

FILTERED = 4_000
"""Characters of a raw line that a filter searches."""
LEVELS = ("DEBUG", "INFO", "WARN", "ERROR")
"""From least to most severe; `V(n)` counts as DEBUG, FATAL and PANIC as ERROR."""
TEXT, FIELDS = 2_000, 1_000
"""Characters of a message and of its fields that a row holds."""


def log_tail(
    state: State, limit: int = 200, pattern: str = "", level: str = ""
) -> tuple[LogRow, ...]:
    """The newest log lines that match, oldest first.

    `pattern`: a regular expression, any case; a leading "!" keeps what does not match.
    `level`: one level, or with "+" behind it that level and worse ones ("WARN+").
    Raises ValueError, worded for the user, for an invalid pattern.
    """
    if not (pattern or level or state.only):
        return tuple(log_row(entry) for entry in state.log.last(limit))
    wanted = _filter(pattern, level, state.only)
    entries: list[LogEntry] = []
    for entry in reversed(state.log.last(len(state.log))):
        if wanted(entry):
            entries.append(entry)
            if len(entries) == limit:
                break
    return tuple(log_row(entry) for entry in reversed(entries))


LinePredicate = Callable[[LogEntry], bool]


class _Tested(dict[LinePredicate, tuple[Ring[LogEntry], list[LogEntry]]]):
    """The lines of a session for which a predicate holds, with the log that was read for them."""


def lines_that(state: State, wanted: LinePredicate) -> Sequence[LogEntry]:
    """All lines for which `wanted`, a function of a module, holds, ascending.

    Each line is tested once in a session, as a line never changes.
    """
    log, tested = state.log, state.of_session.of(_Tested)
    before, known = tested.get(wanted, (log, []))
    added = log.total - before.total
    goes_on = bool(before) and 0 < added < len(log) and log[-1 - added] is before[-1]
    if wanted not in tested or (before is not log and not goes_on):
        known = list(filter(wanted, log))
    elif goes_on:
        oldest = bisect_left(known, log[0].index, key=_index)
        known = [*known[oldest:], *filter(wanted, log.last(added))]
    tested[wanted] = log, known
    return known


def _index(entry: LogEntry) -> int:
    return entry.index


def log_matches(state: State, pattern: str = "", level: str = "") -> Sequence[int]:
    """Indices of all lines that match, ascending; `pattern` and `level` as in `log_tail`."""
    entries = state.log.last(len(state.log))
    if not (pattern or level or state.only):
        return range(entries[0].index, entries[-1].index + 1) if entries else ()
    wanted = _filter(pattern, level, state.only)
    return tuple(entry.index for entry in entries if wanted(entry))


def log_rows(state: State, indices: Iterable[int], *, whole: bool = False) -> tuple[LogRow, ...]:
    """The rows of these lines, as far as they are kept; `whole`: with all of their text."""
    if not state.log:
        return ()
    base = state.log[0].index
    size = len(state.log)
    return tuple(log_row(state.log[i - base], whole) for i in indices if 0 <= i - base < size)


def log_row(entry: LogEntry, whole: bool = False) -> LogRow:
    """The plain row of a line."""
    text = f"{entry.message}: {entry.error}" if entry.error else entry.message
    words = field_words(entry.raw)
    if not whole:
        text, words = text[:TEXT], words[:FIELDS]
    return LogRow(
        entry.index, entry.at, entry.level, clean(text), entry.kind, clean(words), entry.context
    )


def expression(pattern: str) -> tuple[re.Pattern[str], bool]:
    """(the case-insensitive regular expression of a filter, whether a leading `!` negates it).

    Raises ValueError, worded for the user, for an invalid pattern.
    """
    inverse = pattern.startswith("!")
    try:
        return re.compile(pattern[inverse:], re.IGNORECASE), inverse
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None


def _filter(pattern: str, level: str, only: str) -> Callable[[LogEntry], bool]:
    """A predicate for wanted lines; `only`: lines about this namespace or an unknown one."""
    _, inverse = expression(pattern)
    levels = _levels(level)

    def wanted(entry: LogEntry) -> bool:
        if levels and entry.level not in levels:
            return False
        if only and entry.namespace not in ("", only):
            return False
        if not pattern:
            return True
        return _found(pattern[inverse:], entry.message, entry.raw) != inverse

    return wanted


@lru_cache(maxsize=16_384)
def _found(pattern: str, message: str, raw: str) -> bool:
    """Whether a line matches; runs for ten thousand lines at each redraw.

    The whole line is searched, since a variant's name is in the fields and not in the message.
    """
    search = re.compile(pattern, re.IGNORECASE).search
    return bool(search(message) or search(raw, 0, FILTERED))


@lru_cache(maxsize=32)
def _levels(level: str) -> frozenset[str]:
    """The levels that a level filter lets through; empty: all."""
    if not level.endswith("+") or level[:-1] not in LEVELS:
        return frozenset((level,)) if level else frozenset()
    kept = LEVELS[LEVELS.index(level[:-1]) :]
    if "DEBUG" in kept:
        return frozenset()
    return frozenset((*kept, "FATAL", "PANIC", "DPANIC"))


READ = 16_384
"""Longest line, in characters, whose fields are shown; of a longer one only the message is."""
_ENCODER = frozenset(
    ("level", "ts", "time", "timestamp", "logger", "caller", "msg", "message", "severity")
)
"""Keys written by the encoder itself, which have columns of their own or are not shown."""
_ELSEWHERE = frozenset(("error", "stacktrace", "errorVerbose"))
_LAST = ("modelID", "model", "namespace", "controllerGroup", "controllerKind", "groupKey")
"""Keys shown last, since their values hardly change and lines are cut at the screen's edge."""
DEEP = 4


@lru_cache(maxsize=1024)
def field_words(raw: str) -> str:
    """The structured fields of one raw line as `key=value` words; empty when it has none.

    Reads zap's two encoders (a JSON object; `…<TAB>message<TAB>{…}`). Fields that are cut off in
    the middle are no JSON object and are left out.
    """
    if len(raw) > READ:
        return ""
    _, _, line = kubelet_time(raw)
    if line.startswith("{"):
        fields = {key: value for key, value in _object(line).items() if key not in _ENCODER}
    else:
        begin = line.rfind("\t{")
        fields = _object(line[begin + 1 :]) if begin >= 0 else {}
    first = [key for key in fields if key not in _LAST and key not in _ELSEWHERE]
    last = [key for key in _LAST if key in fields]
    return " ".join(f"{key}={_value(fields[key])}" for key in (*first, *last))


def _object(text: str) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _value(value: Any, depth: int = 0) -> str:
    """A value as a person would write it: no quotes, no more digits than one reads."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"
    if isinstance(value, dict | list) and depth == DEEP:
        return "…"
    if isinstance(value, dict):
        pairs = (f"{key}:{_value(item, depth + 1)}" for key, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_value(item, depth + 1) for item in value) + "]"
    return str(value)
