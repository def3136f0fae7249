"""One line at the bottom that asks for something: a filter, a note, a time."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, Label

Answer = Callable[[str], None]


class Prompt(Horizontal):
    """Hidden until it asks. Enter answers, escape takes the question back."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; background: $surface; }
    Prompt Label { width: auto; color: $primary; text-style: bold; padding: 0 1; }
    Prompt Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    Prompt Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "take_back", show=False)]

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._answer: Answer | None = None
        self._changing: Answer | None = None
        self._before = ""

    def compose(self) -> ComposeResult:
        yield Label("", id="prompt-label", markup=False)
        yield Input(id="prompt-input", compact=True, select_on_focus=False)

    @property
    def lines(self) -> int:
        """How many lines of the screen it takes."""
        return 1

    @property
    def asking(self) -> bool:
        """Whether a question is open."""
        return self._answer is not None

    def ask(
        self,
        question: str,
        answer: Answer,
        *,
        text: str = "",
        placeholder: str = "",
        changing: Answer | None = None,
    ) -> None:
        """Ask; `answer` gets the text on enter. `changing` follows each keystroke, and gets the
        first text back when the question is taken back."""
        self._answer, self._changing, self._before = answer, changing, text
        self.query_one("#prompt-label", Label).update(Content(question))
        box = self.query_one(Input)
        box.placeholder = placeholder
        box.value = text
        box.cursor_position = len(text)
        self.display = True
        box.focus()

    def on_key(self, event: Key) -> None:
        if event.key == "escape" and self.asking:
            event.stop()
            self.action_take_back()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._changing is not None:
            self._changing(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        answer = self._answer
        self._close()
        if answer is not None:
            answer(event.value)

    def action_take_back(self) -> None:
        """Close without an answer."""
        changing, before = self._changing, self._before
        self._close()
        if changing is not None:
            changing(before)

    def _close(self) -> None:
        self._answer = self._changing = None
        self.display = False
        self.screen.set_focus(None)
