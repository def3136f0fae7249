"""Applies the configuration file to the table of keys, and translates the names of keys."""

import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from wvatui.config.settings import nearest
from wvatui.errors import ConfigError
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.keys import Key

KEPT = {"app.leave": "ctrl+c"}
"""Keys that cannot be taken away, by id, so that there is always a way out."""
_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_NAMES = frozenset(key.value for key in Keys if "+" not in key.value and "<" not in key.value)
_SAME = {"return": "enter", "esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}
_SHOWN = {"escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "delete": "del"}
_NEVER = "<ignore>"
"""A name that is no key, for rows whose key was taken away: Textual's `set_keymap` would keep the
old key for an empty name."""
_SHOWN_CELLS = 7
"""The width of the column of keys in the help, in cells."""


def apply(
    keys: Iterable[Key],
    overrides: Mapping[str, tuple[str, ...]],
    places: Mapping[str, str] | None = None,
) -> tuple[Key, ...]:
    """The table with `overrides`: id → keys as people write them, such as `ctrl+s`.

    An empty tuple removes the row. `places` has "keys.ID" → "file:line" for messages. Raises
    ConfigError for an unknown id, a name that is no key, and a key that would do two things.
    """
    places = places or {}
    keys = tuple(keys)
    for name, words, hint in wrong(keys, overrides, places):
        place = places.get(f"keys.{name}", "")
        raise ConfigError(f"{place}: {words}" if place else words, hint=hint)
    return _changed(keys, overrides)


def wrong(
    keys: tuple[Key, ...],
    overrides: Mapping[str, tuple[str, ...]],
    places: Mapping[str, str] | None = None,
) -> list[tuple[str, str, str]]:
    """The faults of `overrides`, each as (id, message, hint)."""
    places = places or {}
    known = {key.id: key for key in keys}
    found: list[tuple[str, str, str]] = []

    def tell(name: str, words: str, hint: str = "") -> None:
        found.append((name, words, hint))

    for name, given in overrides.items():
        if name not in known:
            tell(name, f"no key does {sanitize(name, 60)!r}", nearest(name, known, "ids are"))
            continue
        for text in given:
            if not named(text):
                hint = 'keys are written as "f", "?", "space", "f5" or "ctrl+s"'
                tell(name, f"{name}: {sanitize(text, 40)!r} is no key", hint)
        if name in KEPT and KEPT[name] not in [named(text) for text in given]:
            tell(name, f"{name} must keep {KEPT[name]}: it leaves whatever hangs")
    right = {name: given for name, given in overrides.items() if name in known}
    shared = {(one.id, other.id, key) for one, other, key in _shared(keys)}
    for one, other, key in _shared(_changed(keys, right)):
        if (one.id, other.id, key) in shared:
            continue  # shared on purpose, by two places that never apply together
        # Blames the row that was changed; of two changed rows, the later one in the file.
        its, mine = sorted((one, other), key=lambda row: (row.id in right, _line(places, row)))
        tell(mine.id, f"{display(key)} is given to {mine.id} and to {its.id}")
    return found


def keymap(keys: Iterable[Key], applied: Iterable[Key]) -> dict[str, str]:
    """The keymap by which `App.set_keymap` turns bindings of `keys` into those of `applied`."""
    now = {key.id: ",".join(key.keys) for key in applied}
    return {
        key.id: now.get(key.id, _NEVER) for key in keys if now.get(key.id) != ",".join(key.keys)
    }


def named(text: str) -> str:
    """Textual's name of a key: `question_mark` for `?`, `ctrl+s` for `Ctrl+S`; "": no key."""
    text = text if len(text) == 1 else text.strip()
    head, plus, last = text.rpartition("+")
    if not plus or not head:  # also the key + itself
        head, last = "", text
    elif not last and head.endswith("+"):  # ctrl++
        head, last = head[:-1], "+"
    modifiers = [word.strip().lower() for word in head.split("+")] if head else []
    if any(word not in _MODIFIERS for word in modifiers) or not last:
        return ""
    if len(last) == 1:
        if modifiers == ["shift"] and last.isalpha():
            return last.upper()
        base = _of_character(last.lower() if modifiers and last.isascii() else last)
    else:
        base = last.strip().lower()
        base = _SAME.get(base, base)
        if base not in _NAMES and _character(base) == "":
            return ""
    ordered = sorted(set(modifiers), key=_MODIFIERS.index)
    return "+".join((*ordered, base)) if base else ""


def display(key: str) -> str:
    """A key as it is printed in footer and help: `?`, `esc`, `ctrl+s`."""
    *modifiers, base = key.split("+")
    shown = _SHOWN.get(base) or (base if base in _NAMES else _character(base) or base)
    return "+".join((*modifiers, shown))


def _of_character(character: str) -> str:
    if not character or character.isalnum():
        return character
    if character == " ":
        return "space"
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _character(name: str) -> str:
    """The character whose key Textual calls `name`, such as `?`; "" when there is none."""
    if len(name) == 1:
        return name
    if name in _ASCII:
        return _ASCII[name]
    found = ""
    with suppress(KeyError):
        found = unicodedata.lookup(name.replace("_", " ").upper())
    return found if _of_character(found) == name else ""


_ASCII = {_of_character(c): c for c in map(chr, range(33, 127)) if not c.isalnum()}
"""Textual's name of a key → its ASCII character, for characters that are no letter or digit."""


def _changed(keys: Iterable[Key], overrides: Mapping[str, tuple[str, ...]]) -> tuple[Key, ...]:
    out = []
    for key in keys:
        if key.id not in overrides:
            out.append(key)
            continue
        names = tuple(dict.fromkeys(n for n in map(named, overrides[key.id]) if n))
        if names:
            words = " ".join(display(name) for name in names)
            shown = words if len(words) <= _SHOWN_CELLS else display(names[0])
            out.append(replace(key, keys=names, shown=shown))
    return tuple(out)


def _shared(keys: Iterable[Key]) -> list[tuple[Key, Key, str]]:
    """Pairs of rows that have a key in common, with that key."""
    owners: dict[str, list[Key]] = {}
    found = []
    for row in keys:
        for key in row.keys:
            found += [(other, row, key) for other in owners.get(key, [])]
            owners.setdefault(key, []).append(row)
    return found


def _line(places: Mapping[str, str], key: Key) -> int:
    line = places.get(f"keys.{key.id}", "").rpartition(":")[2]
    return int(line) if line.isdecimal() else 0
