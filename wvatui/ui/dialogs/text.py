"""Lines over the screen: what help and message list have in common."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wvatui.ui.dialogs.scrolling import ScrollScreen
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import heading
from wvatui.ui.theme.themes import Palette
from wvatui.ui.widgets.lineview import LineView


class TextScreen(ScrollScreen[None]):
    """Lies over the screen; the key that opened it, esc and q close it, arrows scroll."""

    DEFAULT_CSS = """
    TextScreen { align: center middle; background: $background 60%; }
    TextScreen #text-box {
        width: 76; max-width: 96%; height: auto; max-height: 94%;
        border: round $border; border-title-color: $primary; border-title-style: bold;
        background: $surface; padding: 0 2; overflow-y: auto; scrollbar-size: 1 1;
        scrollbar-background: $surface; scrollbar-color: $border;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,n", "close_text", show=False),
    ]

    def __init__(self, palette: Palette, title: str, lines: list[Line], *, at_end: bool = False):
        super().__init__()
        self._lines = lines
        self._at_end = at_end
        self.text = LineView(palette, id="text-box")
        self.text.border_title = heading(f"{title}: esc closes, arrows scroll")

    def compose(self) -> ComposeResult:
        yield self.text

    def on_mount(self) -> None:
        self.text.styles.height = len(self._lines) + 2
        self.text.show(self._lines)
        if self._at_end:
            self.text.scroll_end(animate=False)

    def action_close_text(self) -> None:
        """Back to the screen."""
        self.dismiss(None)
