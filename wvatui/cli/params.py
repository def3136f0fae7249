"""What flags are made of: durations, sizes, options with their variable; and what the configuration
file may say of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from wvatui.config import settings

STDIN = "-"
"""The name of a file that means standard input."""
F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    """Seconds, written as 90s, 30m or 1h30m."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, int | float):
            return float(value)
        try:
            return settings.duration_s(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Size(click.ParamType[int]):
    """Bytes, written as 500k, 100M or 2G."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        if isinstance(value, int):
            return value
        try:
            return settings.size_bytes(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def option(*names: str, **attributes: Any) -> Callable[[F], F]:
    """An option with its WVATUI_… variable, shown in the help."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = "WVATUI_" + long.lstrip("-").replace("-", "_").upper()
    attributes.setdefault("envvar", variable)
    return click.option(*names, show_envvar=True, **attributes)


def together(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several decorators as one."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def all_verbs() -> click.Group:
    """The program's group of verbs, for a verb that needs the flags of all."""
    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)
    return root


def of_verbs(group: click.Group) -> dict[str, dict[str, settings.Flag]]:
    """The flags of every verb by name; of a group (`config`) those of all its verbs together."""
    verbs: dict[str, dict[str, settings.Flag]] = {}
    for verb, command in group.commands.items():
        flags: dict[str, settings.Flag] = {}
        parts = command.commands.values() if isinstance(command, click.Group) else (command,)
        for part in parts:
            for param in part.params:
                if isinstance(param, click.Option) and param.name:
                    flags[param.name] = _flag(param)
        verbs[verb] = flags
    return verbs


def defaults(group: click.Group, path: Path) -> dict[str, Any]:
    """What the configuration file says, as click's default map. Raises ConfigError."""
    file = settings.read_file(path)
    if not file.exists:
        return {}  # without having imported every verb for its flags
    defaults: dict[str, Any] = {}
    for verb, values in settings.default_map(file, of_verbs(group)).items():
        command = group.commands[verb]
        if isinstance(command, click.Group):
            defaults[verb] = dict.fromkeys(command.commands, values)
        else:
            defaults[verb] = values
    return defaults


def _flag(option: click.Option) -> settings.Flag:
    kind = option.type

    def wrong(value: object) -> str:
        words = _wrong_kind(option, value)
        if words:
            return words
        try:
            kind.convert(value, option, None)
        except click.BadParameter as error:
            return error.message
        return ""

    default = option.default if isinstance(option.default, str | int | float | bool) else None
    if option.is_flag and default is None:
        default = False
    variable = option.envvar if isinstance(option.envvar, str) else ""
    return settings.Flag(option.name or "", variable, default, wrong)


def _wrong_kind(option: click.Option, value: object) -> str:
    """Words when a value of the file has not even the right kind; click would take `"no"` for
    true and 3 for a name."""
    kind = option.type
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if option.is_flag:
        return (
            "" if isinstance(value, bool) else f"must be true or false, not {settings.shown(value)}"
        )
    if isinstance(kind, Duration):
        right = number or isinstance(value, str)
        return "" if right else f'must be a duration such as "90s", not {settings.shown(value)}'
    if isinstance(kind, Size):
        right = isinstance(value, str) or (number and isinstance(value, int))
        return "" if right else f'must be a size such as "100M", not {settings.shown(value)}'
    if isinstance(kind, click.types.IntParamType):
        right = number and isinstance(value, int)
        return "" if right else f"must be a whole number, not {settings.shown(value)}"
    if isinstance(kind, click.types.FloatParamType):
        return "" if number else f"must be a number, not {settings.shown(value)}"
    return (
        "" if isinstance(value, str) else f"must be a text in quotes, not {settings.shown(value)}"
    )
