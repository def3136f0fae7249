"""The command line of the screen: finds, completes and runs what is typed after a colon."""

import re
from typing import TYPE_CHECKING

from wvatui.errors import UsageError
from wvatui.ui.app.commands import COMMANDS, ScreenCommand

if TYPE_CHECKING:
    from wvatui.ui.app.app import WvatuiApp

SAME = {"q": "quit", "q!": "quit", "wq": "quit", "x": "quit", "logs": "log", "h": "help"}
"""Names that people type by habit → the command that they mean."""
_MOMENT = re.compile(r"(?i)(t?\+)?\d[\dhms.:]*%?")
"""A moment without a command, for `seek`: `12m`, `T+90`, `14:05:00`, `50%`."""


def run(app: "WvatuiApp", text: str) -> None:
    """Run the command `text`. Raises UsageError for an unknown or impossible command, and whatever
    WvatuiError the command raises."""
    name, _, argument = text.strip().partition(" ")
    if not name:
        return
    if _MOMENT.fullmatch(name) and not argument:
        name, argument = "seek", name
    command = _find(name)
    if not command.usable(app.session.capabilities):
        hint = "start with --allow-write" if command.needs == "can_launch" else ""
        raise UsageError(f"{command.name} cannot be done in this session", hint=hint)
    argument = argument.strip()
    if not argument and command.argument and not command.argument.startswith("["):
        raise UsageError(f"{command.name} needs {command.argument}", hint=command.title)
    if argument and not command.argument:
        raise UsageError(f"{command.name} takes nothing after it")
    command.run(app, argument)


def _find(name: str) -> ScreenCommand:
    name = SAME.get(name, name)
    exact = [c for c in COMMANDS if c.name == name]
    found = exact or [c for c in COMMANDS if c.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{name} could be {', '.join(c.name for c in found)}")
    raise UsageError(f"there is no command {name!r}", hint=": and tab lists them")


def completions(app: "WvatuiApp", text: str) -> list[str]:
    """The completions of `text`, as whole lines: commands, or the arguments of a command."""
    head, space, rest = text.lstrip().partition(" ")
    if not space:
        usable = (c for c in COMMANDS if c.usable(app.session.capabilities))
        return [c.name + (" " if c.argument else "") for c in usable if c.name.startswith(head)]
    command = next((c for c in COMMANDS if c.name == head), None)
    if command is None:
        return []
    wanted = rest.lstrip().lower()
    words = list(command.words(app))
    first = [word for word in words if word.lower().startswith(wanted)]
    inside = [word for word in words if wanted in word.lower() and word not in first]
    return [f"{command.name} {word}" for word in (*first, *inside)]


def told(text: str) -> str:
    """The argument and the purpose of the command in `text`; empty when it names none."""
    name = text.lstrip().partition(" ")[0]
    command = next((c for c in COMMANDS if c.name == name), None)
    return f"{command.argument}  {command.title}".strip() if command is not None else ""
