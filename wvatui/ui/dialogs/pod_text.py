"""A pod's log and its YAML, each as a text over the whole screen."""

from collections import deque
from typing import TYPE_CHECKING

from wvatui.ui.dialogs.text import TextScreen
from wvatui.ui.draw.line import Line, wrapped
from wvatui.ui.draw.sanitize import heading, sanitize
from wvatui.ui.theme import Palette

if TYPE_CHECKING:
    from wvatui.sources.log.pod_reader import PodReader

LOOK_S = 0.2
"""The time between two looks at a followed log, in wall-clock seconds."""
MOST = 4000
"""The most characters shown of a line."""
BORDERS = 8
"""The columns of the box that are no text: borders, padding, scroll bar."""


def folded(text: str, width: int, style: str = "") -> list[Line]:
    """`text` broken into lines of at most `width` cells; all but the first are indented."""
    pieces = wrapped(sanitize(text, MOST), max(10, width - 2))
    return [((piece if not n else f"  {piece}", style),) for n, piece in enumerate(pieces)]


class WholeScreen(TextScreen):
    """A dialog that fills the whole screen."""

    DEFAULT_CSS = """
    WholeScreen #text-box { width: 100%; max-width: 100%; height: 100%; max-height: 100%; }
    """

    def begin(self) -> None:
        self.text.styles.height = "100%"
        super().begin()

    @property
    def columns(self) -> int:
        """The width of the text, in cells."""
        return self.app.size.width - BORDERS

    def redraw(self) -> None:
        """Show the text in the present width; subclasses implement it."""


class YamlScreen(WholeScreen):
    """An object as YAML."""

    def __init__(self, palette: Palette, pod: str, rows: list[str]) -> None:
        super().__init__(palette, f"YAML of pod {pod}", [])
        self.rows = rows

    def redraw(self) -> None:
        """Show the rows, with the keys of YAML in a colour of their own."""
        lines: list[Line] = []
        for row in self.rows:
            name, colon, _ = row.partition(":")
            first, *more = folded(row, self.columns)
            if colon and '"' not in name and first[0][0].startswith(f"{name}:"):
                first = ((f"{name}:", "primary"), (first[0][0][len(name) + 1 :], ""))
            lines += [first, *more]
        self.text.show(lines)


class PodLogScreen(WholeScreen):
    """The newest lines of a log, followed while its end is in view. Once the viewer scrolls up, the
    text no longer moves."""

    def __init__(self, palette: Palette, reader: "PodReader") -> None:
        super().__init__(palette, f"Log of pod {reader.pod}", [])
        self.reader = reader
        self._drawn: deque[list[Line]] = deque(maxlen=reader.lines.maxlen)
        self._count = 0
        self._said = ("", "")
        self._follows = True
        """Whether the end was in view at the last look."""

    def begin(self) -> None:
        super().begin()
        self.run_worker(self.reader.follow())  # ends with the screen
        self.set_interval(LOOK_S, self.look)

    def redraw(self) -> None:
        """Show all lines again, in the present width."""
        self._drawn.clear()
        self._show(len(self.reader.lines))

    def look(self) -> None:
        """Append new lines, if the end is in view; the title counts them otherwise."""
        reader, text = self.reader, self.text
        new = reader.count - self._count
        self._follows = text.scroll_offset.y >= text.max_scroll_y
        said, self._said = self._said, (self._title(new, self._follows), reader.health)
        text.border_title = heading(self._said[0])
        if self._follows and (new or said != self._said):
            self._show(new)

    def _show(self, new: int) -> None:
        """Append the `new` newest lines; the end stays in view if it was."""
        reader, text = self.reader, self.text
        rows = list(reader.lines)
        self._count = reader.count
        for row in rows[max(0, len(rows) - new) :]:
            self._drawn.append(folded(row.text, self.columns, "warn" if row.is_note else ""))
        lines = [line for each in self._drawn for line in each]
        if reader.health or not lines:
            lines += folded(reader.health or "no line yet", self.columns, "warn")
        text.show(lines)
        if self._follows:
            text.scroll_end(animate=False)

    def _title(self, new: int, at_end: bool) -> str:
        container = f", container {self.reader.container}" if self.reader.container else ""
        kept = f"last {self.reader.lines.maxlen} lines"
        more = f"{new} new" if new else kept
        way = f"followed ({kept})" if at_end else f"stands ({more}); end follows"
        return f"Log of pod {self.reader.pod}{container}: {way}; esc closes"
