"""Dialogs of text: lines that scroll over the screen, the help, and all messages so far."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import heading
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.keys import bindings
from wvatui.ui.panels.overview.footer import message_lines
from wvatui.ui.panels.overview.replicas import STATE_STYLES
from wvatui.ui.theme.themes import Palette
from wvatui.ui.widgets.lineview import LineView

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities

T = TypeVar("T")


class ScrollScreen(ModalScreen[T]):
    """A dialog with a text that scrolls by the same keys everywhere; `text` shows it.

    A dialog keeps references to its parts: Textual still shows one that is opened while the program
    ends, but never composes it.
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


_STATES = {
    "ok": "serving",
    "warm": "over a spare trigger",
    "saturated": "KV or queue over its threshold",
    "starting": "runs, engine not up yet",
    "pulling": "image or container being made",
    "pending": "not scheduled",
    "unreachable": "ready, but no metrics",
    "draining": "being deleted",
    "gone": "was here",
}


def help_lines(
    capabilities: "Capabilities", symbols: Symbols, rows: tuple[bindings.Key, ...] = bindings.KEYS
) -> list[Line]:
    """The whole help: keys by where they apply, then what the signs on the screen mean."""
    out: list[Line] = []
    for where, title in bindings.TITLES:
        out += [(), ((title, "bold"),)] if out else [((title, "bold"),)]
        for key in (k for k in rows if k.where == where):
            can = key.usable(capabilities)
            need = "with --allow-write" if key.id.startswith("load.") else "while recording"
            why = "" if can or where == "replay" else f" ({need})"
            name = key.shown if symbols.unicode else plain(key.shown)
            shown = (f"  {name:>7}  ", "bold primary" if can else "muted")
            out.append((shown, (key.title + why, "" if can else "muted")))
    out += [(), (("Replicas: decision › autoscaler › spec › ready › serving", "bold"),)]
    out.append(
        ((f"  {'WVA':>7}  ", "bold"), ("what the controller decided", "")),
    )
    out.append(((f"  {'HPA':>7}  ", "bold"), ("what HPA (or KEDA) wants", "")))
    out.append(((f"  {'spec':>7}  ", "bold"), ("what the workload asks for; then ready, then", "")))
    out.append(
        (
            (f"  {'serving':>7}  ", "bold"),
            ("whose engine answers; a step that differs stands out", ""),
        )
    )
    out += [(), (("Pods", "bold"),)]
    for state, words in _STATES.items():
        sign = symbols.replica[state]
        out.append(((f"  {sign} {state:<12}", STATE_STYLES[state]), (words, "")))
    signs = (
        (symbols.up, "scale-up decided"),
        (symbols.down, "scale-down decided"),
        (symbols.mark, "your mark"),
        (symbols.gap, "gap: samples may be missing"),
        (symbols.threshold, "threshold"),
        ("├┤" if symbols.unicode else "||", "a stage of load, with its rate"),
        ("╞═" if symbols.unicode else "[=", "the same on the bar"),
    )
    out += [(), (("Charts and bar", "bold"),)]
    out += [((f"  {sign} ", "info"), (words, "")) for sign, words in signs]
    out.append((("  A number at a line's end is the pod's number in the table.", ""),))
    return out


class HelpScreen(TextScreen):
    """The help of a session with these capabilities."""

    def __init__(
        self,
        palette: Palette,
        capabilities: "Capabilities",
        symbols: Symbols,
        rows: tuple[bindings.Key, ...] = bindings.KEYS,
    ) -> None:
        super().__init__(palette, "Help", help_lines(capabilities, symbols, rows))


KEPT = 500
"""Messages that are kept."""
_WIDTH = 58
"""Cells of a message in the list."""


class Message(NamedTuple):
    """One message; `at`: the moment that was shown then, in the clock chosen then."""

    at: str
    text: str
    style: str


def messages_lines(messages: Iterable[Message], symbols: Symbols) -> list[Line]:
    """The oldest first; long ones wrapped under themselves."""
    out: list[Line] = []
    for message in messages:
        for number, line in enumerate(message_lines(message.text, message.style, _WIDTH)):
            out.append(((f"{message.at if not number else '':<10}", "muted"), *line))
    return out or [(("no message yet", "muted"),)]


class MessagesScreen(TextScreen):
    """The list, at its newest end."""

    def __init__(self, palette: Palette, messages: Iterable[Message], symbols: Symbols) -> None:
        super().__init__(palette, "Messages", messages_lines(messages, symbols), at_end=True)
