"""Config: every setting with where it comes from, and all that is wrong in the file."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from wvatui.cli.params import FORM, all_verbs, of_verbs
from wvatui.cli.values import Duration, Size
from wvatui.config import paths, settings, ui_settings
from wvatui.config.settings import Flag, Problem, SettingsFile, read_file
from wvatui.core.lines import clean
from wvatui.errors import ConfigError
from wvatui.host import console

Verbs = Mapping[str, Mapping[str, Flag]]
"""The flags of each verb by name."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value as the file would write it, and where it comes from."""

    name: str
    value: Any
    origin: str
    """One of "default", "file" and "environment"."""
    place: str = ""
    """`file:line`, or the name of the variable."""


@click.group()
def config() -> None:
    """Show and check the configuration file."""


@config.command("path")
def config_path() -> None:
    """Print the path of the file, whether it exists or not."""
    console.out(str(paths.config_file()))


@config.command("show")
@FORM
def config_show(output: str) -> None:
    """Print every setting with its value and where it comes from."""
    sys.exit(show(paths.config_file(), of_verbs(all_verbs()), output))


@config.command("validate")
def config_validate() -> None:
    """Check the whole file.

    Exit code 0 when it is valid or absent, 2 when it is not.
    """
    sys.exit(validate(paths.config_file(), of_verbs(all_verbs())))


@config.command("schema")
def config_schema() -> None:
    """Print a JSON Schema of the file, for editors that complete and check TOML."""
    console.out_json(schema(all_verbs()))


# --- what may stand in it -------------------------------------------------------------------


def schema(group: click.Group) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the configuration file."""
    from wvatui.load.profiles import profiles
    from wvatui.ui.keys import KEYS
    from wvatui.ui.panels import PANELS

    verbs = {verb: _flags_schema(command) for verb, command in group.commands.items()}
    flags = {
        name: _for_all([of[name] for of in verbs.values() if name in of])
        for name in dict.fromkeys(name for of in verbs.values() for name in of)
    }
    text = {"type": "string"}
    either = {"type": ["string", "number"]}
    names = {"type": "array", "items": text}
    columns = {panel.id: names for panel in PANELS if panel.columns}
    ui = {
        name: {"enum": list(ui_settings.CHOICES[name])} if name in ui_settings.CHOICES else text
        for name in ("view", "clock", "theme")
    }
    tables = {verb: _object(made) for verb, made in verbs.items() if made}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "wvatui config.toml",
        **_object(
            flags
            | tables
            | {
                "ui": _object({**ui, "window": either, "columns": _object(columns)}),
                # Unquoted, `view.freeze = "f"` is a nested table in TOML.
                "keys": {
                    "type": "object",
                    "properties": {key.id: {"anyOf": [text, names]} for key in KEYS},
                },
                "profiles": {
                    "type": "object",
                    "additionalProperties": _object({key: {} for key in profiles.KEYS}),
                },
            }
        ),
    }


def _for_all(made: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema of a flag at the top level of the file, where it holds for every verb that has
    it."""
    kinds = [{key: value for key, value in one.items() if key != "description"} for one in made]
    distinct = [kind for place, kind in enumerate(kinds) if kind not in kinds[:place]]
    return made[0] if len(distinct) == 1 else {"allOf": distinct}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _flags_schema(command: click.Command) -> dict[str, Any]:
    """The schema of a verb's table, by the flags' names with underscores."""
    parts = command.commands.values() if isinstance(command, click.Group) else (command,)
    known = set(of_verbs(click.Group("one", commands={"one": command}))["one"])
    return {
        param.name: _flag_schema(param)
        for part in parts
        for param in part.params
        if isinstance(param, click.Option) and param.name in known
    }


def _flag_schema(param: click.Option) -> dict[str, Any]:
    made: dict[str, Any] = {"description": param.help or ""}
    kind = param.type
    if param.is_flag:
        made["type"] = "boolean"
    elif isinstance(kind, click.Choice):
        made["enum"] = list(kind.choices)
    elif isinstance(kind, Duration):
        made["type"] = ["string", "number"]
    elif isinstance(kind, Size):
        made["type"] = ["string", "integer"]
    elif isinstance(kind, click.types.IntParamType):
        made["type"] = "integer"
    elif isinstance(kind, click.types.FloatParamType):
        made["type"] = "number"
    else:
        made["type"] = "string"
    return made


# --- what is wrong --------------------------------------------------------------------------


def problems(file: SettingsFile, verbs: Verbs) -> list[Problem]:
    """Every problem in the file, in the order of its lines."""
    from wvatui.load.profiles import profiles

    problems_found = settings.problems(file, verbs) + profiles.problems(file)
    problems_found += ui_settings.problems(file) + _of_the_screen(file)
    return sorted(problems_found, key=lambda problem: problem.line)


def _of_the_screen(file: SettingsFile) -> list[Problem]:
    """The problems that only the screen can find: unknown themes, columns and keys."""
    if not file.exists:
        return []
    from wvatui.ui import theme
    from wvatui.ui.keys import KEYS
    from wvatui.ui.panels import PANELS
    from wvatui.ui.rebinding import wrong

    problems = []
    for place, name in _themes(file):
        try:
            theme.load(name)
        except ConfigError as error:
            problems.append(file.problem(place, f"theme: {error.message}", error.hint))
    asked = ui_settings.well_formed(file)
    tables = {panel.id: panel.columns for panel in PANELS if panel.columns}
    unknown = [
        *(
            (f"ui.columns.{n}", *how)
            for n, *how in ui_settings.wrong_columns(asked.columns, tables)
        ),
        *((f"keys.{n}", *how) for n, *how in wrong(KEYS, asked.keys, asked.places)),
    ]
    for name, words, hint in unknown:
        line = asked.places[name].rpartition(":")[2]
        problems.append(Problem(int(line) if line.isdecimal() else 0, words, hint))
    return problems


