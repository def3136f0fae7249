"""A screen over the screen whose text scrolls by the same keys everywhere."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from wvatui.ui.widgets.lineview import LineView

T = TypeVar("T")


class ScrollScreen(ModalScreen[T]):
    """What has a text: `text` is the view that holds it.

    Dialogs keep the parts that they speak to: one that is opened while the program ends is never
    given its parts by Textual, but shown all the same.
    """

    text: LineView
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_text(-1)", show=False),
        Binding("down,j", "scroll_text(1)", show=False),
        Binding("pageup", "scroll_text(-10)", show=False),
        Binding("pagedown,space", "scroll_text(10)", show=False),
        Binding("home", "scroll_text(-100000)", show=False),
        Binding("end", "scroll_text(100000)", show=False),
    ]

    def action_scroll_text(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.text.scroll_relative(y=lines, animate=False)
