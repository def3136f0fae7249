"""Themes: TOML files, validated as a whole before anything is drawn with them.

A theme is `NAME.toml` in the user's folder (`config.paths.user_themes`, which takes precedence), in
`wvatui/themes` of an installed wheel, or in `themes/` of the checkout. A theme file needs `title`,
`dark`, and the colours named in `SCREEN`, `STATE` and `CHART`, each as `#rrggbb`.
"""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

from wvatui.config import paths
from wvatui.errors import ConfigError
from wvatui.ui.draw.sanitize import sanitize

DEFAULT = "dark"
SCREEN = (
    *("background", "surface", "foreground", "muted", "border"),
    *("primary", "accent", "selection"),
)
STATE = ("ok", "warn", "bad", "off", "info")
CHART = ("threshold", "mark", "gap")
SERIES = 8
"""The number of lines of a chart that have a colour of their own."""
_VGA = (
    *("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa"),
    *("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"),
)
"""The 16 colours of a terminal, by number. Rich replaces other colours by the nearest of these."""
_SIXTEEN_STATES = {True: (10, 11, 9, 7, 14), False: (2, 3, 1, 8, 6)}
_SIXTEEN_LINES = {True: (12, 13, 15, 6, 5, 3, 2, 4), False: (4, 5, 0, 12, 13, 14, 10, 11)}
"""Numbers of the colours of states and of chart lines, by whether the theme is dark. No state has
the colour of a line."""


@dataclass(frozen=True)
class Palette:
    """One valid theme: Textual's theme, and a Rich style for each style name.

    A style name is the name of a colour (`s1` to `s8` are the lines of a chart), optionally with
    `bold`, `reverse`, `underline` or `on` (on the background of the selection), separated by
    blanks.
    """

    name: str
    title: str
    theme: Theme
    colors: dict[str, str]

    def style(self, name: str) -> Style:
        """The Rich style for a style name. Raises KeyError for an unknown word, a bug."""
        return _style(self, name)

    def in_sixteen(self) -> "Palette":
        """The palette for a terminal with 16 colours, where the nearest colour of a line could
        otherwise be that of a state, such as saturated."""
        lines = [f"s{number}" for number in range(1, SERIES + 1)]
        numbers = (*_SIXTEEN_STATES[self.theme.dark], *_SIXTEEN_LINES[self.theme.dark])
        own = {n: _VGA[number] for n, number in zip((*STATE, *lines), numbers, strict=True)}
        return replace(self, colors=self.colors | own | {"threshold": own["warn"]})

    def __hash__(self) -> int:
        return hash(self.name)


@cache
def _style(palette: Palette, name: str) -> Style:
    flags: dict[str, Any] = {}
    for word in name.split():
        if word in ("bold", "reverse", "underline"):
            flags[word] = True
        elif word == "on":
            flags["bgcolor"] = palette.colors["selection"]
        else:
            flags["color"] = palette.colors[word]
    return Style(**flags)


@dataclass(frozen=True, slots=True)
class FoundTheme:
    """One theme file: its name, its path, and its palette or the error in it."""

    name: str
    path: Path
    own: bool
    """Whether the file is in the user's folder."""
    replaces: bool
    """Whether the file is the user's and replaces a theme of the same name in wvatui."""
    palette: Palette | None
    """None: the file is invalid, and `error` is the message."""
    error: str = ""

    @property
    def origin(self) -> str:
        """The origin of the theme, in words."""
        if not self.own:
            return "comes with wvatui"
        return "yours, in place of the one that comes with wvatui" if self.replaces else "yours"


def folders() -> tuple[Path, ...]:
    """The folders of the themes that come with wvatui: inside the package in a wheel, beside it in
    a checkout. One of them may not exist."""
    package = Path(__file__).resolve().parents[1]
    return (package / "themes", package.parent / "themes")


def _files() -> dict[str, Path]:
    """Name → file of every theme; the user's own file takes precedence."""
    themes: dict[str, Path] = {}
    for folder in (paths.user_themes(), *folders()):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            if path.is_file():
                themes.setdefault(path.stem, path)
    return themes


