"""Load profiles of the user's own: the tables [profiles.NAME] of the configuration file.

`like = "NAME"` names the built-in profile that one changes; `manifest = "file"` (relative to the
configuration file) is a manifest instead.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wvatui.config.settings import (
    PROFILES_TABLE,
    Problem,
    SettingsFile,
    duration_s,
    nearest,
    read_file,
    shown,
)
from wvatui.core.lines import clean
from wvatui.load.profiles.profiles import PROFILES, Profile, Tokens, by_name, fitted


@dataclass(frozen=True, slots=True)
class OwnManifest:
    """A profile of the user's own that is a manifest file."""

    name: str
    title: str
    path: Path


def _tokens(value: Any) -> Tokens:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return Tokens(value)
    raise ValueError(f"is {shown(value)}, a whole number above 0 is expected")


def _rate(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6:
        return float(value)
    raise ValueError(f"is {shown(value)}, requests per second above 0 are expected")


def _length(value: Any) -> float:
    if isinstance(value, str):
        with suppress(ValueError):
            value = duration_s(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise ValueError(f"is {shown(value)}, a duration such as 10m is expected")


def _string(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"is {shown(value)}, a text is expected")


def _name(value: Any) -> str:
    if value in {profile.name for profile in PROFILES}:
        return str(value)
    raise ValueError(f"is {shown(value)}, which is no built-in profile")


_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "title": ("title", _string),
    "image": ("image", _string),
    "target": ("target", _string),
    "model": ("model", _string),
    "prompt_tokens": ("prompt", _tokens),
    "output_tokens": ("answer", _tokens),
    "concurrency": ("concurrency", lambda value: _tokens(value).mean),
    "seed": ("seed", lambda value: _tokens(value).mean),
}
"""Key of the file → (field of Profile, how it is read)."""
_NAMES = tuple(profile.name for profile in PROFILES)
_READERS: dict[str, Callable[[Any], Any]] = {
    "like": _name,
    "manifest": _string,
    "rate": _rate,
    "duration": _length,
    **{key: read for key, (_, read) in _FIELDS.items()},
}
KEYS = tuple(_READERS)
"""What a profile of the user's own may say."""


def own_profiles(path: Path) -> tuple[Profile | OwnManifest, ...]:
    """All of them; () where there is none. Raises ConfigError: one line, with file and line."""
    file = read_file(path)
    for problem in problems(file):
        raise problem.error(path)
    tables = file.data.get(PROFILES_TABLE, {})
    return tuple(_made(file, name, table) for name, table in tables.items())


def problems(file: SettingsFile) -> list[Problem]:
    """All that is wrong with the profiles of the file."""
    tables = file.data.get(PROFILES_TABLE, {})
    if not isinstance(tables, dict):
        text = f"{PROFILES_TABLE} must be a table: [{PROFILES_TABLE}.NAME]"
        return [file.problem((PROFILES_TABLE,), text)]
    return [problem for name, table in tables.items() for problem in _wrong(file, name, table)]


def _wrong(file: SettingsFile, name: str, table: Any) -> list[Problem]:
    title = f"{PROFILES_TABLE}.{clean(name)}"
    if not isinstance(table, dict):
        return [file.problem((PROFILES_TABLE, name), f"{title} must be a table")]
    found = []
    for key, value in table.items():
        place = (PROFILES_TABLE, name, key)
        if key not in KEYS:
            hint = nearest(key, KEYS, "it has")
            found.append(file.problem(place, f"{title} has no setting {clean(key)!r}", hint))
        elif "manifest" in table and key not in ("manifest", "title"):
            found.append(file.problem(place, f"{title}: {key} cannot stand beside manifest"))
        elif words := _wrong_value(key, value):
            hint = nearest(str(value), _NAMES, "there are") if key == "like" else ""
            found.append(file.problem(place, f"{title}: {key} {words}", hint))
    return found


def _wrong_value(key: str, value: Any) -> str:
    try:
        _READERS[key](value)
    except ValueError as error:
        return str(error)
    return ""


def _made(file: SettingsFile, name: str, table: dict[str, Any]) -> Profile | OwnManifest:
    if "manifest" in table:
        return OwnManifest(name, str(table.get("title", "")), file.path.parent / table["manifest"])
    profile = by_name(table.get("like", "constant"))
    fields = {_FIELDS[key][0]: _READERS[key](table[key]) for key in _FIELDS if key in table}
    rate = _rate(table["rate"]) if "rate" in table else None
    length = _length(table["duration"]) if "duration" in table else None
    return fitted(replace(profile, **fields, name=name, own=True), rate, length)
