"""The last line: a message when there is one, else the keys that can be used now."""

import textwrap
from typing import TYPE_CHECKING

from wvatui.ui.draw.line import Line, Span, width_of
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

if TYPE_CHECKING:
    from wvatui.ui.keys import Key

_ORDER = (
    *("app.quit", "help.help", "replay.live", "replay.toggle", "replay.previous", "view.overview"),
    "view.beside",
    *("app.command", "view.freeze", "session.mark", "log.filter", "session.snapshot"),
    *("table.open", "replay.goto", "replay.back", "replay.slower", "view.variant"),
    *("view.maximise", "view.charts"),
)
"""Ids of the keys that are named first where not all have room."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """One line of keys; pairs such as `[ ]` share a word."""
    from wvatui.ui import keys  # they name the views, whose parts are panels

    hints: list[tuple[str, str]] = []
    ids: list[str] = []
    for key in keys.usable(vm.capabilities, vm.bound):
        short = _short(key, vm)
        if not short:
            continue
        if hints and hints[-1][1] == short:
            hints[-1] = (_both(hints[-1][0], key.shown), short)
        else:
            hints.append((key.shown, short))
            ids.append(key.id)
    while hints:
        line: list[Span] = [(" ", "")]
        for shown, short in hints:
            line += [(shown, "bold primary"), (f" {short}  ", "muted")]
        line[-1] = (line[-1][0].rstrip(), line[-1][1])
        if width_of(tuple(line)) <= width:
            return [tuple(line)]
        ranks = [_ORDER.index(i) if i in _ORDER else len(_ORDER) for i in ids]
        last = ranks.index(max(ranks))
        hints.pop(last)
        ids.pop(last)
    return [()]


def _short(key: "Key", vm: ViewModel) -> str:
    """The word for a key in this view model; empty where it would say nothing."""
    if key.id == "view.charts" and vm.all_charts:
        return ""
    if key.id == "session.snapshot" and not vm.capabilities.can_write:
        return ""
    if key.id == "session.mark" and not vm.capabilities.can_record:
        return ""  # in a replay the keys that move through it need the room
    if key.where != "replay" or not vm.status.live:
        return "" if key.id == "replay.live" else key.short
    if vm.status.at_edge:
        # At the newest moment there is one way to go.
        return "back" if key.id == "replay.previous" else ""
    return key.short


def _both(first: str, second: str) -> str:
    """Two keys that share a word: `[ ]`, and digits as `1-6`."""
    if second.isdigit() and first[:1].isdigit():
        return f"{first[0]}-{second}"
    return f"{first} {second}"


def message_lines(text: str, style: str, width: int) -> list[Line]:
    """A message, wrapped to at most three lines; a long path is broken, never cut."""
    wrapped = textwrap.wrap(sanitize(text, 600), max(10, width - 2), break_long_words=True)
    return [((f" {part}", style),) for part in wrapped[:3]] or [()]


PANELS = (
    Panel(
        id="footer",
        title="Keys and messages",
        lines=lines,
        follows="status",
    ),
)
