"""What the screen begins with: the tables [ui] and [keys] of the configuration file.

[ui]
view = "pods"            # WVATUI_VIEW: one of `VIEWS`
window = "30m"           # WVATUI_WINDOW: what the charts show; 0: as long as the session is
clock = "local"          # WVATUI_CLOCK: one of `CLOCKS`
theme = "dusk"           # WVATUI_THEME, --theme

[ui.columns]             # per table, in the order shown
pods = ["pod", "state", "kv"]

[keys]                   # what a key does is named by its id: `wvatui config show`
"view.freeze" = ["f", "F5"]
"""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from wvatui.config import paths
from wvatui.config.settings import (
    SCREEN_TABLES,
    Problem,
    SettingsFile,
    duration_s,
    nearest,
    read_file,
    shown,
)
from wvatui.config.toml_lines import TomlPlace
from wvatui.core.lines import clean
from wvatui.errors import ConfigError, UsageError

VIEWS: Mapping[str, str] = {
    "overview": "overview",
    "pods": "pods",
    "latency": "latency and throughput",
    "decisions": "decisions",
    "logs": "log",
    "load": "load",
    "scaling": "changes of replicas",
    "whatif": "what if",
    "health": "health",
}
"""The views with their titles: each is a file of `ui.views`. A view that is not a page of another
one has a digit, in this order."""
PAGES: Mapping[str, str] = {"scaling": "decisions", "whatif": "decisions", "health": ""}
"""Views without a digit: each is a page of another view, except health, which opens over any of
them."""
CLOCKS: Mapping[str, str] = {"utc": "UTC", "local": "local time", "t+": "time since the start"}
"""The clocks that the screen can show, in words."""
DEFAULTS: Mapping[str, str] = {"view": "overview", "window": "0", "clock": "utc"}
"""The default of each setting, as it is written in the file."""
VARIABLES = {"view": "WVATUI_VIEW", "window": "WVATUI_WINDOW", "clock": "WVATUI_CLOCK"}
CHOICES: Mapping[str, Collection[str]] = {"view": VIEWS, "clock": CLOCKS}


def tab_of(id_: str) -> str:
    """The view with a digit to which this page belongs, or the view itself; empty for one that
    opens over any view."""
    return PAGES.get(id_, id_)


@cache
def pages_of(id_: str) -> tuple[str, ...]:
    """All pages of the view that this one belongs to, in order; a view without pages is its only
    one."""
    return tuple(each for each in VIEWS if tab_of(each) == tab_of(id_)) or (id_,)


def digits() -> tuple[str, ...]:
    """The views that have a digit, starting with 1."""
    return tuple(id_ for id_ in VIEWS if id_ not in PAGES)


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The user's settings for the start of the screen."""

    view: str = "overview"
    """One of `VIEWS`."""
    window_s: float = 0.0
    """Seconds that the charts show; 0: the session so far, at most an hour."""
    clock: str = "utc"
    """One of `CLOCKS`."""
    theme: str = ""
    """Name of a theme; empty: the default. `--theme` is already taken into account."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the columns to show, in order, by table (the id of its panel)."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys by the id of their action, as the user wrote them; () removes the action's keys."""
    places: Mapping[str, str] = field(default_factory=dict)
    """`file:line` of each setting in the file: "keys.view.freeze", "ui.columns.pods"."""


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> UiSettings:
    """The settings: variables take precedence over the file, the file over defaults.

    Raises ConfigError for the first problem in the file, with file and line, and UsageError for a
    wrong variable. Ids of keys and columns are checked where they are known (`wvatui.ui.keys`).
    """
    file = read_file(path or paths.config_file())
    for problem in problems(file):
        raise problem.error(file.path)
    environ = os.environ if environ is None else environ
    ui = {**DEFAULTS, **file.data.get("ui", {})}
    for key, variable in VARIABLES.items():
        if environ.get(variable):
            ui[key] = environ[variable]
            if words := wrong(key, ui[key]):
                raise UsageError(f"{variable} {words}")
    return replace(
        well_formed(file),
        view=ui["view"],
        window_s=seconds(ui["window"]),
        clock=ui["clock"],
        theme=environ.get("WVATUI_THEME") or ui.get("theme", "") or file.data.get("theme", ""),
    )


