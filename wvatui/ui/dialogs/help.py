"""The help: every key of the table, and what the signs on the screen mean."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from wvatui.ui import keys
from wvatui.ui.line import Line
from wvatui.ui.panels.replicas import STATE_STYLES
from wvatui.ui.symbols import Symbols
from wvatui.ui.themes import Palette
from wvatui.ui.widgets.lineview import LineView

if TYPE_CHECKING:
    from wvatui.session import Capabilities

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


def help_lines(capabilities: "Capabilities", symbols: Symbols) -> list[Line]:
    """The whole help: keys by where they apply, then what the signs on the screen mean."""
    out: list[Line] = []
    places = (("everywhere", "Keys"), ("replay", "Keys in a replay"))
    for where, title in places:
        out += [(), ((title, "bold"),)] if out else [((title, "bold"),)]
        for key in (k for k in keys.KEYS if k.where == where):
            can = key.usable(capabilities)
            why = "" if can or where == "replay" else " (while recording)"
            shown = (f"  {key.shown:>7}  ", "bold primary" if can else "muted")
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
    )
    out += [(), (("Charts and bar", "bold"),)]
    out += [((f"  {sign} ", "info"), (words, "")) for sign, words in signs]
    out.append((("  A number at a line's end is the pod's number in the table.", ""),))
    return out


class HelpScreen(ModalScreen[None]):
    """Lies over the screen; any of `?`, esc, q closes it, arrows scroll."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen #help-box {
        width: 72; max-width: 96%; height: auto; max-height: 94%;
        border: round $border; border-title-color: $primary; border-title-style: bold;
        background: $surface; padding: 0 2; overflow-y: auto; scrollbar-size: 1 1;
        scrollbar-background: $surface; scrollbar-color: $border;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss_help", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
    ]

    def __init__(self, palette: Palette, capabilities: "Capabilities", symbols: Symbols) -> None:
        super().__init__()
        self._palette = palette
        self._lines = help_lines(capabilities, symbols)

    def compose(self) -> ComposeResult:
        box = LineView(self._palette, id="help-box")
        box.border_title = "Help: esc closes, arrows scroll"
        yield box

    def on_mount(self) -> None:
        box = self.query_one("#help-box", LineView)
        box.styles.height = len(self._lines) + 2
        box.show(self._lines)

    def action_dismiss_help(self) -> None:
        """Back to the screen."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#help-box", LineView).scroll_relative(y=lines, animate=False)
