"""Every key of the screen, in one table: bindings, footer and help are made from it.

Adding a key is one row here and one `action_…` on the app; tests hold that no two keys clash, that
every row has its action and that every row is in the help.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.binding import Binding

if TYPE_CHECKING:
    from wvatui.session import Capabilities

Place = Literal["everywhere", "replay"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `id` is stable: users may rebind it. `keys` are Textual's names for them."""

    id: str
    keys: tuple[str, ...]
    shown: str
    """As it is printed in the footer and the help."""
    title: str
    """What it does, as a phrase of the help."""
    short: str = ""
    """One word for the footer; empty: only in the help."""
    where: Place = "everywhere"
    priority: bool = False

    @property
    def action(self) -> str:
        """Name of the app's action: `key_freeze` for `view.freeze`."""
        return "key_" + self.id.rsplit(".", 1)[-1]

    def usable(self, capabilities: "Capabilities") -> bool:
        """Whether a session with these capabilities can do it."""
        if self.where == "replay":
            return capabilities.can_seek
        if self.id == "session.mark":
            return capabilities.can_record
        return True


KEYS: tuple[Key, ...] = (
    Key("help.help", ("question_mark",), "?", "show this help", "help"),
    Key("replay.toggle", ("space",), "space", "play or pause", "play/pause", "replay"),
    Key(
        "replay.previous",
        ("left_square_bracket",),
        "[",
        "back to the previous decision, mark, error or gap",
        "event",
        "replay",
    ),
    Key(
        "replay.next",
        ("right_square_bracket",),
        "]",
        "on to the next decision, mark, error or gap",
        "event",
        "replay",
    ),
    Key("replay.back", ("comma",), ",", "one step back", "step", "replay"),
    Key("replay.forward", ("full_stop",), ".", "one step on", "step", "replay"),
    Key("replay.slower", ("less_than_sign",), "<", "play slower", "speed", "replay"),
    Key("replay.faster", ("greater_than_sign",), ">", "play faster", "speed", "replay"),
    Key(
        "replay.goto",
        ("g",),
        "g",
        "go to a time: 12m30s, T+90, 14:05:00 or 50%",
        "go to",
        "replay",
    ),
    Key("view.freeze", ("p",), "p", "freeze the view; capture goes on", "freeze"),
    Key("session.mark", ("m",), "m", "mark this moment with a note", "mark"),
    Key("session.snapshot", ("e",), "e", "write a CSV of the moment shown", "CSV"),
    Key("log.filter", ("slash",), "/", "filter the log: a regex, ! in front inverts", "filter"),
    Key("log.clear", ("escape",), "esc", "clear the filter, close what is open"),
    Key("view.charts", ("c",), "c", "show the next charts", "charts"),
    Key("app.quit", ("q",), "q", "quit", "quit"),
    Key("app.leave", ("ctrl+c",), "ctrl+c", "leave at once, whatever hangs", priority=True),
)
"""In the order of footer and help."""


def bindings() -> list[Binding]:
    """Textual's bindings for the whole table."""
    return [
        Binding(
            ",".join(key.keys),
            key.action,
            key.title,
            show=bool(key.short),
            key_display=key.shown,
            priority=key.priority,
            id=key.id,
        )
        for key in KEYS
    ]


def by_action(action: str) -> Key | None:
    """The row whose action this is."""
    return next((key for key in KEYS if key.action == action), None)


def usable(capabilities: "Capabilities") -> tuple[Key, ...]:
    """The keys that a session with these capabilities can do."""
    return tuple(key for key in KEYS if key.usable(capabilities))
