"""The controller's log on the whole screen, followed or read line by line.

The selected line is shown in full, with its fields and the cycle it belongs to. Without a selection
the newest line is at the bottom and the log follows.
"""

from collections.abc import Sequence

from wvatui.core.lines import many
from wvatui.core.queries.session import session_rows
from wvatui.core.rows import cycle_rows, log_rows
from wvatui.core.rows.views import LogRow
from wvatui.ui.draw.line import Line, Span, clip, dimmed, rule, width_of, wrapped
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.model.panel import Panel, chosen
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.controller.absent import no_log
from wvatui.ui.panels.overview.logs import LEVELS, counted, filter_parts, texts

ID = "loglines"
END = "line:end"
"""The key of the place after the newest line; when it is selected, the log follows."""
WHOLE = 12_000
"""The most characters shown of the selected line."""
LogLineRows = list[tuple[str, Line]]


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then lines of the log."""
    return [line for _, line in _drawn(vm, width, height)]


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of the log line of each line; "" for the title."""
    return [key for key, _ in _drawn(vm, width, height)]


def rows(vm: ViewModel) -> tuple[str, ...]:
    """The keys of all log lines that match the filter, then `END`."""
    indices = vm.log_indices
    return (*(f"line:{index}" for index in indices), END) if indices else ()


def line_of(key: str) -> int | None:
    """The index of a log line by its key; None where the key names no line."""
    number = key.removeprefix("line:")
    return int(number) if number != key and number.isdigit() else None


