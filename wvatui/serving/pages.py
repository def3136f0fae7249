"""The pages, and the few files that they need: ours, and the terminal that textual-serve brings."""

import html
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import NamedTuple

_OURS = files("wvatui.serving") / "assets"
_THEIRS = files("textual_serve") / "static"
FONT_SIZES = range(6, 49)


class PageFile(NamedTuple):
    """Content and type of a file."""

    content: bytes
    type: str


def static_files() -> Mapping[str, PageFile]:
    """Every file that is served, by name; nothing else ever is."""
    script, style, font = "text/javascript", "text/css", "font/ttf"
    return {
        "page.js": PageFile((_OURS / "page.js").read_bytes(), script),
        "page.css": PageFile((_OURS / "page.css").read_bytes(), style),
        "icon.svg": PageFile((_OURS / "icon.svg").read_bytes(), "image/svg+xml"),
        "textual.js": PageFile((_THEIRS / "js" / "textual.js").read_bytes(), script),
        "xterm.css": PageFile((_THEIRS / "css" / "xterm.css").read_bytes(), style),
        "mono.ttf": PageFile(
            (_THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf").read_bytes(), font
        ),
    }


def screen(title: str, font_size: str) -> str:
    """The page with the terminal. `font_size`: as the address asks, in pixels."""
    size = int(font_size) if font_size.isascii() and font_size.isdigit() else 0
    return _page("screen.html", title=title, font_size=str(size if size in FONT_SIZES else 14))


def words(title: str, text: str) -> str:
    """A page that only says something."""
    return _page("words.html", title=title, text=text)


def _page(name: str, **values: str) -> str:
    template = Template((_OURS / name).read_text(encoding="utf-8"))
    return template.substitute({key: html.escape(value) for key, value in values.items()})