def available() -> tuple[str, ...]:
    """The names of all theme files, sorted, invalid ones included."""
    return tuple(sorted(_files()))


def listing() -> tuple[FoundTheme, ...]:
    """All theme files, read, sorted by name, invalid ones included."""
    own = paths.user_themes()
    out = []
    for name, path in sorted(_files().items()):
        mine = path.parent == own
        shipped = any((folder / path.name).is_file() for folder in folders())
        try:
            out.append(FoundTheme(name, path, mine, mine and shipped, read(path)))
        except ConfigError as error:
            out.append(FoundTheme(name, path, mine, mine and shipped, None, error.message))
    return tuple(out)


def after(name: str) -> Palette:
    """The next valid theme after `name` in the listing; after the last one the first.

    The default theme where no theme of the listing is valid.
    """
    right = [theme.palette for theme in listing() if theme.palette is not None]
    later = [palette for palette in right if palette.name > name]
    return (later or right or [load()])[0]


def load(name: str = "") -> Palette:
    """The theme `name`; empty: the default. Raises ConfigError for an unknown or invalid theme."""
    wanted = name or DEFAULT
    # `wanted` is a name, not a path: only the theme folders are searched.
    path = _files().get(wanted)
    if path is None:
        raise ConfigError(f"no theme named {wanted!r}", hint=f"themes: {', '.join(available())}")
    return read(path)


def read(path: Path) -> Palette:
    """The theme in one file. Raises ConfigError that names the file and the key at fault."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested too deeply
        raise ConfigError(f"{path}: not a theme: {error}") from error
    _only(path, data, "", ("title", "dark", "screen", "state", "chart"))
    dark = data.get("dark")
    if not isinstance(dark, bool):
        raise ConfigError(f"{path}: dark: must be true or false")
    colors: dict[str, str] = {}
    for section, keys in (("screen", SCREEN), ("state", STATE), ("chart", CHART)):
        table = data.get(section)
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: [{section}]: missing")
        _only(path, table, f"{section}.", (*keys, "series") if section == "chart" else keys)
        for key in keys:
            colors[key] = _color(path, f"{section}.{key}", table.get(key))
    series = data["chart"].get("series")
    if not isinstance(series, list) or len(series) != SERIES:
        raise ConfigError(f"{path}: chart.series: must be a list of {SERIES} colours")
    for number, value in enumerate(series, 1):
        colors[f"s{number}"] = _color(path, f"chart.series[{number - 1}]", value)
    title = data.get("title", path.stem)
    if not isinstance(title, str):
        raise ConfigError(f"{path}: title: must be a text")
    return Palette(path.stem, title, _textual(path, dark, colors), colors)


def _only(path: Path, table: dict[str, Any], prefix: str, keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            raise ConfigError(
                f"{path}: {prefix}{sanitize(key, 60)}: no such key", hint=f"keys: {', '.join(keys)}"
            )


def _color(path: Path, key: str, value: object) -> str:
    if value is None:
        raise ConfigError(f"{path}: {key}: missing")
    if not (isinstance(value, str) and len(value) == 7 and value.startswith("#")):
        raise ConfigError(f"{path}: {key}: {value!r} is no colour of the form #rrggbb")
    try:
        return Color.parse(value).hex.lower()
    except ColorParseError as error:
        raise ConfigError(f"{path}: {key}: {value!r} is no colour of the form #rrggbb") from error


def _textual(path: Path, dark: bool, colors: dict[str, str]) -> Theme:
    theme = Theme(
        name=f"wvatui-{path.stem}",
        primary=colors["primary"],
        secondary=colors["info"],
        warning=colors["warn"],
        error=colors["bad"],
        success=colors["ok"],
        accent=colors["accent"],
        foreground=colors["foreground"],
        background=colors["background"],
        surface=colors["surface"],
        panel=colors["surface"],
        dark=dark,
        variables={"border": colors["border"], "muted": colors["muted"]},
    )
    # Textual registers an invalid theme without an error and fails on it later.
    theme.to_color_system().generate()
    return theme
