"""`wvatui themes`: every theme as it looks, before it is chosen.

On a terminal with colours each theme is drawn on its own ground: the states with their sign and
word, the colours of text, the lines of a chart. Anywhere else it is one name a line.
"""

import json
import os
import sys
from typing import TextIO

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from wvatui.ui.line import Line, clip, width_of
from wvatui.ui.panels.replicas import STATE_STYLES
from wvatui.ui.safe import safe
from wvatui.ui.symbols import ASCII, UNICODE, Symbols, plain
from wvatui.ui.themes import SERIES, Found, Palette, listing

STATES = ("ok", "warm", "saturated", "starting", "draining", "gone")
"""Of a replica, in the order of how much they matter while it lives."""
WIDTH = 76
"""Cells of a preview, at most."""


def show(form: str, *, unicode: bool = True) -> None:
    """Print all themes on standard output, and on standard error what is wrong with a file.

    `form`: text or json.
    """
    found = listing()
    if form == "json":
        sys.stdout.write(json.dumps([_row(one) for one in found], indent=2) + "\n")
        return
    if colourful(sys.stdout):
        console = Console(file=sys.stdout, highlight=False)
        for one in found:
            if one.palette is not None:
                _draw(console, one, one.palette, UNICODE if unicode else ASCII)
    else:
        for one in found:
            if one.palette is not None:
                sys.stdout.write(safe(one.name) + "\n")
    for one in found:
        if one.error:
            sys.stderr.write(f"wvatui: {safe(one.error)}\n")


def colourful(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows colours and a person who wants them."""
    terminal = os.environ.get("TERM", "")
    return stream.isatty() and not os.environ.get("NO_COLOR") and terminal not in ("", "dumb")


def lines(found: Found, symbols: Symbols, width: int) -> list[Line]:
    """The preview of one theme, each line exactly `width` cells."""
    title = safe(found.palette.title, 60) if found.palette is not None else ""
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
        (safe(found.name, 40), "bold primary"),
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


def _draw(console: Console, found: Found, palette: Palette, symbols: Symbols) -> None:
    ground = Style(color=palette.colors["foreground"], bgcolor=palette.colors["background"])
    for line in lines(found, symbols, min(WIDTH, console.width)):
        spans = [Segment(text, ground + palette.style(style)) for text, style in line]
        console.print(Segments([*spans, Segment.line()]), end="")
    console.print()


def _row(found: Found) -> dict[str, object]:
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
