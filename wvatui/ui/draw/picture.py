"""Screenshots that look the same in every viewer."""

import html
import re

from rich.cells import cell_len

CELL = 12.2
"""Width of a cell in rich's screenshots, pixels."""


def in_cells(svg: str) -> str:
    """A screenshot that looks the same in every viewer, whatever fonts are installed.

    Leading spaces are kept, no font is required, and characters that a font may draw wider than a
    cell (braille, arrows, blocks) are placed one by one.
    """
    svg = re.sub(r"@font-face \{[^}]*\}", "", svg)
    return re.sub(
        r'<text (class="[^"]*") x="([^"]*)" (y="[^"]*") [^>]*>([^<]*)</text>', _apart, svg
    )


def _apart(text: re.Match[str]) -> str:
    style, x, y, words = text.groups()
    pieces: list[str] = []
    at = float(x)
    for piece in re.findall(r"[\x20-\x7e\xa0]+|.", html.unescape(words)):
        if shown := piece.replace("\xa0", " ").rstrip():
            pieces.append(
                f'<text xml:space="preserve" {style} x="{at:g}" {y}>{html.escape(shown)}</text>'
            )
        at += cell_len(piece) * CELL
    return "".join(pieces)
