"""Draws the picture of the README: a moment of a recording that comes with wvatui.

python -m bench.picture [FILE] [MOMENT] [COLUMNSxROWS] [OUT.svg]
"""

import asyncio
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


async def draw(file: Path, moment: str, columns: int, rows: int, theme: str = "") -> str:
    """The screen at `moment` as SVG text."""
    session = ReplaySession(open_recording(file), play=False, start=moment)
    app = WvatuiApp(session, palette=load(theme), ascii_only=False, guard=Guard())
    async with app.run_test(size=(columns, rows)) as pilot:
        await asyncio.sleep(SETTLE_S)
        await pilot.pause()
        svg = app.export_screenshot(title=f"wvatui replay {file.name}")
    # The picture stands alone: whoever looks at it asks nobody else for a font.
    return re.sub(r"@font-face \{[^}]*\}", "", svg)


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
