"""Every key of the screen, in one table: bindings, footer and help are made from it.

Adding a key is one row here and one `action_…` on the app; tests hold that no two keys clash, that
every row has its action and that every row is in the help.

What the configuration file changes in the table gives a new table. Nothing is bound here.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from wvatui.config.settings import nearest
from wvatui.config.ui_settings import VIEWS
from wvatui.errors import ConfigError
from wvatui.ui.draw.sanitize import sanitize

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities


KeyPlace = Literal["everywhere", "table", "charts", "replay"]
TITLES: tuple[tuple[KeyPlace, str], ...] = (
    ("everywhere", "Keys"),
    ("table", "Keys in a table"),
    ("charts", "Keys for the charts' time"),
    ("replay", "Keys for going through time: in a replay, and back in a live session"),
)
"""Where keys apply, with the titles of the help."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `id` is stable: users may rebind it. `keys` are Textual's names for them."""

    id: str
    keys: tuple[str, ...]
    shown: str
    """As it is printed in the footer and the help."""
    title: str
    """What it does, as a phrase of the help."""
    short: str = ""
    """One word for the footer; empty: only in the help."""
    where: KeyPlace = "everywhere"
    priority: bool = False
    argument: str = ""
    """What the action is called with, for keys that share one: `key_view('pods')`."""

    @property
    def action(self) -> str:
        """Name of the app's action: `key_freeze` for `view.freeze`."""
        area, _, name = self.id.rpartition(".")
        return f"key_{area}" if self.argument else f"key_{name}"

    @property
    def call(self) -> str:
        """The action as Textual writes it."""
        return f"{self.action}({self.argument!r})" if self.argument else self.action

    def usable(self, capabilities: "Capabilities") -> bool:
        """Whether a session with these capabilities can do it."""
        if self.where == "replay":
            return capabilities.can_go_back
        if self.id == "session.mark":
            keeps = capabilities.can_record or capabilities.can_go_back
            return keeps and capabilities.can_write
        if self.id == "session.retry":
            return capabilities.can_record
        if self.id in ("load.launch", "load.abort"):
            return capabilities.can_launch
        return self.id != "view.beside" or capabilities.has_beside


KEYS: tuple[Key, ...] = (
    Key("help.help", ("question_mark",), "?", "show this help", "help"),
    *(
        Key(
            f"view.{view}",
            (str(digit),),
            str(digit),
            f"view: {title}",
            "views",
            argument=view,
        )
        for digit, (view, title) in enumerate(VIEWS.items(), start=1)
    ),
    Key(
        "view.beside", ("b",), "b", "view: two runs beside each other", "beside", argument="beside"
    ),
    Key("replay.toggle", ("space",), "space", "play or pause", "play/pause", "replay"),
    Key(
        "replay.previous",
        ("left_square_bracket",),
        "[",
        "back to the previous decision, mark, error or gap",
        "event",
        "replay",
    ),
    Key(
        "replay.next",
        ("right_square_bracket",),
        "]",
        "on to the next decision, mark, error or gap",
        "event",
        "replay",
    ),
    Key("replay.back", ("comma",), ",", "one step back", "step", "replay"),
    Key("replay.forward", ("full_stop",), ".", "one step on", "step", "replay"),
    Key("replay.slower", ("less_than_sign",), "<", "play slower", "speed", "replay"),
    Key("replay.faster", ("greater_than_sign",), ">", "play faster", "speed", "replay"),
    Key(
        "replay.goto",
        ("g",),
        "g",
        "go to a time: 12m30s, T+90, 14:05:00 or 50%",
        "go to",
        "replay",
    ),
    Key(
        "app.command", ("colon", "ctrl+p"), ":", "a command, tab completes (also ctrl+p)", "command"
    ),
    Key(
        "replay.live",
        ("L",),
        "L",
        "to the newest: LIVE again, or the end of a replay",
        "live",
        "replay",
    ),
    Key("view.freeze", ("p",), "p", "freeze the view; capture goes on", "freeze"),
    Key("session.mark", ("m",), "m", "mark this moment with a note", "mark"),
    Key("session.retry", ("r",), "r", "retry now what failed or was refused"),
    Key("session.snapshot", ("e",), "e", "write a CSV of the moment shown", "CSV"),
    Key("load.launch", ("l",), "l", "launch load: from a list, with a form and a question", "load"),
    Key("load.abort", ("X",), "X", "abort all load of this session, after a question"),
    Key(
        "whatif.try",
        ("w",),
        "w",
        "what if: other thresholds, rules, autoscalers, replicas",
        "what if",
    ),
    Key("log.filter", ("slash",), "/", "filter the log: a regex, ! in front inverts", "filter"),
    Key("log.invert", ("exclamation_mark",), "!", "keep what the filter does not match"),
    Key("log.level", ("W",), "W", "only warnings, only errors, all lines"),
    Key("log.clear", ("escape",), "esc", "back: close, clear, show all again"),
    Key("view.maximise", ("z",), "z", "enlarge a part, then the next one", "enlarge"),
    Key("view.variant", ("v",), "v", "one variant alone, then the next one", "variant"),
    Key("view.namespace", ("N",), "N", "one namespace alone, then the next one"),
    Key("view.charts", ("c",), "c", "show the next charts", "charts"),
    Key("view.heat", ("h",), "h", "the heat strip: KV cache, waiting, running"),
    Key("view.quiet", ("a",), "a", "decisions: also looks that changed nothing, or not"),
    Key("view.clock", ("u",), "u", "clock: UTC, local time, time since the start"),
    Key("view.theme", ("t",), "t", "the next theme"),
    Key("view.messages", ("n",), "n", "all messages so far"),
    Key("table.up", ("up", "k"), "↑ k", "the row above", where="table"),
    Key("table.down", ("down", "j"), "↓ j", "the row below", where="table"),
    Key("table.page_up", ("pageup",), "pgup", "ten rows up", where="table"),
    Key("table.page_down", ("pagedown",), "pgdn", "ten rows down", where="table"),
    Key("table.first", ("home",), "home", "the first row", where="table"),
    Key("table.last", ("end",), "end", "the last row", where="table"),
    Key("table.open", ("enter",), "enter", "open the selected row", "open", where="table"),
    Key("table.sort", ("s",), "s", "sort by the next column", where="table"),
    Key("table.reverse", ("S",), "S", "sort the other way round", where="table"),
    Key("charts.zoom_in", ("plus", "equals_sign"), "+", "a shorter window", where="charts"),
    Key("charts.zoom_out", ("minus",), "-", "a longer window", where="charts"),
    Key("charts.auto", ("0",), "0", "the window by itself, at the newest", where="charts"),
    Key(
        "charts.cursor_left", ("left",), "←", "read the charts at a moment: earlier", where="charts"
    ),
    Key("charts.cursor_right", ("right",), "→", "later", where="charts"),
    Key("charts.cursor_back", ("ctrl+left",), "ctrl ←", "ten steps earlier", where="charts"),
    Key("charts.cursor_on", ("ctrl+right",), "ctrl →", "ten steps later", where="charts"),
    Key("charts.pan_left", ("shift+left",), "shift ←", "move the window back", where="charts"),
    Key(
        "charts.pod",
        ("o",),
        "o",
        "charts by pod: the next pod's line over the band of all",
        where="charts",
    ),
    Key("charts.pan_right", ("shift+right",), "shift →", "move the window on", where="charts"),
    Key("app.quit", ("q",), "q", "quit", "quit"),
    Key("app.leave", ("ctrl+c",), "ctrl+c", "leave at once, whatever hangs", priority=True),
)
"""In the order of footer and help."""


