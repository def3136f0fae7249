"""The time bar: the position in the session, with events and load stages on it."""

from wvatui.core.queries.load import load_rows
from wvatui.core.queries.load.stretches import stretches
from wvatui.core.queries.session import session_rows
from wvatui.ui.chart.axes import labels
from wvatui.ui.chart.behind import mark_sign
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel


def moment_at(vm: ViewModel, x: int, width: int) -> str:
    """The moment at column `x`, in the form that `seek` takes: `T+` and seconds since the start."""
    status = vm.status
    left, room = _bar(vm, width)
    length = max(0.0, status.ended_at - status.started_at)
    share = min(1.0, max(0.0, (x - left) / max(1, room - 1)))
    return f"T+{share * length:.3f}s"


def _bar(vm: ViewModel, width: int) -> tuple[int, int]:
    """The first column of the bar, and its number of columns."""
    status = vm.status
    done, length = status.shown_at - status.started_at, status.ended_at - status.started_at
    left = len(f" {format.t_plus(done)} ")
    right = len(f" {format.t_plus(max(0.0, length))}  100% ")
    return left, max(4, width - left - right)


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """One line: position, bar, end. Events after the position are muted, as they have not happened
    yet."""
    status, symbols = vm.status, vm.symbols
    length = status.ended_at - status.started_at
    done = status.shown_at - status.started_at
    ratio = min(1.0, max(0.0, done / length)) if length > 0 else 0.0
    left = f" {format.t_plus(done)} "
    right = f" {format.t_plus(max(0.0, length))}  {ratio * 100:3.0f}% "
    _, room = _bar(vm, width)
    thumb = min(room - 1, int(ratio * room))
    cells: list[Span] = [
        (symbols.rule if not symbols.unicode else "━", "primary")
        if column < thumb
        else (symbols.dot if not symbols.unicode else "─", "border")
        for column in range(room)
    ]
    if length > 0:
        _load(vm, cells, length)
        _events(vm, cells, length)
        _rates(vm, cells, length)
    cells[thumb] = (symbols.thumb, "bold primary")
    return [((left, "bold"), *cells, (right, "muted"))]


def _events(vm: ViewModel, cells: list[Span], length: float) -> None:
    """Draw the events; of several in one cell, the one with the highest rank."""
    status, symbols = vm.status, vm.symbols
    ranks: dict[int, int] = {}
    for event in vm.events:
        if event.at < status.started_at:
            continue  # context from before T+0
        column = int((event.at - status.started_at) / length * len(cells))
        kind = event.kind
        if kind == "decision":
            kind = "scale-down" if "scale-down" in event.text else "scale-up"
        rank, sign, style = mark_sign(kind, symbols)
        if 0 <= column < len(cells) and rank >= ranks.get(column, 0):
            ranks[column] = rank
            cells[column] = (sign, "muted" if event.at > status.shown_at else style)


def _load(vm: ViewModel, cells: list[Span], length: float) -> None:
    """Draw load stages as a double line, with a stroke where one begins."""
    begin, double = _signs(vm)
    for first, last, _ in _stretches(vm, len(cells), length):
        for column in range(first, last):
            cells[column] = (begin if column == first else double, cells[column][1])


def _rates(vm: ViewModel, cells: list[Span], length: float) -> None:
    """Write the offered rate on each stretch of load, where it fits between events."""
    _, double = _signs(vm)
    for first, last, rate in _stretches(vm, len(cells), length):
        text = f" {rate} "
        inner = [sign for sign, _ in cells[first + 2 : last - 1]]
        run = next(
            (
                n
                for n in range(len(inner) - len(text) + 1)
                if all(sign == double for sign in inner[n : n + len(text)])
            ),
            None,
        )
        if run is not None and text.isascii():
            for offset, char in enumerate(text, first + 2 + run):
                cells[offset] = (char, cells[offset][1] if char == " " else "bold info")


def _signs(vm: ViewModel) -> tuple[str, str]:
    return ("╞", "═") if vm.symbols.unicode else ("[", "=")


def _stretches(vm: ViewModel, room: int, length: float) -> list[tuple[int, int, str]]:
    """The stretches of load on the bar, each as (first cell, cell after the last, rate)."""
    started, out = vm.status.started_at, []
    for stretch in stretches(vm.stages):
        first = max(0, int((stretch.since - started) / length * room))
        last = min(room, max(first + 1, int((stretch.until - started) / length * room)))
        if first < last:
            out.append((first, last, labels(stretch)[-1]))
    return out


PANELS = (
    Panel(
        id="scrubber",
        title="Position in the recording",
        lines=lines,
        follows="status",
        reads=(load_rows.stages, session_rows.events),
    ),
)