def _drawn(vm: ViewModel, width: int, height: int) -> LogLineRows:
    indices = vm.log_indices
    selected = line_of(vm.view_state.selected.get(ID, ""))
    place = _place(indices, selected)
    out: LogLineRows = [("", _title(vm, indices, place, width))]
    room = max(1, height - 1)
    if not indices:
        return [*out, ("", ((f" {_none(vm)}", "muted"),))]
    first, last, opened = max(0, len(indices) - room), len(indices), []
    if place is not None:
        opened = _opened(vm, indices[place], width, max(3, room * 2 // 3))
        spare = room - len(opened)
        first = max(0, min(place - spare // 2, len(indices) - 1 - spare))
        last = min(len(indices), first + spare + 1)
    for index, line in _between(vm, indices, first, last, width):
        key = f"line:{index}"
        if place is not None and index == indices[place]:
            out += [(key, whole) for whole in opened]
        else:
            out.append((key, line))
    return out[: max(1, height)]


def _place(indices: Sequence[int], selected: int | None) -> int | None:
    """The position in `indices` of the selected line, or of the last one before it; None: no line
    is selected, so the log follows."""
    if selected is None or not indices:
        return None
    low, high = 0, len(indices)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if indices[middle] <= selected else (low, middle)
    return max(0, low - 1)


def _none(vm: ViewModel) -> str:
    view_state = vm.view_state
    if not view_state.pattern and not view_state.level:
        return no_log(vm)
    what = " ".join(w for w in (view_state.level, sanitize(view_state.pattern, 60)) if w)
    return f"no line matches {what}; esc shows all"


def _title(vm: ViewModel, indices: Sequence[int], place: int | None, width: int) -> Line:
    parts = filter_parts(vm, 40)
    if parts:
        parts.append(f"{len(indices)} of {many(vm.ask(session_rows.totals).lines, 'line')}")
    else:
        parts = counted(vm)
    if indices:
        parts.append("follows" if place is None else f"at {place + 1}, end follows")
    text = ", ".join(parts)
    if len(text) > width - 22:
        text = ", ".join(parts[-2:])
    return rule("Controller log", text, width, vm.symbols)


# --- lines --------------------------------------------------------------------------------


def _between(
    vm: ViewModel, indices: Sequence[int], first: int, last: int, width: int
) -> list[tuple[int, Line]]:
    """The lines at the positions from `first` up to, not including, `last`, each with its index."""
    # The neighbours decide whether the bracket of a cycle goes on beyond the screen.
    around = indices[max(0, first - 1) : last + 1]
    cycles = vm.ask(cycle_rows.line_cycles, around)
    cycle_of = dict(zip(around, cycles, strict=False))
    places = {index: place for place, index in enumerate(around)}
    out: list[tuple[int, Line]] = []
    for row in vm.ask(log_rows.log_rows, indices[first:last]):
        at = places[row.index]
        before = cycles[at - 1] if at else None
        after = cycles[at + 1] if at + 1 < len(cycles) else cycles[at]
        gutter = _gutter(vm, cycle_of[row.index], before, after)
        out.append((row.index, _row(vm, row, gutter, width)))
    return out


def _gutter(vm: ViewModel, cycle: float | None, before: float | None, after: float | None) -> Span:
    """One cell of the bracket around the lines of a cycle, with its start and end.

    `cycle`, `before`, `after`: the cycles of the line and of its neighbours.
    """
    if cycle is None:
        return ("   ", "")
    signs = " ┌│└" if vm.symbols.unicode else " +|+"
    if cycle != before:
        return (f" {signs[1]} ", "info")
    return (f" {signs[3]} ", "muted") if cycle != after else (f" {signs[2]} ", "muted")


def _row(vm: ViewModel, row: LogRow, gutter: Span, width: int) -> Line:
    level = sanitize(row.level, 12)
    style = LEVELS.get(level, "muted")
    text, fields = texts(vm, row, max(80, 2 * width))
    if row.kind == "continuation":
        # A stack trace continues the error above it.
        level, style = "", "muted"
    loud = style in ("bad", "warn")
    quiet = row.kind in ("continuation", "klog") or style == "muted"
    line = clip(
        (
            gutter,
            (f"{vm.time(row.at)} ", "muted"),
            (fit(level, 5, vm.symbols.ellipsis), f"bold {style}" if loud else style),
            (" ", ""),
            (text, style if loud else "muted" if quiet else ""),
            (f"  {fields}" if fields else "", "muted"),
        ),
        width,
        vm.symbols.ellipsis,
    )
    return dimmed(line) if row.context else line


def _opened(vm: ViewModel, index: int, width: int, most: int) -> list[Line]:
    """The selected log line in full, in at most `most` lines; the rest is counted."""
    symbols = vm.symbols
    rows = vm.ask(log_rows.log_rows, (index,), whole=True)
    if not rows:
        return []
    row = rows[0]
    level = sanitize(row.level, 12)
    style = LEVELS.get(level, "muted")
    text, fields = texts(vm, row, WHOLE)
    indent = 18
    pieces = [
        (piece, style if style in ("bad", "warn") else "bold")
        for piece in wrapped(text, width - indent - 1)
    ]
    pieces += [(piece, "") for piece in wrapped(fields, width - indent - 1) if fields]
    hidden = len(pieces) - (most - 1)
    if hidden > 0:
        pieces = [
            *pieces[: max(1, most - 2)],
            (f"{symbols.ellipsis} {hidden + 1} lines more", "muted"),
        ]
    head: Line = (
        ("   ", ""),
        (f"{vm.time(row.at)} ", ""),
        (fit(level, 5, symbols.ellipsis), f"bold {style}"),
        (" ", ""),
    )
    lines_: list[Line] = []
    for number, piece in enumerate(pieces):
        line: Line = (*head, piece) if not number else ((" " * indent, ""), piece)
        lines_.append(line)
    lines_.append(((" " * indent, ""), (_position(vm, row), "info")))
    first, *rest = lines_
    return [chosen(first, width, symbols), *(_grounded(line, width) for line in rest)]


def _grounded(line: Line, width: int) -> Line:
    """The line with the background of the selection, over the whole width."""
    padded = (*line, (" " * max(0, width - width_of(line)), ""))
    return tuple((text, f"{style} on".strip()) for text, style in padded if text)


def _position(vm: ViewModel, row: LogRow) -> str:
    """The number of a log line, and its cycle."""
    said = f"line {row.index + 1}"
    if row.kind == "unknown":
        said += ", wording not known"
    cycle = vm.ask(cycle_rows.cycle_of, row.index)
    if cycle is None:
        return f"{said}, in no cycle"
    return f"{said}, cycle of {vm.time(cycle)}: enter opens it"


PANELS = (
    Panel(
        id="loglines",
        filters=True,
        title="Log lines",
        lines=lines,
        rows=rows,
        keys=keys,
        ends=True,
        reads=(
            cycle_rows.cycle_of,
            cycle_rows.line_cycles,
            log_rows.log_matches,
            log_rows.log_rows,
            session_rows.header,
            session_rows.totals,
        ),
    ),
)
