"""Merges flags, environment variables, the file and defaults, in this order of precedence.

The file is TOML: keys are the flags' names with underscores, at the top level for every verb that
has the flag, or in a table named like the verb for that verb alone. The tables [ui] and [keys]
belong to the screen (`wvatui.config.ui_settings`), [profiles.NAME] defines a load profile of the
user's own (`wvatui.load.profiles.profiles`).
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from wvatui.config.toml_lines import TomlPlace, line_of, locate
from wvatui.core.lines import clean
from wvatui.errors import ConfigError

SCREEN_TABLES = ("ui", "keys")
"""Tables of the file that belong to the screen, not to a verb."""
PROFILES_TABLE = "profiles"
"""The table of load profiles; each table in it is one profile."""

DURATION = re.compile(
    r"(?:(?P<d>\d+(?:\.\d+)?)d)?(?:(?P<h>\d+(?:\.\d+)?)h)?"
    r"(?:(?P<m>\d+(?:\.\d+)?)m(?!s))?(?:(?P<s>\d+(?:\.\d+)?)s)?"
    r"(?:(?P<ms>\d+(?:\.\d+)?)ms)?"
)
_UNIT_S = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKmMgG]?)(?:i?[bB])?")


def duration_s(text: str) -> float:
    """Seconds of "30m", "1h30m", "90s", "500ms", "7d" or a plain number of seconds.

    Raises ValueError with a message for the user.
    """
    bare = text.strip()
    try:
        seconds = float(bare)
    except ValueError:
        match = DURATION.fullmatch(bare)
        if not bare or match is None:
            raise ValueError(f"{text!r} is not a duration such as 90s, 30m or 1h30m") from None
        seconds = sum(float(match[unit] or 0) * length for unit, length in _UNIT_S.items())
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


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of a verb: its name with underscores, its variable, and its default as it is written
    in the file."""

    name: str
    variable: str
    default: str | float | bool | None
    wrong: Callable[[object], str]
    """Returns what is wrong with a value from the file, in words; empty: the value fits this
    flag."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in the file: its line (0: unknown), a description, and a hint on how to fix it."""

    line: int
    text: str
    hint: str = ""

    def told(self, path: Path) -> str:
        """The problem as one line that begins with file and line."""
        return f"{path}:{self.line}: {self.text}" if self.line else f"{path}: {self.text}"

    def error(self, path: Path) -> ConfigError:
        """The problem as an error to raise."""
        return ConfigError(self.told(path), hint=self.hint)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The configuration file as it was read; `data` is empty where there is no file."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[TomlPlace, int]
    exists: bool = True

    def problem(self, place: TomlPlace, text: str, hint: str = "") -> Problem:
        """A problem with the key at `place`."""
        return Problem(line_of(self.lines, place), text, hint)

    def where(self, place: TomlPlace) -> str:
        """`file:line` of a key."""
        line = line_of(self.lines, place)
        return f"{self.path}:{line}" if line else str(self.path)


def read_file(path: Path) -> SettingsFile:
    """The configuration file. Raises ConfigError when it cannot be read or is no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return SettingsFile(path, {}, {}, exists=False)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        return SettingsFile(path, tomllib.loads(text), locate(text.replace("\r\n", "\n")))
    except (ValueError, RecursionError) as error:
        words = clean(str(error))
        line = re.search(r"at line (\d+)", words)
        raise Problem(int(line[1]) if line else 0, f"not valid TOML: {words}").error(path) from None


def problems(file: SettingsFile, verbs: Mapping[str, Mapping[str, Flag]]) -> list[Problem]:
    """All that is wrong with the settings of flags; `verbs`: the flags of each verb by name."""
    known = {name for flags in verbs.values() for name in flags}
    tables = (*SCREEN_TABLES, PROFILES_TABLE)
    wrong: list[Problem] = []
    for key, value in file.data.items():
        if isinstance(value, dict):
            if key in verbs:
                wrong += _in_table(file, key, value, verbs[key])
            elif key not in tables:
                hint = nearest(key, (*verbs, *tables), "tables are named like verbs")
                wrong.append(file.problem((key,), f"unknown table [{clean(key)}]", hint))
        elif key in verbs and key not in known:
            wrong.append(file.problem((key,), f"{key} must be a table: [{key}]"))
        elif key in tables:
            continue
        elif key not in known:
            hint = nearest(key, known, "known are")
            wrong.append(file.problem((key,), f"unknown setting {clean(key)!r}", hint))
        else:
            words = (flags[key].wrong(value) for flags in verbs.values() if key in flags)
            if problem := next(filter(None, words), ""):
                hint = "it holds for every verb that has it; for one alone it goes into its table"
                wrong.append(file.problem((key,), f"{key} {problem}", hint))
    return wrong


def _in_table(
    file: SettingsFile, verb: str, table: Mapping[str, Any], flags: Mapping[str, Flag]
) -> list[Problem]:
    wrong = []
    for key, value in table.items():
        if key not in flags:
            hint = nearest(key, flags, "it has")
            text = f"{verb} has no setting {clean(key)!r}"
            wrong.append(file.problem((verb, key), text, hint))
        elif words := flags[key].wrong(value):
            wrong.append(file.problem((verb, key), f"{key} {words}"))
    return wrong


def nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint: the known name that resembles `word`; if none does, `otherwise` and all known
    names."""
    names = sorted(known)
    close = get_close_matches(word, names, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else f"{otherwise}: {', '.join(names)}"


def shown(value: object) -> str:
    """A value of the file for a message: as Python writes it, cut where it is too long."""
    text = clean(repr(value))
    return text if len(text) <= 60 else text[:59] + "…"


def default_map(
    file: SettingsFile, verbs: Mapping[str, Mapping[str, Flag]]
) -> dict[str, dict[str, Any]]:
    """Defaults of each verb, as the file sets them; `verbs`: the flags of each verb by name.

    Raises ConfigError for the first problem, with file and line.
    """
    for problem in problems(file, verbs):
        raise problem.error(file.path)
    data = file.data
    ui = data.get("ui")
    theme = {"theme": ui["theme"]} if isinstance(ui, dict) and "theme" in ui else {}
    top = theme | {key: value for key, value in data.items() if not isinstance(value, dict)}
    return {
        verb: {key: value for key, value in top.items() if key in flags} | data.get(verb, {})
        for verb, flags in verbs.items()
    }