def _themes(file: SettingsFile) -> list[tuple[tuple[str, ...], str]]:
    tables = {(): file.data} | {
        (name,): value for name, value in file.data.items() if isinstance(value, dict)
    }
    return [
        ((*place, "theme"), table["theme"])
        for place, table in tables.items()
        if isinstance(table.get("theme"), str) and table["theme"] and place != ("keys",)
    ]


def validate(path: Path, verbs: Verbs) -> int:
    """Print every problem in the file on standard error; returns the exit code, 2 or 0."""
    file = read_file(path)
    wrong = problems(file, verbs)
    for problem in wrong:
        console.err(problem.told(path), *[f"        {problem.hint}"] * bool(problem.hint))
    if wrong:
        return ConfigError.exit_code
    console.err(f"{path}: " + ("all right" if file.exists else "no such file; the defaults hold"))
    return 0


# --- what there is --------------------------------------------------------------------------


def show(path: Path, verbs: Verbs, form: str) -> int:
    """Print every setting with its value and where it comes from; `form`: text or json.

    Returns the exit code: 2 when the file is wrong, which standard error then reports.
    """
    file = read_file(path)
    rows = [*_flags(file, verbs), *_screen(file)]
    if form == "json":
        out = [
            {"setting": r.name, "value": r.value, "from": r.origin, "place": r.place} for r in rows
        ]
        console.out_json(out)
    else:
        console.out(*_table(rows))
    return validate(path, verbs) if problems(file, verbs) else 0


def _flags(file: SettingsFile, verbs: Verbs) -> list[Setting]:
    """The flags: one row where all verbs that have a flag agree on its value, else one for each
    verb."""
    names = list(dict.fromkeys(name for flags in verbs.values() for name in flags))
    rows = []
    for name in names:
        of = {
            verb: _flag(file, verb, flags[name]) for verb, flags in verbs.items() if name in flags
        }
        first = next(iter(of.values()))
        if all(row == first for row in of.values()) and len(of) > 1:
            rows.append(first)
        else:
            rows += [
                Setting(f"{verb}.{name}", row.value, row.origin, row.place)
                for verb, row in of.items()
            ]
    return rows


def _flag(file: SettingsFile, verb: str, flag: Flag) -> Setting:
    if flag.variable and os.environ.get(flag.variable):
        return Setting(flag.name, os.environ[flag.variable], "environment", flag.variable)
    places = [(verb, flag.name), (flag.name,)]
    if flag.name == "theme":
        places.append(("ui", "theme"))
    for place in places:
        table: Any = file.data
        for part in place[:-1]:
            table = table.get(part, {})
        if isinstance(table, dict) and not isinstance(table.get(flag.name, {}), dict):
            return Setting(flag.name, table[flag.name], "file", file.where(place))
    return Setting(flag.name, flag.default, "default")


def _screen(file: SettingsFile) -> list[Setting]:
    from wvatui.ui.keys import KEYS
    from wvatui.ui.rebinding import display

    tables = {name: file.data.get(name, {}) for name in settings.SCREEN_TABLES}
    ui, keys = (t if isinstance(t, dict) else {} for t in (tables["ui"], tables["keys"]))
    rows = []
    for name, default in ui_settings.DEFAULTS.items():
        variable = ui_settings.VARIABLES[name]
        if os.environ.get(variable):
            rows.append(Setting(f"ui.{name}", os.environ[variable], "environment", variable))
        elif name in ui:
            rows.append(Setting(f"ui.{name}", ui[name], "file", file.where(("ui", name))))
        else:
            rows.append(Setting(f"ui.{name}", default, "default"))
    columns = ui.get("columns", {})
    for name, ids in columns.items() if isinstance(columns, dict) else ():
        place = ("ui", "columns", name)
        rows.append(Setting(f"ui.columns.{name}", ids, "file", file.where(place)))
    given = {".".join(place): (place, value) for place, value in ui_settings.flat(keys)}
    for key in KEYS:
        if key.id in given:
            at, value = given[key.id]
            rows.append(Setting(f"keys.{key.id}", value, "file", file.where(("keys", *at))))
        else:
            value = [display(name) for name in key.keys]
            rows.append(Setting(f"keys.{key.id}", value, "default"))
    return rows


def _table(rows: list[Setting]) -> list[str]:
    texts = [(row.name, _value(row.value), row.place or row.origin) for row in rows]
    first = max(len(name) for name, _, _ in texts) + 2
    second = min(30, max(len(value) for _, value, _ in texts)) + 2
    out = [f"{'SETTING':<{first}}{'VALUE':<{second}}FROM"]
    out += [
        f"{clean(name):<{first}}{value:<{second}}{clean(place)}" for name, value, place in texts
    ]
    return out


def _value(value: Any) -> str:
    """The value as the file would write it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool | str | int | float | list):
        return clean(json.dumps(value, ensure_ascii=False))
    return clean(str(value))
