"""Lines of facts and Kubernetes events, for the details of pods and variants."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.cells import cell_len

from wvatui.core.rows.views import FactRow, KubeEventRow, Level, PodDetail, VariantDetail
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, dimmed, heading, wrapped
from wvatui.ui.draw.sanitize import fit, fit_middle, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import PanelLines
from wvatui.ui.model.view_model import ViewModel

STYLES: dict[Level, str] = {"ok": "ok", "warn": "warn", "bad": "bad", "off": "off"}
NAME = 14
"""The width of a fact's name, in cells."""
D = TypeVar("D", PodDetail, VariantDetail)
DrawOpened = Callable[[ViewModel, D, int, int], list[Line]]
"""Draws a panel from the details of what is open."""


def fact_lines(rows: Sequence[FactRow], width: int, height: int, symbols: Symbols) -> list[Line]:
    """The facts, each with its name in front and wrapped; facts that do not fit are counted."""
    out: list[Line] = []
    shown = 0
    for row in rows:
        lines = _fact(row, width, symbols)
        if len(out) + len(lines) > height - (shown < len(rows) - 1):
            # A cut fact is better than none; the ellipsis shows the cut.
            if len(out) < height - 1:
                out.append(clip(_fact(row, 10_000, symbols)[0], width, symbols.ellipsis))
                shown += 1
            break
        out += lines
        shown += 1
    if shown < len(rows):
        more = f" {symbols.ellipsis} {len(rows) - shown} more, z enlarges"
        out.append(((fit(more, width, symbols.ellipsis), "muted"),))
    return out[:height]


def _fact(row: FactRow, width: int, symbols: Symbols) -> list[Line]:
    name = f" {fit(sanitize(row.name, 40), NAME - 2, symbols.ellipsis)} "
    age = f"{format.age(row.age_s)} ago" if row.age_s is not None else ""
    text = "  ".join(part for part in (sanitize(row.text, 600), age) if part) or symbols.missing
    style = STYLES[row.level] if row.level else "muted" if text == symbols.missing else ""
    sign = f"{symbols.level[row.level]} " if row.level else ""
    source = f"  ({sanitize(row.source, 60)})" if row.source else ""
    room = max(8, width - NAME)
    if " " in text:
        pieces = wrapped(sign + text, room)
    else:
        # A single long word, such as a name, is cut in the middle.
        pieces = [sign + fit_middle(text, min(cell_len(text), room - len(sign)), symbols.ellipsis)]
    out: list[Line] = []
    for number, piece in enumerate(pieces):
        front: Span = (name if not number else " " * NAME, "muted")
        line: Line = (front, (piece, style))
        if number == len(pieces) - 1 and source and NAME + cell_len(piece + source) <= width:
            line = (*line, (source, "muted"))
        out.append(line)
    return out


def kube_event_section(
    vm: ViewModel, rows: Sequence[KubeEventRow], width: int, height: int, *, of: str, about: bool
) -> list[Line]:
    """A titled section with one line per Kubernetes event, the newest first; others are counted.

    `of`: the object of the events, for the text where there are none. `about`: whether each line
    names its object.
    """
    symbols = vm.symbols
    out = [heading("Kubernetes events", str(len(rows)) if rows else "", width, symbols)]
    if not rows:
        return [*out, ((f" none about {of} was seen", "muted"),)][:height]
    room = height - 1 if len(rows) < height else max(0, height - 2)
    out += [_kube_event(vm, row, width, about) for row in rows[:room]]
    if len(rows) > room:
        out.append(((f" {symbols.ellipsis} {len(rows) - room} earlier", "muted"),))
    return out[:height]


def opened(type_: type[D], kind: str) -> Callable[[DrawOpened[D]], PanelLines]:
    """Decorates a panel of what is open; while nothing of its type is, it says how to open it."""

    def decorate(draw: DrawOpened[D]) -> PanelLines:
        def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
            if isinstance(vm.opened, type_):
                return draw(vm, vm.opened, width, height)
            text = f" No {kind} is open: enter on a {kind} opens it."
            line: Line = ((fit(text, width, vm.symbols.ellipsis), "muted"),)
            return [line][:height]

        return lines

    return decorate


def _kube_event(vm: ViewModel, row: KubeEventRow, width: int, about: bool) -> Line:
    symbols = vm.symbols
    sign = symbols.level["warn"] if row.warning else symbols.dot
    style = "warn" if row.warning else "muted"
    spans: list[Span] = [
        (f" {vm.time(row.at)} ", "muted"),
        (f"{sign} ", style),
        (sanitize(row.reason, 60) or "event", f"bold {style}" if row.warning else "bold"),
    ]
    if row.count > 1:
        spans.append((f" {row.count}x", style))
    if about:
        kind, _, name = sanitize(row.about, 120).partition("/")
        shown = (
            f"{kind}/{name}" if width >= 100 else f"{kind} {name[-5:]}" if kind == "Pod" else kind
        )
        spans.append((f"  {shown}", "info"))
    spans.append((f"  {sanitize(row.message, 600)}", ""))
    line = clip(tuple(spans), width, symbols.ellipsis)
    return dimmed(line) if row.context else line
