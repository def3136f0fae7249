"""Two runs beside each other: their names, warnings, and the table that compares their figures."""

from collections.abc import Callable

from wvatui.analysis.compare.report import BEYOND, NO_DATA
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, cut, heading, wrapped
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, Drawn, Panel, draw
from wvatui.ui.model.view_model import ViewModel

ID = "beside"
WIDEST = 90
"""The greatest width of the table, in cells; figures far from their names are easily misread."""
STYLES = ("s1", "s2")
"""The styles in which charts draw the two runs."""
FigureCells = tuple[str, ...]
"""One row of the table: name of the figure, first run, second run, difference."""


def _records(vm: ViewModel) -> tuple[FigureCells, ...]:
    return vm.beside.table if vm.beside is not None else ()


def _key(row: FigureCells) -> str:
    return f"figure:{row[0]}"


def _cell(place: int) -> Callable[[FigureCells, Symbols], Span]:
    def cell(row: FigureCells, symbols: Symbols) -> Span:
        if row[place] == NO_DATA:
            return (NO_DATA, "muted")
        return (row[place], "bold" if row[place].endswith(BEYOND) else "")

    return cell


COLUMNS: tuple[Column[FigureCells], ...] = (
    Column("figure", "from the start of load on", 30, lambda r, s: (r[0], ""), _key, grows=True),
    Column("a", "A", 11, _cell(1), _key, right=True),
    Column("b", "B", 11, _cell(2), _key, right=True),
    Column("delta", "difference", 21, _cell(3), _key, right=True),
)


def _head(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The title with the time since the start of load, the names of the runs, and warnings."""
    runs = vm.beside
    if runs is None:
        title = heading("Beside", "", width, vm.symbols)
        return [title, ((" the run beside this one is being read", "muted"),)]
    at = format.t_plus(runs.load_s)
    names: list[Span] = []
    for side, style in zip((runs.first, runs.second), STYLES, strict=True):
        names += [(f" {side.letter} ", f"bold {style}"), (f"{sanitize(side.name, 60)}  ", "")]
    words = [
        ((f" {line}", "warn"),)
        for word in runs.words
        for line in wrapped(sanitize(word, 300), max(20, width - 2))
    ]
    title = heading("A against B", f"charts: up to {at} of load", width, vm.symbols)
    return [title, tuple(names), *cut(words, max(1, height // 4), vm.symbols)]


def _drawn(vm: ViewModel, width: int, height: int) -> Drawn:
    head = _head(vm, width, height)
    if not _records(vm):
        return Drawn(head, [""] * len(head))
    table = draw(
        COLUMNS,
        _records(vm),
        _key,
        selected=vm.view_state.selected.get(ID, ""),
        width=min(width, WIDEST),
        height=max(2, height - len(head)),
        symbols=vm.symbols,
    )
    return Drawn([*head, *table.lines][:height], [*[""] * len(head), *table.keys][:height])


PANELS = (
    Panel(
        id=ID,
        title="Two runs beside each other",
        lines=lambda vm, width, height: _drawn(vm, width, height).lines,
        rows=lambda vm: tuple(map(_key, _records(vm))),
        keys=lambda vm, width, height: _drawn(vm, width, height).keys,
    ),
)
