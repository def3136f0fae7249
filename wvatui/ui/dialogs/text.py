"""Dialogs of text: lines that scroll, the help, all messages so far, and questions.

A question has two answers; the one that changes nothing is chosen first.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from wvatui.ui import keys
from wvatui.ui.draw.line import Line, width_of, wrapped
from wvatui.ui.draw.sanitize import heading
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.panels.overview.footer import message_lines
from wvatui.ui.panels.overview.replicas import STATE_STYLES
from wvatui.ui.theme import Palette
from wvatui.ui.widgets.lineview import LineView

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities


T = TypeVar("T")


class ScrollScreen(ModalScreen[T]):
    """A dialog with a text that scrolls by the same keys everywhere; `text` is its widget.

    Dialogs keep references to their widgets, because Textual shows a dialog that is opened while
    the program ends without ever composing it.
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
        """Scroll down by `lines`; a negative number scrolls up."""
        self.text.scroll_relative(y=lines, animate=False)


def hung(line: Line, room: int) -> list[Line]:
    """The line in at most `room` cells; its last span is wrapped, indented to where it begins."""
    if not line or width_of(line) <= room:
        return [line]
    *front, (text, style) = line
    begin = width_of(tuple(front))
    first, *more = wrapped(text, room - begin)
    return [(*front, (first, style)), *(((" " * begin, ""), (piece, style)) for piece in more)]


class TextScreen(ScrollScreen[None]):
    """A dialog with lines of text. The key that opened it, esc and q close it; arrows scroll."""

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
        self.begin()

    def on_resize(self, event: events.Resize) -> None:
        self.redraw()

    def begin(self) -> None:
        """Show the text for the first time."""
        self.redraw()
        if self._at_end:
            self.text.scroll_end(animate=False)

    def redraw(self) -> None:
        """Show the text in the present width, in a box as large as it needs."""
        # Beside the text: border and padding on both sides, and one cell for the scrollbar.
        room = self.app.size.width * 96 // 100 - 7
        lines = [piece for line in self._lines for piece in hung(line, room)]
        self.text.styles.width = max(76, 7 + max(map(width_of, lines), default=0))
        self.text.styles.height = len(lines) + 2
        self.text.show(lines)

    def action_close_text(self) -> None:
        """Close the dialog."""
        self.dismiss(None)


_RUNGS = {
    "WVA": "what the controller decided",
    "wants": "without WVA: what the metrics ask for (want, wnt where narrow)",
    "HPA": "what HPA (or KEDA) wants, within its limits and windows",
    "spec": "what the workload asks for (spc)",
    "ready": "how many of them are ready (rdy)",
    "serve": "ready, and the engine answers (srv); a step that differs stands out",
}
_STATES = {
    "ok": "serving",
    "warm": "over a spare trigger",
    "saturated": "KV or queue over its threshold",
    "unknown": "serving, KV or queue not measured",
    "starting": "runs, engine not up yet",
    "not ready": "answers or was ready, and is not Ready",
    "creating": "image pulled, container made",
    "pending": "not scheduled",
    "unread": "ready, metrics not asked for yet",
    "unreachable": "ready, but no metrics",
    "draining": "being deleted",
    "gone": "was here",
}


def help_lines(
    capabilities: "Capabilities", symbols: Symbols, rows: tuple[keys.Key, ...] = keys.KEYS
) -> list[Line]:
    """The whole help: keys by where they apply, then the meaning of the symbols."""
    out: list[Line] = []
    for where, title in keys.TITLES:
        out += [(), ((title, "bold"),)] if out else [((title, "bold"),)]
        for key in (k for k in rows if k.where == where):
            can = key.usable(capabilities)
            why = "" if can or where == "replay" else f" (needs {key.needs})"
            name = key.shown if symbols.unicode else plain(key.shown)
            shown = (f"  {name:>7}  ", "bold primary" if can else "muted")
            out.append((shown, (key.title + why, "" if can else "muted")))
    out += [(), (("Replicas: decision › autoscaler › spec › ready › serving", "bold"),)]
    for name, words in _RUNGS.items():
        out.append(((f"  {name:>7}  ", "bold"), (words, "")))
    out += [(), (("Pods", "bold"),)]
    for state, words in _STATES.items():
        sign = symbols.replica[state]
        out.append(((f"  {sign} {state:<12}", STATE_STYLES[state]), (words, "")))
    signs = (
        (symbols.up, "scale-up decided"),
        (symbols.down, "scale-down decided"),
        (symbols.mark, "your mark"),
        (symbols.setting, "thresholds changed"),
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
    """The help, with the keys that work in a session with these capabilities."""

    def __init__(
        self,
        palette: Palette,
        capabilities: "Capabilities",
        symbols: Symbols,
        rows: tuple[keys.Key, ...] = keys.KEYS,
    ) -> None:
        super().__init__(palette, "Help", help_lines(capabilities, symbols, rows))


KEPT = 500
"""The number of messages that are kept."""
_WIDTH = 58
"""The width of a message in the list, in cells."""


class Message(NamedTuple):
    """One message; `at` is the moment shown at the time, as text in the clock chosen then."""

    at: str
    text: str
    style: str


def messages_lines(messages: Iterable[Message], symbols: Symbols) -> list[Line]:
    """The lines of all messages, the oldest first; long ones are wrapped."""
    out: list[Line] = []
    for message in messages:
        for number, line in enumerate(message_lines(message.text, message.style, _WIDTH)):
            out.append(((f"{message.at if not number else '':<10}", "muted"), *line))
    return out or [(("no message yet", "muted"),)]


class MessagesScreen(TextScreen):
    """The dialog with all messages, scrolled to the newest."""

    def __init__(self, palette: Palette, messages: Iterable[Message], symbols: Symbols) -> None:
        super().__init__(palette, "Messages", messages_lines(messages, symbols), at_end=True)


def buttons(yes: str, no: str, on_yes: bool, symbols: Symbols) -> Line:
    """A line with both answers; the chosen one has a pointer and a background."""
    out: Line = ()
    for word, chosen in ((no, not on_yes), (yes, on_yes)):
        front = symbols.pointer if chosen else " "
        out = (*out, (f"{front} [ {word} ] ", "bold on" if chosen else "muted"), ("  ", ""))
    return (*out, ("tab: the other, enter: do it, esc: no", "muted"))


class AskScreen(ScrollScreen[bool]):
    """A question with two answers; returns True only if the viewer moved to yes and took it."""

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
        """Whether the answer yes, which changes something, is chosen."""
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
        self.text.show(self._lines)
        self._limit()
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        self._limit()

    def _limit(self) -> None:
        # Leave room for title, gap and buttons, however long the text is.
        most = max(1, self.app.size.height * 94 // 100 - 4)
        self.text.styles.height = min(len(self._lines), most)

    def _show(self) -> None:
        line = buttons(self._yes, self._no, self.on_yes, self._symbols)
        self._buttons.show([line])

    def action_other(self) -> None:
        """Choose the other answer."""
        self.on_yes = not self.on_yes
        self._show()

    def action_answer(self) -> None:
        """Return the chosen answer."""
        self.dismiss(self.on_yes)

    def action_no(self) -> None:
        """Return False."""
        self.dismiss(False)