def well_formed(file: SettingsFile) -> UiSettings:
    """Columns and keys of a file as far as they have the right form; other problems are ignored."""
    ui, keys = (
        table if isinstance(table := file.data.get(name, {}), dict) else {}
        for name in SCREEN_TABLES
    )
    tables = ui.get("columns", {})
    rows = tables.items() if isinstance(tables, dict) else ()
    columns = {name: tuple(ids) for name, ids in rows if _texts(ids)}
    given = {at: value for at, value in flat(keys) if isinstance(value, str) or _texts(value)}
    places = {"keys." + ".".join(place): file.where(("keys", *place)) for place in given}
    places |= {f"ui.columns.{name}": file.where(("ui", "columns", name)) for name in columns}
    return UiSettings(
        columns=columns,
        keys={".".join(place): _keys_of(value) for place, value in given.items()},
        places=places,
    )


def seconds(value: str | float) -> float:
    """A window in seconds. Raises ValueError with a message for the user."""
    return duration_s(value if isinstance(value, str) else str(value))


def wrong(key: str, value: object) -> str:
    """What is wrong with `value` for a setting of [ui], in words; empty: it is right."""
    if key in CHOICES:
        if not isinstance(value, str):
            return f"must be a text in quotes, not {shown(value)}"
        choices = ", ".join(CHOICES[key])
        return "" if value in CHOICES[key] else f"must be one of {choices}, not {shown(value)}"
    if key == "window":
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return f'must be a duration such as "30m", or 0, not {shown(value)}'
        try:
            seconds(value)
        except ValueError as error:
            return f"is wrong: {clean(str(error))}"
        return ""
    return "" if isinstance(value, str) else f"must be a text in quotes, not {shown(value)}"


def check_columns(asked: UiSettings, known: Mapping[str, Collection[str]]) -> None:
    """Raise ConfigError for a table or column that does not exist; `known`: the ids of the columns
    of every table that has some."""
    for name, words, hint in wrong_columns(asked.columns, known):
        place = asked.places.get(f"ui.columns.{name}", "")
        raise ConfigError(f"{place}: {words}" if place else words, hint=hint)


def wrong_columns(
    columns: Mapping[str, tuple[str, ...]], known: Mapping[str, Collection[str]]
) -> list[tuple[str, str, str]]:
    """Every problem with `columns`: table, description and hint."""
    wrong = []
    for name, ids in columns.items():
        if name not in known:
            hint = nearest(name, known, "tables are")
            wrong.append((name, f"no table is called {clean(name)!r}", hint))
            continue
        for column in ids:
            if column not in known[name]:
                hint = nearest(column, known[name], "it has")
                wrong.append((name, f"{name} has no column {clean(column)!r}", hint))
    return wrong


def flat(table: Mapping[str, Any], above: TomlPlace = ()) -> Iterator[tuple[TomlPlace, Any]]:
    """Key and value pairs of [keys]; unquoted, `view.freeze = "f"` is a nested table in TOML."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, (*above, name))
        else:
            yield (*above, name), value


def _keys_of(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def problems(file: SettingsFile) -> list[Problem]:
    """Every problem in [ui] and [keys], except with ids that only the screen knows."""
    listed = [
        file.problem((name,), f"{name} must be a table: [{name}]")
        for name in SCREEN_TABLES
        if not isinstance(file.data.get(name, {}), dict)
    ]
    if listed:
        return listed
    for key, value in file.data.get("ui", {}).items():
        if key == "columns":
            listed += _columns(file, value)
        elif key not in (*DEFAULTS, "theme"):
            hint = nearest(key, (*DEFAULTS, "theme", "columns"), "it has")
            listed.append(file.problem(("ui", key), f"ui has no setting {clean(key)!r}", hint))
        elif words := wrong(key, value):
            listed.append(file.problem(("ui", key), f"{key} {words}"))
    for place, value in flat(file.data.get("keys", {})):
        if not (isinstance(value, str) or _texts(value)):
            text = f"{clean('.'.join(place))} must be a key or a list of keys, not {shown(value)}"
            listed.append(file.problem(("keys", *place), text))
    return listed


def _columns(file: SettingsFile, tables: object) -> list[Problem]:
    if not isinstance(tables, dict):
        return [file.problem(("ui", "columns"), "columns must be a table: [ui.columns]")]
    wrong = []
    for name, ids in tables.items():
        place = ("ui", "columns", name)
        if not _texts(ids) or not ids:
            text = f'columns of {clean(name)} must be a list such as ["pod", "kv"]'
            wrong.append(file.problem(place, f"{text}, not {shown(ids)}"))
        elif twice := [column for column in ids if ids.count(column) > 1]:
            wrong.append(file.problem(place, f"{clean(name)} names {shown(twice[0])} twice"))
    return wrong


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
