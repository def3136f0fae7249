"""A widget that shows lines, and redraws only the cells that changed."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
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
        self._ground: tuple[Style, Color] | None = None
        """The style and the background under all lines, cached: computing them takes longer than
        drawing a line."""
        self._painted: dict[int, Strip] = {}
        """The finished strips by line, as far as they were painted with `_paint`."""
        self._paint: tuple[object, ...] = ()

    @property
    def lines_shown(self) -> tuple[Line, ...]:
        """The lines shown now."""
        return tuple(self._lines)

    def show(self, lines: list[Line]) -> int:
        """Show `lines`; returns how many lines changed."""
        old = self._lines
        width, rows = self.size
        top = round(self.scroll_offset.y)
        strips = self._strips[: len(lines)]
        changed: list[Region] = []
        for y, line in enumerate(lines):
            if y < len(old) and old[y] == line:
                continue
            first, last = 0, width
            if y < len(strips):
                strips[y] = self._strip(line)
                first, last = changed_cells(old[y], line)
            else:
                strips.append(self._strip(line))
            self._painted.pop(y, None)
            changed.append(Region(first, y - top, last - first, 1))
        for y in range(len(lines), len(old)):
            self._painted.pop(y, None)
            changed.append(Region(0, y - top, width, 1))
        self._lines, self._strips = list(lines), strips
        if seen := [region for region in changed if 0 <= region.y < rows and region.width > 0]:
            self.refresh(*seen)
        if len(lines) != len(old) or self.virtual_size.height != len(lines):
            self.virtual_size = Size(width, len(lines))
        return len(changed)

    def recolour(self, palette: Palette) -> None:
        """Draw the same lines in another theme."""
        self._palette, self._ground = palette, None
        self._strips = [self._strip(line) for line in self._lines]
        self._painted.clear()
        self.refresh()

    def _strip(self, line: Line) -> Strip:
        style = self._palette.style
        return Strip([Segment(text, style(name)) for text, name in line], width_of(line))

    def render_line(self, y: int) -> Strip:
        index = y + round(self.scroll_offset.y)
        strip = self._strips[index] if 0 <= index < len(self._strips) else Strip.blank(0)
        return strip.adjust_cell_length(self.size.width).apply_style(self._under()[0])

    def render_lines(self, crop: Region) -> list[Strip]:
        # At each paint Textual asks every widget for all of its lines, and looks for border,
        # padding, opacity and tint anew. The views of the stage have none of these.
        size = self.outer_size
        if self.size != size or crop.size != size:
            return super().render_lines(crop)
        filters = self.app.get_line_filters()
        top = round(self.scroll_offset.y)
        under = self._under()
        if self._paint != (paint := (size.width, under, filters)):
            self._paint = paint
            self._painted.clear()
        strips = []
        for y in range(size.height):
            strip = self._painted.get(y + top)
            if strip is None:
                strip = self.render_line(y)
                for each in filters:
                    strip = strip.apply_filter(each, under[1])
                self._painted[y + top] = strip
            strips.append(strip)
        return strips

    def _under(self) -> tuple[Style, Color]:
        if self._ground is None:
            self._ground = self.rich_style, self.background_colors[1]
        return self._ground

    def notify_style_update(self) -> None:
        self._ground = None
        super().notify_style_update()


def changed_cells(old: Line, new: Line) -> tuple[int, int]:
    """The first cell that differs between two lines, and the one after the last."""
    before_width, width = width_of(old), width_of(new)
    first = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        first += width_of((after,))
    if before_width != width:
        return first, max(before_width, width)
    last = width
    for before, after in zip(reversed(old), reversed(new), strict=False):
        if before != after or last <= first:
            break
        last -= width_of((after,))
    return first, max(first + 1, last)
