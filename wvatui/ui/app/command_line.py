"""What is typed after a colon: which command it is, what completes it, and doing it."""

import re
from typing import TYPE_CHECKING

from wvatui.errors import UsageError
from wvatui.ui.app.commands import COMMANDS, ScreenCommand

if TYPE_CHECKING:
    from wvatui.ui.app.app import WvatuiApp

SAME = {"q": "quit", "q!": "quit", "wq": "quit", "x": "quit", "logs": "log", "h": "help"}
"""What people type by habit, and the command that it means."""
_MOMENT = re.compile(r"(?i)(t?\+)?\d[\dhms.:]*%?")
"""A moment without a verb: `12m`, `T+90`, `14:05:00`, `50%`."""


def run(app: "WvatuiApp", text: str) -> None:
    """Do what was typed. Raises WvatuiError, in words, for what cannot be done."""
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
        raise UsageError(f"{command.name} needs {command.argument}")
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
    """Whole lines that `text` could become: verbs first, then what a verb takes."""
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
    """What the verb that is being typed does and takes; empty when there is none yet."""
    name = text.lstrip().partition(" ")[0]
    command = next((c for c in COMMANDS if c.name == name), None)
    return f"{command.argument}  {command.title}".strip() if command is not None else ""
