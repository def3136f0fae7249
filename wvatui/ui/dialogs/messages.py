"""All messages so far: they leave the screen after a few seconds, and are found again here."""

from collections.abc import Iterable
from typing import NamedTuple

from wvatui.ui.dialogs.text import TextScreen
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.panels.overview.footer import message_lines
from wvatui.ui.theme.themes import Palette

KEPT = 500
"""Messages that are kept."""
_WIDTH = 58


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
