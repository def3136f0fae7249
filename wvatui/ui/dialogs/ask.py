"""A question with two answers over the screen; the one that changes nothing is chosen first."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from wvatui.ui.dialogs.text import ScrollScreen
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import heading
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.theme.themes import Palette
from wvatui.ui.widgets.lineview import LineView


def buttons(yes: str, no: str, on_yes: bool, symbols: Symbols) -> Line:
    """Both answers, the chosen one with a pointer and on a ground of its own."""
    out: Line = ()
    for word, chosen in ((no, not on_yes), (yes, on_yes)):
        front = symbols.pointer if chosen else " "
        out = (*out, (f"{front} [ {word} ] ", "bold on" if chosen else "muted"), ("  ", ""))
    return (*out, ("tab: the other, enter: do it, esc: no", "muted"))


class AskScreen(ScrollScreen[bool]):
    """True only when the viewer moved to the other answer and pressed enter there."""

    DEFAULT_CSS = """
    AskScreen { align: center middle; background: $background 60%; }
    AskScreen #ask-box {
        width: 104; max-width: 96%; height: auto; max-height: 94%;
        border: round $border; border-title-color: $primary; border-title-style: bold;
        background: $surface; padding: 0 2;
    }
    AskScreen #ask-text { height: auto; max-height: 1fr; background: $surface; overflow-y: auto;
        scrollbar-size: 1 1; scrollbar-background: $surface; scrollbar-color: $border; }
    AskScreen #ask-gap, AskScreen #ask-buttons { height: 1; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "no", show=False),
        Binding("tab,shift+tab,left,right,h,l", "other", show=False),
        Binding("enter", "answer", show=False),
    ]

    def __init__(
        self,
        palette: Palette,
        symbols: Symbols,
        title: str,
        lines: list[Line],
        yes: str,
        no: str = "Cancel",
    ) -> None:
        super().__init__()
        self._palette, self._symbols = palette, symbols
        self._heading, self._lines = title, lines
        self._yes, self._no = yes, no
        self.on_yes = False
        """Whether the answer that changes something is chosen."""
        self.text = LineView(palette, id="ask-text")
        self._buttons = LineView(palette, id="ask-buttons")

    def compose(self) -> ComposeResult:
        box = Vertical(id="ask-box")
        box.border_title = heading(self._heading)
        with box:
            yield self.text
            yield LineView(self._palette, id="ask-gap")
            yield self._buttons

    def on_mount(self) -> None:
        # Title, gap and buttons have their room, however long the text is.
        most = max(1, self.app.size.height * 94 // 100 - 4)
        self.text.styles.height = min(len(self._lines), most)
        self.text.show(self._lines)
        self._show()

    def _show(self) -> None:
        line = buttons(self._yes, self._no, self.on_yes, self._symbols)
        self._buttons.show([line])

    def action_other(self) -> None:
        """Choose the other answer."""
        self.on_yes = not self.on_yes
        self._show()

    def action_answer(self) -> None:
        """The chosen answer."""
        self.dismiss(self.on_yes)

    def action_no(self) -> None:
        """Nothing is to change."""
        self.dismiss(False)
