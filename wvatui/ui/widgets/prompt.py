"""The prompt: a line at the bottom that asks for a filter, a note, a time or a command."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.widgets import Input, Label

from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import fit
from wvatui.ui.model.layout import footer_room
from wvatui.ui.theme import Palette
from wvatui.ui.widgets.lineview import LineView

PromptAnswer = Callable[[str], None]
Complete = Callable[[str], list[str]]


class Prompt(Vertical):
    """The widget of the prompt, hidden unless it asks. Enter answers, escape cancels, tab
    completes, up and down go through earlier answers to the same question."""

    DEFAULT_CSS = """
    Prompt { display: none; background: $surface; }
    Prompt #prompt-line { height: 1; }
    Prompt #prompt-offers { height: auto; background: $surface; }
    Prompt Label { width: auto; color: $primary; text-style: bold; padding: 0 1; }
    Prompt Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    Prompt Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "take_back", show=False),
        Binding("tab", "complete(1)", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", show=False, priority=True),
        Binding("up", "recall(-1)", show=False, priority=True),
        Binding("down", "recall(1)", show=False, priority=True),
    ]

    def __init__(self, palette: Palette, changed: Callable[[], None]) -> None:
        super().__init__(id="prompt")
        self.offers = LineView(palette, id="prompt-offers")
        self._changed = changed
        self._answer: PromptAnswer | None = None
        self._changing: PromptAnswer | None = None
        self._complete: Complete | None = None
        self._told: Callable[[str], str] = lambda text: ""
        self._before = ""
        self._offered: list[str] = []
        self._at = -1
        self._history: dict[str, list[str]] = {}
        self._past: list[str] = []
        self._recalled = 0
        self._own = ""
        """The text being typed, kept while an earlier answer is shown."""

    def compose(self) -> ComposeResult:
        yield self.offers
        with Horizontal(id="prompt-line"):
            yield Label("", id="prompt-label", markup=False)
            yield Input(id="prompt-input", compact=True, select_on_focus=False)

    @property
    def lines(self) -> int:
        """The height of the prompt in lines, with its completions."""
        return 1 + len(self.offers.lines_shown)

    @property
    def asking(self) -> bool:
        """Whether a question is open."""
        return self._answer is not None

    def ask(
        self,
        question: str,
        answer: PromptAnswer,
        *,
        text: str = "",
        placeholder: str = "",
        changing: PromptAnswer | None = None,
        complete: Complete | None = None,
        told: Callable[[str], str] = lambda text: "",
    ) -> None:
        """Ask; `answer` is called with the text on enter.

        `changing` is called at each keystroke, and with the initial `text` on escape. `complete`
        returns the whole lines that a text can be completed to, `told` what a line means.
        """
        self._answer, self._changing, self._before = answer, changing, text
        self._complete, self._told = complete, told
        self._past = self._history.setdefault(question, [])
        self._recalled, self._own = len(self._past), text
        self.query_one("#prompt-label", Label).update(Content(question))
        box = self.query_one(Input)
        box.placeholder = placeholder
        self._write(text)
        self.display = True
        # Focus at once, because further keys of the same burst belong to the answer.
        self.screen.set_focus(box)
        self._offer(text)

    def _write(self, text: str) -> None:
        box = self.query_one(Input)
        with box.prevent(Input.Changed):
            box.value = text
        box.cursor_position = len(text)

    def on_resize(self, event: Resize) -> None:
        if self.asking:
            self._show()

    def on_key(self, event: Key) -> None:
        if event.key == "escape" and self.asking:
            event.stop()
            self.action_take_back()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._own, self._recalled = event.value, len(self._past)
        self._offer(event.value)
        if self._changing is not None:
            self._changing(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        answer, past = self._answer, self._past
        self._close()
        if event.value and event.value not in past[-1:]:
            past.append(event.value)
        if answer is not None:
            answer(event.value)

    def action_take_back(self) -> None:
        """Close without an answer."""
        changing, before = self._changing, self._before
        self._close()
        if changing is not None:
            changing(before)
        self._changed()

    def action_complete(self, by: int) -> None:
        """Put the next completion into the line; a single one is completed further."""
        if not self._offered:
            return
        self._at = (self._at + by) % len(self._offered)
        self._write(self._offered[self._at])
        if len(self._offered) == 1:
            self._offer(self._offered[0])
        else:
            self._show()

    def action_recall(self, by: int) -> None:
        """Put an earlier answer into the line, the newest first."""
        to = min(max(self._recalled + by, 0), len(self._past))
        if to == self._recalled:
            return
        self._recalled = to
        text = self._past[to] if to < len(self._past) else self._own
        self._write(text)
        if self._changing is not None:
            self._changing(text)

    def _offer(self, text: str) -> None:
        """Show the completions of `text`."""
        self._at = -1
        found = self._complete(text) if self._complete is not None else []
        self._offered = [line for line in found if line != text]
        self._show()

    def _show(self) -> None:
        """Show a page of completions with their meanings, the chosen one marked; without any, the
        meaning of the line."""
        before = len(self.offers.lines_shown)
        width = max(20, self.screen.size.width)
        room = footer_room(self.screen.size.height) - 1  # without the line itself
        first = max(0, min(self._at - room + 1, len(self._offered) - room))
        lines: list[Line] = []
        cells = min(width // 2, max((len(line) for line in self._offered), default=0) + 3)
        for index, line in enumerate(self._offered[first : first + room], first):
            on = index == self._at
            means = self._told(line)
            text = fit(f"{'>' if on else ' '} {line.strip()}", cells)
            aside = fit(f"  {means}", width - cells)
            lines.append(((text, "bold primary on" if on else ""), (aside, "muted")))
        if not lines and self._complete is not None and (means := self._told(self._own)):
            lines.append(((fit(f"  {means}", width), "muted"),))
        self.offers.show(lines)
        self.offers.styles.height = len(lines)
        self.offers.display = bool(lines)
        if len(lines) != before:
            self._changed()

    def _close(self) -> None:
        self._answer = self._changing = self._complete = None
        self._offered = []
        self.offers.show([])
        self.offers.display = False
        self.display = False
        self.screen.set_focus(None)
