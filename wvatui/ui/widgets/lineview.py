"""A widget that shows lines, and redraws only the cells that changed."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wvatui.ui.draw.line import Line, width_of
from wvatui.ui.theme import Palette


class LineView(ScrollView, can_focus=False):
    """Lines of spans, drawn without markup. A line longer than the widget is cut at its edge."""

    DEFAULT_CSS = """
    LineView { height: 1; overflow: hidden; background: $background; color: $foreground; }
    """

    def __init__(self, palette: Palette, *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self._palette = palette
        self._lines: list[Line] = []
        self._strips: list[Strip] = []
        self._ground: Style | None = None
        """The style under all lines, cached: computing it takes longer than drawing a line."""

    @property
    def lines_shown(self) -> tuple[Line, ...]:
        """The lines shown now."""
        return tuple(self._lines)

    def show(self, lines: list[Line]) -> int:
        """Show `lines`; returns how many lines changed."""
        old = self._lines
        changed = 0
        strips = self._strips[: len(lines)]
        for y, line in enumerate(lines):
            if y < len(old) and old[y] == line:
                continue
            changed += 1
            strip = self._strip(line)
            if y < len(strips):
                strips[y] = strip
                first, last = changed_cells(old[y], line)
                self._refresh_cells(y, first, last)
            else:
                strips.append(strip)
                self._refresh_cells(y, 0, self.size.width)
        for y in range(len(lines), len(old)):
            changed += 1
            self._refresh_cells(y, 0, self.size.width)
        self._lines, self._strips = list(lines), strips
        if len(lines) != len(old) or self.virtual_size.height != len(lines):
            self.virtual_size = Size(self.size.width, len(lines))
        return changed

    def recolour(self, palette: Palette) -> None:
        """Draw the same lines in another theme."""
        self._palette, self._ground = palette, None
        self._strips = [self._strip(line) for line in self._lines]
        self.refresh()

    def _refresh_cells(self, y: int, first: int, last: int) -> None:
        row = y - round(self.scroll_offset.y)
        if 0 <= row < self.size.height and last > first:
            self.refresh(Region(first, row, last - first, 1))

    def _strip(self, line: Line) -> Strip:
        style = self._palette.style
        return Strip([Segment(text, style(name)) for text, name in line], width_of(line))

    def render_line(self, y: int) -> Strip:
        index = y + round(self.scroll_offset.y)
        strip = self._strips[index] if 0 <= index < len(self._strips) else Strip.blank(0)
        if self._ground is None:
            self._ground = self.rich_style
        return strip.adjust_cell_length(self.size.width).apply_style(self._ground)

    def notify_style_update(self) -> None:
        self._ground = None
        super().notify_style_update()


def changed_cells(old: Line, new: Line) -> tuple[int, int]:
    """The first cell that differs between two lines, and the one after the last."""
    width = max(width_of(old), width_of(new))
    first = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        first += width_of((after,))
    if width_of(old) != width_of(new):
        return first, width
    last = width
    for before, after in zip(reversed(old), reversed(new), strict=False):
        if before != after or last <= first:
            break
        last -= width_of((after,))
    return first, max(first + 1, last)