def bindings() -> list[Binding]:
    """Textual's bindings for the whole table."""
    return [
        Binding(
            ",".join(key.keys),
            key.call,
            key.title,
            show=bool(key.short),
            key_display=key.shown,
            priority=key.priority,
            id=key.id,
        )
        for key in KEYS
    ]


def by_action(action: str, argument: str = "") -> Key | None:
    """The row whose action this is."""
    found = (k for k in KEYS if k.action == action and k.argument == argument)
    return next(found, None)


def usable(capabilities: "Capabilities", rows: tuple[Key, ...] = KEYS) -> tuple[Key, ...]:
    """The keys of `rows` that a session with these capabilities can do."""
    return tuple(key for key in rows if key.usable(capabilities))


KEPT = {"app.leave": "ctrl+c"}
"""Keys that stay whatever else is changed: there is always a way out."""
_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_NAMES = frozenset(key.value for key in Keys if "+" not in key.value and "<" not in key.value)
_SAME = {"return": "enter", "esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}
_SHOWN = {"escape": "esc", "pageup": "pgup", "pagedown": "pgdn", "delete": "del"}
_NEVER = "<ignore>"
"""Textual's name for a key that no terminal sends: an empty one would leave the old key."""
_SHOWN_CELLS = 7
"""Cells that the help has for the keys of a row."""


def apply(
    keys: Iterable[Key],
    overrides: Mapping[str, tuple[str, ...]],
    places: Mapping[str, str] | None = None,
) -> tuple[Key, ...]:
    """The table with other keys: `overrides` has the keys by id, as people write them.

    An empty tuple takes the key away, and with it the row. `places` has "file:line" by
    "keys.ID" for messages. Raises ConfigError for an id that does not exist, a name that is no
    key, and a key that would do two things.
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
    """All that is wrong with `overrides`: id, words and hint of each."""
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
            continue  # it is meant so: two places that never meet
        # The row that was changed is the wrong one; of two, the one further down.
        its, mine = sorted((one, other), key=lambda row: (row.id in right, _line(places, row)))
        tell(mine.id, f"{display(key)} is given to {mine.id} and to {its.id}")
    return found


def keymap(keys: Iterable[Key], applied: Iterable[Key]) -> dict[str, str]:
    """What `App.set_keymap` takes to turn the bindings of `keys` into those of `applied`."""
    now = {key.id: ",".join(key.keys) for key in applied}
    return {
        key.id: now.get(key.id, _NEVER) for key in keys if now.get(key.id) != ",".join(key.keys)
    }


def named(text: str) -> str:
    """Textual's name of a key: `question_mark` for `?`, `ctrl+s` for `Ctrl+S`; else ""."""
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
    """The character whose key has this name, such as `?`; "" when there is none."""
    if len(name) == 1:
        return name
    if name in _ASCII:
        return _ASCII[name]
    found = ""
    with suppress(KeyError):
        found = unicodedata.lookup(name.replace("_", " ").upper())
    return found if _of_character(found) == name else ""


_ASCII = {_of_character(c): c for c in map(chr, range(33, 127)) if not c.isalnum()}
"""The characters of a keyboard by the names of their keys."""


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
    """Pairs of rows that have a key in common."""
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
