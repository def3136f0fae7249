"""Themes: TOML files, checked whole before anything is drawn with them.

A theme is `NAME.toml` in `themes/` of the checkout, or in `wvatui/themes` of an installed wheel, or
in the user's own folder (`config.paths.user_themes`), which wins. Adding one is adding a file: it
needs `title`, `dark`, and the colours named in `SCREEN`, `STATE` and `CHART`, each as `#rrggbb`.
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
"""Lines of a chart that have a colour of their own."""
_VGA = (
    *("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa"),
    *("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"),
)
"""The 16 colours of a terminal, by number: what Rich takes for the nearest of them becomes it."""
_SIXTEEN_STATES = {True: (10, 11, 9, 7, 14), False: (2, 3, 1, 8, 6)}
_SIXTEEN_LINES = {True: (12, 13, 15, 6, 5, 3, 2, 4), False: (4, 5, 0, 12, 13, 14, 10, 11)}
"""States, and lines of charts, on dark and on light ground: none has the colour of another."""


@dataclass(frozen=True)
class Palette:
    """One theme, ready to draw: Textual's theme, and a Rich style for each style name.

    A style name is one of the colours' names, `s1` to `s8` for the lines of a chart, `label`,
    and optionally `bold`, `dim`, `reverse` or `on` (on the selection) in front, separated by
    blanks.
    """

    name: str
    title: str
    theme: Theme
    colors: dict[str, str]

    def style(self, name: str) -> Style:
        """The Rich style for a style name; an unknown word is an error in the program."""
        return _style(self, name)

    def in_sixteen(self) -> "Palette":
        """The same for a terminal of 16 colours: there the nearest of them would be the same for
        lines and for states, such as saturated."""
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
    """One theme file: what it is called, where it lies, and what became of reading it."""

    name: str
    path: Path
    own: bool
    """It lies in the user's folder."""
    replaces: bool
    """It is the user's and has the name of one that comes with wvatui."""
    palette: Palette | None
    """None: the file is wrong, and `error` says how."""
    error: str = ""

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        if not self.own:
            return "comes with wvatui"
        return "yours, in place of the one that comes with wvatui" if self.replaces else "yours"


def folders() -> tuple[Path, ...]:
    """Where theme files that come with wvatui may lie: inside the package (wheel), or beside it
    (checkout)."""
    package = Path(__file__).resolve().parents[1]
    return (package / "themes", package.parent / "themes")


def _files() -> dict[str, Path]:
    """The file of each theme by name; a user's own wins."""
    themes: dict[str, Path] = {}
    for folder in (paths.user_themes(), *folders()):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            if path.is_file():
                themes.setdefault(path.stem, path)
    return themes


def available() -> tuple[str, ...]:
    """Names of all themes, sorted; one of them may turn out to be wrong."""
    return tuple(sorted(_files()))


def listing() -> tuple[FoundTheme, ...]:
    """Every theme there is, sorted by name, also the wrong ones."""
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
    """The theme that follows `name` in the listing, round and round; wrong ones are skipped.

    The default where nothing else can be read.
    """
    right = [theme.palette for theme in listing() if theme.palette is not None]
    later = [palette for palette in right if palette.name > name]
    return (later or right or [load()])[0]


def load(name: str = "") -> Palette:
    """The theme `name` (empty: the default). ConfigError names the file and key when wrong."""
    wanted = name or DEFAULT
    # `wanted` is a name, not a path: only what lies in the folders is looked up.
    path = _files().get(wanted)
    if path is None:
        raise ConfigError(f"no theme named {wanted!r}", hint=f"themes: {', '.join(available())}")
    return read(path)


def read(path: Path) -> Palette:
    """The theme in one file."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, nested without an end
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
    # A wrong theme passes Textual's registration and breaks the screen later.
    theme.to_color_system().generate()
    return theme
