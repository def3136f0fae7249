"""Draws the picture of the README: a moment of a recording that comes with wvatui.

python -m bench.picture [FILE] [MOMENT] [COLUMNSxROWS] [OUT.svg]
"""

import asyncio
import html
import re
import sys
from pathlib import Path

from wvatui.playback import ReplaySession
from wvatui.recording import open_recording
from wvatui.ui.app import WvatuiApp
from wvatui.ui.guard import Guard
from wvatui.ui.themes import load

ROOT = Path(__file__).resolve().parent.parent
SETTLE_S = 3.0
CELL = 12.2
"""Width of a cell in rich's screenshots."""


async def draw(file: Path, moment: str, columns: int, rows: int, theme: str = "") -> str:
    """The screen at `moment` as SVG text."""
    session = ReplaySession(open_recording(file), play=False, start=moment)
    app = WvatuiApp(session, palette=load(theme), ascii_only=False, guard=Guard())
    async with app.run_test(size=(columns, rows)) as pilot:
        await asyncio.sleep(SETTLE_S)
        await pilot.pause()
        svg = app.export_screenshot(title=f"wvatui replay {file.name}")
    return in_cells(svg)


def in_cells(svg: str) -> str:
    """A screenshot that looks the same in every viewer, with whatever font is there.

    Spaces in front stay, nobody is asked for a font, and what a font may draw wider than a cell
    (braille, arrows, blocks) has a place of its own.
    """
    svg = re.sub(r"@font-face \{[^}]*\}", "", svg)
    return re.sub(
        r'<text (class="[^"]*") x="([^"]*)" (y="[^"]*") [^>]*>([^<]*)</text>', _apart, svg
    )


def _apart(found: re.Match[str]) -> str:
    style, x, y, words = found.groups()
    pieces: list[str] = []
    for piece in re.finditer(r"[\x20-\x7e\xa0]+|.", html.unescape(words)):
        if words_of := piece[0].replace("\xa0", " ").rstrip():
            at = float(x) + piece.start() * CELL
            shown = html.escape(words_of)
            pieces.append(f'<text xml:space="preserve" {style} x="{at:g}" {y}>{shown}</text>')
    return "".join(pieces)


def main() -> int:
    """Write the picture."""
    given = dict(enumerate(sys.argv[1:]))
    file = Path(given.get(0, str(ROOT / "recordings" / "stair-step-v2-hpa.jsonl")))
    columns, _, rows = given.get(2, "120x40").partition("x")
    out = Path(given.get(3, str(ROOT / "docs" / "screen.svg")))
    out.parent.mkdir(exist_ok=True)
    svg = asyncio.run(draw(file, given.get(1, "2m20s"), int(columns), int(rows), given.get(4, "")))
    out.write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
