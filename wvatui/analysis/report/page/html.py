"""Writes the page as one HTML file without scripts, other files or hosts; colours follow the
reader's theme.

Every text is escaped here and nowhere else, and the page's own policy allows only styles.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import count, groupby
from pathlib import Path
from typing import get_args

from wvatui.analysis.compare.verdicts import VerdictWord
from wvatui.analysis.report.page.blocks import (
    FactsBlock,
    FigureBlock,
    KeyFiguresBlock,
    PageBlock,
    PageSection,
    TableBlock,
    WordsBlock,
)
from wvatui.analysis.report.pictures.palette import colors
from wvatui.core.decisions.scaling_decision import Verdict
from wvatui.core.lines import clean

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
FEW = 2
"""Most columns of a table that stays a table on a phone; of a wider one, each row becomes a
block."""
SHORT = 18
"""Most characters of a cell that is kept on one line."""
LONG_WORD = 20
"""Words with more characters than this may be broken, such as names and JSON."""
_WORDS = frozenset((*get_args(VerdictWord), *get_args(Verdict), "blocked", "warning"))
"""Texts of cells that have a CSS class of their own."""


def page(title: str, sections: Sequence[PageSection], remarks: Iterable[str] = ()) -> str:
    """The whole file."""
    names = [f"s{number}" for number in range(1, len(sections) + 1)]
    lines = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{safe(title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>",
        f"<header>\n<h1>{safe(title)}</h1>",
        *(f'<p class="missing">{safe(remark)}</p>' for remark in remarks),
        "</header>\n<main>",
        *_sections(sections, names),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(lines)


def safe(text: str) -> str:
    """Text from any source, escaped for the page."""
    return escape(clean(text))


def _contents(sections: Sequence[PageSection], names: Sequence[str]) -> Iterator[str]:
    """Links to the sections except the first; for several runs, to each run."""
    yield "<nav>"
    before = None
    for section, name in [*zip(sections, names, strict=True)][1:]:
        if section.run and section.run == before:
            continue
        before = section.run
        yield f'<a href="#{name}">{safe(section.run or section.title)}</a>'
    yield "</nav>"


def _sections(sections: Sequence[PageSection], names: Sequence[str]) -> Iterator[str]:
    """Each section; the contents follow the first one, the overview."""
    number = count(1)
    before = ""
    for section, name in zip(sections, names, strict=True):
        if name == "s2":
            yield from _contents(sections, names)
        kind = ' class="glance"' if name == "s1" else ""
        yield f'<section id="{name}"{kind}>'
        if section.run and section.run != before:
            yield f'<h2 class="run">{safe(section.run)}</h2>'
        before = section.run
        tag = "h3" if section.run else "h2"
        yield f"<{tag}>{safe(section.title)}</{tag}>"
        for is_figure, blocks in groupby(section.blocks, _is_drawn):
            if is_figure:
                yield '<div class="figures">'
                yield from (_figure(block, f"f{next(number)}") for block in blocks)
                yield "</div>"
            else:
                for block in blocks:
                    yield from _block(block)
        yield "</section>"


def _is_drawn(block: PageBlock) -> bool:
    return isinstance(block, FigureBlock) and block.drawing is not None


def _block(block: PageBlock) -> Iterator[str]:
    match block:
        case TableBlock():
            yield from _table(block)
        case FactsBlock():
            facts = (f"<dt>{safe(name)}</dt><dd>{safe(text)}</dd>" for name, text in block.facts)
            yield f"<dl>{''.join(facts)}</dl>"
        case KeyFiguresBlock():
            values = (
                f"<div><dt>{safe(name)}</dt>{_key_figure(value)}</div>"
                for name, value in block.figures
            )
            yield f'<dl class="key">{"".join(values)}</dl>'
        case WordsBlock():
            mark = ' class="missing"' if block.missing else ""
            yield f"<p{mark}>{safe(block.text)}</p>"
        case FigureBlock():
            yield f'<p class="missing">{safe(block.title)}: not drawn</p>'


def _key_figure(value: str) -> str:
    word = f' class="{value.replace(" ", "")}"' if value in _WORDS else ""
    return f"<dd{word}>{safe(value)}</dd>"


def _table(block: TableBlock) -> Iterator[str]:
    kinds = ["t" if place in block.texts else "n" for place in range(len(block.titles))]
    yield "<table>" if len(block.titles) > FEW else '<table class="few">'
    if block.source:
        yield f"<caption>{safe(block.source)}</caption>"
    titles = "".join(
        f'<th scope="col" class="{kind}">{safe(title)}</th>'
        for title, kind in zip(block.titles, kinds, strict=True)
    )
    yield f"<thead><tr>{titles}</tr></thead>\n<tbody>"
    for row in block.rows:
        cells = (
            _cell(cell, kind, title if place else "")
            for place, (cell, kind, title) in enumerate(zip(row, kinds, block.titles, strict=True))
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _cell(cell: str, kind: str, title: str) -> str:
    word = f" {cell.replace(' ', '')}" if cell in _WORDS else ""
    word += " k" if len(cell) <= SHORT else ""
    word += " w" if any(len(each) > LONG_WORD for each in cell.split()) else ""
    of = f' data-of="{safe(title)}"' if title else ""
    return f'<td class="{kind}{word}"{of}>{safe(cell)}</td>'


# --- figures ---------------------------------------------------------------------------------


def _figure(block: PageBlock, name: str) -> str:
    assert isinstance(block, FigureBlock)
    assert block.drawing is not None
    words = f"{safe(block.title)}. Source: {safe(block.source)}. {safe(block.window)}."
    drawn = inline(block.drawing.result().svg, name, block.title)
    return f"<figure>\n{drawn}\n<figcaption>{words}</figcaption>\n</figure>"


_ROOT = re.compile(r"<svg\b[^>]*?viewBox=\"([^\"]+)\"[^>]*>")
_TAG = re.compile(r"<[a-zA-Z][^>]*>")
_ID = re.compile(r'(\bid="|href="#|url\(#)')
_COLOR = re.compile(r"#[0-9a-f]{6}\b")
_FONT = re.compile(r" font-family: [^;\"]*;?")
_BETWEEN = re.compile(r">\s+<")


def inline(svg: str, name: str, title: str) -> str:
    """A drawn figure as part of the page: its ids get the prefix `name`, and its colours become
    names of the page's colours. Its texts are unchanged."""
    root = _ROOT.search(svg)
    assert root is not None
    end = svg.index("</defs>", root.end()) + len("</defs>")  # after its own style and metadata
    body = _TAG.sub(lambda match: _themed(match.group(), name), svg[end:])
    shown = f'<svg viewBox="{root[1]}" role="img" aria-label="{safe(title)}">'
    return shown + _BETWEEN.sub("><", body).strip()


def _themed(tag: str, name: str) -> str:
    tag = _ID.sub(rf"\g<1>{name}-", " ".join(tag.split()))
    return _FONT.sub("", tag) if "#" not in tag else _COLOR.sub(_named, _FONT.sub("", tag))


def _named(match: re.Match[str]) -> str:
    color = _NAMES.get(match.group())
    return match.group() if color is None else f"var(--{color})"


_NAMES = {color: name for name, color in reversed([*colors("light").items()])}
"""The name of each colour used in figures; the first, where several names share it."""


def _style() -> str:
    """The style sheet, with the colours of both themes, and those of the light one for print."""
    light, dark = (
        "".join(f"--{name}:{color};" for name, color in colors(theme).items())
        for theme in ("light", "dark")
    )
    sheet = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{sheet}"
    )
