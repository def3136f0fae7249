"""The key table of docs/screen.md, made from the one table of keys: `make docs`."""

import sys
from pathlib import Path

from wvatui.ui.keys import KEYS, TITLES, Key

SCREEN = Path(__file__).resolve().parent.parent / "docs" / "screen.md"
BEGIN, END = "<!-- keys: made by `make docs` -->\n", "<!-- end of keys -->"


def markdown() -> str:
    """A table for each place where keys apply; keys that share a word share a row."""
    out = ["| key | does |", "|---|---|"]
    for where, title in TITLES:
        rows = [key for key in KEYS if key.where == where]
        if where != "everywhere":
            out.append(f"| | **{title}** |")
        views = [key for key in rows if key.argument and key.shown.isdigit()]
        if views:
            names = ", ".join(key.title.removeprefix("view: ") for key in views)
            out.append(f"| `{views[0].shown}` … `{views[-1].shown}` | the views: {names} |")
        out += [_row(key) for key in rows if key not in views]
    return "\n".join(out) + "\n"


def _row(key: Key) -> str:
    shown = " ".join(f"`{name}`" for name in key.shown.split("  "))
    return f"| {shown} | {key.title} |"


def main() -> int:
    """Write the table between its marks."""
    text = SCREEN.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    SCREEN.write_text(f"{before}{BEGIN}{markdown()}{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
