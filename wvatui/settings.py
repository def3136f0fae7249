"""Flags before environment before file before defaults, merged into one answer per flag.

The file is TOML: keys are the flags' names with underscores, at the top level for every verb that
has the flag, or in a table named like the verb for that verb alone.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wvatui.errors import ConfigError

DURATION = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m(?!s))?(?:(?P<s>\d+(?:\.\d+)?)s)?"
    r"(?:(?P<ms>\d+(?:\.\d+)?)ms)?"
)
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKmMgG]?)(?:i?[bB])?")


def duration_s(text: str) -> float:
    """Seconds of "30m", "1h30m", "90s", "500ms" or a plain number of seconds.

    Raises ValueError, in words.
    """
    bare = text.strip()
    try:
        seconds = float(bare)
    except ValueError:
        match = DURATION.fullmatch(bare)
        if not bare or match is None:
            raise ValueError(f"{text!r} is not a duration such as 90s, 30m or 1h30m") from None
        hours, minutes, rest, millis = (float(match[name] or 0) for name in ("h", "m", "s", "ms"))
        seconds = hours * 3600 + minutes * 60 + rest + millis / 1000
    if not 0 <= seconds < 1e9:
        raise ValueError(f"{text!r} is not a duration such as 90s, 30m or 1h30m")
    return seconds


def size_bytes(text: str) -> int:
    """Bytes of "100M", "2GiB", "512k" or a plain number; powers of 1024. Raises ValueError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size such as 500k, 100M or 2G")
    factor = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[match["unit"].lower()]
    return int(float(match["number"]) * factor)


def read_file(path: Path) -> dict[str, Any]:
    """The configuration file as a mapping; {} where there is none. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def default_map(path: Path, verbs: Mapping[str, frozenset[str]]) -> dict[str, dict[str, Any]]:
    """Defaults per verb from the file. `verbs`: the flags (with underscores) of each verb.

    Raises ConfigError for a key that no verb has, naming file and line.
    """
    data = read_file(path)
    known = frozenset().union(*verbs.values()) if verbs else frozenset()
    result: dict[str, dict[str, Any]] = {verb: {} for verb in verbs}
    for key, value in data.items():
        if isinstance(value, dict):
            if key not in verbs:
                raise ConfigError(
                    f"{_place(path, key)}: unknown table [{key}]",
                    hint=f"tables are named like verbs: {', '.join(sorted(verbs))}",
                )
            for inner, inner_value in value.items():
                if inner not in verbs[key]:
                    raise ConfigError(
                        f"{_place(path, inner)}: {key} has no setting {inner!r}",
                        hint=f"it has: {', '.join(sorted(verbs[key]))}",
                    )
                result[key][inner] = inner_value
        elif key not in known:
            raise ConfigError(
                f"{_place(path, key)}: unknown setting {key!r}",
                hint=f"known are: {', '.join(sorted(known))}",
            )
    for verb, flags in verbs.items():
        top = {k: v for k, v in data.items() if k in flags and not isinstance(v, dict)}
        result[verb] = top | result[verb]
    return result


def _place(path: Path, key: str) -> str:
    """`file:line` of the first line that begins with `key`."""
    pattern = re.compile(rf"\s*\[?\s*[\"']?{re.escape(key)}\b")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if pattern.match(line):
            return f"{path}:{number}"
    return str(path)
