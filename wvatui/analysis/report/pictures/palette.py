"""The colours of reports: those of the light and the dark theme, under the themes' names."""

import tomllib
from collections.abc import Mapping
from functools import cache

from wvatui.config import paths

_PARTS = ("screen", "state", "chart")


@cache
def colors(theme: str) -> Mapping[str, str]:
    """Each colour of a theme that comes with wvatui, by name, as #rrggbb; the lines of a chart are
    s1, s2 and so on."""
    text = (paths.shipped("themes") / f"{theme}.toml").read_text(encoding="utf-8")
    parts = tomllib.loads(text)
    named: dict[str, str] = {}
    for part in _PARTS:
        for name, value in parts[part].items():
            if isinstance(value, str):
                named[name] = value
            else:
                named |= {f"s{number}": each for number, each in enumerate(value, 1)}
    return named


def lines() -> tuple[str, ...]:
    """Names of the colours that lines take, in their order."""
    return tuple(f"s{number}" for number in range(1, 1 + sum(_is_line(n) for n in colors("light"))))


def _is_line(name: str) -> bool:
    return name[0] == "s" and name[1:].isdecimal()
