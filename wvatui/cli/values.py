"""Kinds of values on the command line, and what is said of those that are wrong."""

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from wvatui.config import settings

STDIN = "-"
"""The file name that means standard input."""
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


class FiniteNumber(click.FloatRange):
    """A number in a range; click's own lets one that is not a number through."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


def argument(name: str, **attributes: Any) -> Callable[[F], F]:
    """An argument that is not empty where it is given: an empty path would be the current folder,
    and comes from a variable of a script that is not set."""
    return click.argument(name, callback=_given, **attributes)


def _given(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    texts = value if isinstance(value, tuple) else (value,)
    if "" in texts and ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
        raise click.BadParameter("is empty: is a variable not set?")
    return value


def called(file: str) -> str:
    """The name of a file in messages."""
    from wvatui.recording.reader import STDIN_NAME

    return STDIN_NAME if file == STDIN else file


_PLAIN = (
    (r"is not in the range (\S+)<=x<=(\S+)", r"is not from \1 to \2"),
    (r"is not in the range x>=(\S+)", r"is less than \1"),
    (r"is not in the range x>(\S+)", r"is not more than \1"),
    (r"is not a valid integer( range)?", "is not a whole number"),
    (r"is not a valid float( range)?", "is not a number"),
    (r"is not a valid boolean.*", "is neither true nor false"),
)
"""What click says of a wrong value, and the same in plain words."""


def plain(words: str) -> str:
    """What click says of a wrong value, in plain words."""
    for pattern, plainer in _PLAIN:
        words = re.sub(pattern, plainer, words)
    return words.rstrip(".")
