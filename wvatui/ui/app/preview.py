"""`wvatui themes`: a preview of every theme.

On a terminal with colours each theme is drawn on its own background: the states with symbol and
word, the colours of text, the lines of a chart. Anywhere else only the names are printed, one per
line.
"""

import os
import shutil
import sys

from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

from wvatui.host import console
from wvatui.ui.draw.line import Line, clip, width_of
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import ASCII, UNICODE, Symbols, plain
from wvatui.ui.panels.overview.replicas import STATE_STYLES
from wvatui.ui.theme import SERIES, FoundTheme, Palette, listing

STATES = ("ok", "warm", "saturated", "starting", "draining", "gone")
"""The states of a replica that a preview shows, in its order."""
WIDTH = 76
"""The greatest width of a preview, in cells."""


def show(form: str, *, unicode: bool = True) -> None:
    """Print all themes on standard output, and the faults of theme files on standard error.

    `form`: text or json.
    """
    found = listing()
    if form == "json":
        console.out_json([_row(one) for one in found])
        return
    if colourful():
        for one in found:
            if one.palette is not None:
                _draw(one, one.palette, UNICODE if unicode else ASCII)
    else:
        for one in found:
            if one.palette is not None:
                console.out(one.name)
    for one in found:
        if one.error:
            console.err(f"wvatui: {one.error}")


def colourful() -> bool:
    """Whether standard output is a terminal with colours that are not switched off."""
    terminal = os.environ.get("TERM", "")
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and terminal not in ("", "dumb")


def lines(found: FoundTheme, symbols: Symbols, width: int) -> list[Line]:
    """The preview of one theme, each line exactly `width` cells."""
    title = sanitize(found.palette.title, 60) if found.palette is not None else ""
    states: Line = ()
    for state in STATES:
        states += ((f"{symbols.replica[state]} {state}", STATE_STYLES[state]), ("  ", ""))
    stroke = symbols.bar_full * 4 if symbols.unicode else "####"
    series: Line = ()
    for number in range(1, SERIES + 1):
        series += ((f"{number}{stroke}", f"s{number}"), ("  ", ""))
    texts: Line = (
        ("text  ", ""),
        ("muted  ", "muted"),
        ("primary  ", "bold primary"),
        ("accent  ", "accent"),
        (" selected ", "on"),
        ("  ", ""),
        (symbols.threshold * 4, "threshold"),
        (" threshold  ", "threshold"),
        (symbols.gap * 3, "gap"),
        (" gap", "muted"),
    )
    head: Line = (
        (sanitize(found.name, 40), "bold primary"),
        ("  ", ""),
        (title, "bold"),
        (f"  {found.origin}", "muted"),
    )
    out = []
    for line in (head, states, texts, series):
        cut = clip((("  ", ""), *line), width, symbols.ellipsis)
        if not symbols.unicode:
            cut = tuple((plain(text), style) for text, style in cut)
        out.append((*cut, (" " * (width - width_of(cut)), "")))
    return out


def _draw(found: FoundTheme, palette: Palette, symbols: Symbols) -> None:
    ground = Style(color=palette.colors["foreground"], bgcolor=palette.colors["background"])
    pieces: list[tuple[str, str]] = []
    system = COLOR_SYSTEMS.get(Console(force_terminal=True).color_system or "256")
    for line in lines(found, symbols, min(WIDTH, shutil.get_terminal_size().columns)):
        for text, style in line:
            painted = (ground + palette.style(style)).render("x", color_system=system)
            before, _, after = painted.partition("x")
            pieces += [(before, text), (after, "")]
        pieces.append(("", "\n"))
    console.painted(*pieces, ("", "\n"))


def _row(found: FoundTheme) -> dict[str, object]:
    palette = found.palette
    return {
        "name": found.name,
        "title": palette.title if palette is not None else "",
        "dark": palette.theme.dark if palette is not None else None,
        "own": found.own,
        "replaces": found.replaces,
        "path": str(found.path),
        "error": found.error,
        "colors": palette.colors if palette is not None else {},
    }
