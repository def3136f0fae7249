"""The footer: a message when there is one, else the keys that can be used now."""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from wvatui.config.ui_settings import pages_of
from wvatui.core.queries.load import load_rows
from wvatui.ui.draw.line import Line, Span
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
    *("view.maximise", "view.charts", "view.health"),
)
"""Ids of keys, the most important first; where not all fit, the last ones are left out."""
_FIRST = _ORDER.index("view.overview") + 0.5
"""The place of keys that only one view has, in that order."""
CHARTED = ("overview", "latency", "beside")
"""Views that may have more charts than fit."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """One line of keys, each with a word; pairs such as `[ ]` share a word."""

    line: list[Span] = [(" ", "")]
    for hint in _hints(vm, width):
        line += [(hint.shown, "bold primary"), (f" {hint.short}  ", "muted")]
    line[-1] = (line[-1][0].rstrip(), line[-1][1])
    return [tuple(line)]


def key_at(vm: ViewModel, x: int, width: int) -> "Key | None":
    """The key whose hint is at column `x`; of keys that share a word, the nearest one."""
    end = 1
    for hint in _hints(vm, width):
        begin, end = end, end + hint.cells
        if begin <= x < end - 2:
            share = (x - begin) * len(hint.keys) // (cell_len(hint.shown) + 1)
            return hint.keys[min(share, len(hint.keys) - 1)]
    return None


@dataclass(slots=True)
class _Hint:
    """One or more keys with the word that they share."""

    keys: list["Key"]
    shown: str
    short: str

    @property
    def cells(self) -> int:
        return cell_len(self.shown) + cell_len(self.short) + 3


def _hints(vm: ViewModel, width: int) -> list[_Hint]:
    """The hints that fit into `width`; the least important ones are left out."""
    from wvatui.ui import keys  # imported late: keys imports views, and those import panels

    hints: list[_Hint] = []
    for key in keys.usable(vm.capabilities, vm.bound):
        short = _short(key, vm)
        joins = bool(hints) and (hints[-1].short, hints[-1].keys[-1].where) == (short, key.where)
        if short and joins:
            hints[-1].keys.append(key)
            hints[-1].shown = _both(hints[-1].shown, key.shown)
        elif short:
            hints.append(_Hint([key], key.shown, short))
    while hints and sum(hint.cells for hint in hints) - 1 > width:
        hints.remove(max(reversed(hints), key=lambda hint: _rank(hint.keys[0], hint.short)))
    return hints


def _rank(key: "Key", short: str) -> float:
    """The rank of a key; keys with the highest rank are left out first."""
    if key.views or short in ("page", "close") or key.id == "log.clear":
        return _FIRST
    return _ORDER.index(key.id) if key.id in _ORDER else len(_ORDER)


def _short(key: "Key", vm: ViewModel) -> str:
    """The word for a key in this view model; empty: the key is not shown."""
    view = vm.view_state.view
    if key.views and (view not in key.views or vm.view_state.detail):
        return ""
    if key.id == "view.load" and not vm.with_load:
        return ""
    if key.id == "view.health" and view == "health":
        return "close"
    if key.id == "log.clear":
        return "back" if vm.view_state.detail else ""
    if key.id == "view.charts":
        paged = view == "load" or len(pages_of(view)) > 1
        return "page" if paged else "" if vm.all_charts or view not in CHARTED else key.short
    if key.id == "session.snapshot" and not vm.capabilities.can_write:
        return ""
    if key.id == "session.mark" and not vm.capabilities.can_record:
        return ""  # a replay needs the room for the keys that move through it
    if key.where != "replay" or not vm.status.live:
        return "" if key.id == "replay.live" else key.short
    if vm.status.at_edge:
        # From the newest moment a viewer can only go back.
        return "back" if key.id == "replay.previous" else ""
    return key.short


def _both(first: str, second: str) -> str:
    """The text of two keys that share a word: `[ ]`; digits become a range, `1-6`."""
    if second.isdigit() and first[:1].isdigit():
        return f"{first[0]}-{second}"
    return f"{first} {second}"


def message_lines(text: str, style: str, width: int) -> list[Line]:
    """A message wrapped to at most three lines; a long path is broken between lines."""
    wrapped = textwrap.wrap(sanitize(text, 600), max(10, width - 2), break_long_words=True)
    return [((f" {part}", style),) for part in wrapped[:3]] or [()]


PANELS = (
    Panel(
        id="footer",
        title="Keys and messages",
        lines=lines,
        follows="status",
        reads=(load_rows.jobs, load_rows.stages),
    ),
)
