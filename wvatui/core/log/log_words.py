"""What a log line says beside its message, in few words: `variant=a target=4`.

Pure and cheap enough for the lines that a screen shows: nothing of it is kept in the State.
"""

from functools import lru_cache
from typing import Any

import msgspec

from wvatui.core.lines import kubelet_time

READ = 16_384
"""Characters of a line that are looked at; a longer one says its message only."""
_ENCODER = frozenset(
    ("level", "ts", "time", "timestamp", "logger", "caller", "msg", "message", "severity")
)
"""Keys that the encoder itself writes: they are shown in columns of their own, or not at all."""
_ELSEWHERE = frozenset(("error", "stacktrace", "errorVerbose"))
_LAST = ("modelID", "model", "namespace", "controllerGroup", "controllerKind", "groupKey")
"""What is the same in most lines of a session comes last: lines are cut at the screen's edge."""
DEEP = 4


@lru_cache(maxsize=1024)
def field_words(raw: str) -> str:
    """The structured fields of one raw line as `key=value` words; empty when it has none.

    Knows zap's two encoders (a JSON object; `…<TAB>message<TAB>{…}`). What is cut off in its
    middle is no longer an object, and left out.
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
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return {}
    return found if isinstance(found, dict) else {}


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
