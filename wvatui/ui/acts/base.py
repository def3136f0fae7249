"""What every group of actions may use of the app."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from wvatui.ui.choice import Choice
from wvatui.ui.port import SessionPort, Views
from wvatui.ui.scene import Scene

if TYPE_CHECKING:
    from wvatui.ui.widgets.stage import Stage


class Acts:
    """The part of the app that actions work with."""

    session: SessionPort
    choice: Choice
    scene: Scene | None
    stage: "Stage"

    def choose(self, choice: Choice) -> None:
        """Make this the viewer's choice, and show it at once."""
        raise NotImplementedError

    def say(self, text: str, style: str = "info") -> None:
        """A message at the bottom for a few seconds, kept in the message list."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Show at once what the viewer changed."""
        raise NotImplementedError

    def ask(
        self,
        question: str,
        answer: Callable[[str], None],
        *,
        text: str = "",
        placeholder: str = "",
        changing: Callable[[str], None] | None = None,
        complete: Callable[[str], list[str]] | None = None,
        told: Callable[[str], str] = lambda text: "",
    ) -> None:
        """Ask for a line of text."""
        raise NotImplementedError

    def ask_session(self, work: Coroutine[Any, Any, str]) -> None:
        """Let the session work without holding the keys; its answer is a message."""
        raise NotImplementedError

    @property
    def rows(self) -> Views:
        """Where rows come from."""
        raise NotImplementedError
