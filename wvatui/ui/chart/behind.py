"""Draws behind the data of a chart: thresholds, gaps, the cursor; and the symbols of changes and
marks for the lane above all charts.

None of it hides a value: it is drawn only in empty cells, and a threshold crosses the data as
additional braille dots.
"""

import math
from collections.abc import Callable
from itertools import chain

from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.plot import EMPTY, CanvasCell, Cells
from wvatui.ui.chart.tags import row_of
from wvatui.ui.chart.traces import Trace, finite
from wvatui.ui.draw.line import Span
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols, plain

Grid = list[list[Span]]
"""Rows of single cells, each with its style."""


def compose(
    view: ChartView, traces: list[Trace], cells: Cells, top: float, symbols: Symbols
) -> Grid:
    """The canvas `cells` with thresholds and gaps behind the data; without data, with the reason.

    `top`: the value of the canvas's upper end.
    """
    spans: dict[CanvasCell, Span] = {
        cell: (cell.char, traces[cell.slot].style if cell.slot >= 0 else "")
        for cell in set(chain.from_iterable(cells))
    }
    grid: Grid = [[spans[cell] for cell in row] for row in cells]
    if not any(finite(v) for t in traces for _, v in t.points):
        _write_note(grid, view.note or "no samples yet", symbols)
        return grid
    columns, span = len(grid[0]), view.until - view.since

    def column_of(at: float, rounded: Callable[[float], int]) -> int:
        share = min(1.0, max(0.0, (at - view.since) / span))
        return rounded(share * columns)

    for _, value, since, until in view.thresholds:
        if math.isfinite(value) and 0 <= value <= top:
            first, last = (column_of(at, math.floor) for at in (since, until))
            _limit(grid[row_of(value, top, len(grid))], first, last, symbols)
    for since, until in view.gaps:
        first, last = column_of(since, math.floor), column_of(until, math.ceil)
        for row in grid:
            _fill(row, (symbols.gap, "gap"), first, last)
    return grid


def _fill(row: list[Span], cell: Span, first: int = 0, last: int | None = None) -> None:
    """Put `cell` into the empty cells from `first` up to, not including, `last`."""
    for column in range(first, len(row) if last is None else last):
        if row[column][0] == EMPTY.char:
            row[column] = cell


_MIDDLE = 0x12
"""The dots of a braille cell at the height of a threshold's line."""


def _limit(row: list[Span], first: int, last: int, symbols: Symbols) -> None:
    """Draw a threshold in a row from column `first` up to, not including, `last`: in empty cells,
    and as dots in those that have data."""
    for column in range(first, last):
        char, style = row[column]
        if char == EMPTY.char:
            row[column] = (symbols.threshold, "threshold")
        elif "\u2800" < char <= "\u28ff":
            row[column] = (chr(ord(char) | _MIDDLE), style)


def draw_down(grid: Grid, column: int, cell: Span) -> None:
    """Put `cell` into the empty cells of a column."""
    for row in grid:
        _fill(row, cell, column, column + 1)


def _write_note(grid: Grid, note: str, symbols: Symbols) -> None:
    """Write the reason for an empty chart into its middle, over as many rows as it needs."""
    rows, columns = len(grid), len(grid[0])
    words, lines = sanitize(note, 300).split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns - 2:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    lines = lines[:rows]
    for offset, line in enumerate(lines):
        text = fit(line, min(len(line), columns), symbols.ellipsis)
        row = (rows - len(lines)) // 2 + offset
        start = (columns - len(text)) // 2
        for column, char in enumerate(text if symbols.unicode else plain(text)):
            grid[row][start + column] = (char, "muted")


def signs(view: ChartView, columns: int, symbols: Symbols) -> list[Span]:
    """The symbols of changes, marks and errors, each in the cell of its moment.

    Of several in one cell the one with the highest rank is shown.
    """
    row: list[Span] = [(" ", "")] * columns
    ranked: dict[int, tuple[int, str, str]] = {}
    for at, kind, _ in view.marks:
        if not (view.since <= at <= view.until and math.isfinite(at)):
            continue
        column = column_of(view, at, columns)
        sign = mark_sign(kind, symbols)
        if column not in ranked or sign[0] > ranked[column][0]:
            ranked[column] = sign
            row[column] = sign[1:]
    return row


def column_of(view: ChartView, at: float, columns: int) -> int:
    """The column of the moment `at` (UTC epoch seconds) in a canvas of `columns` cells."""
    share = (at - view.since) / (view.until - view.since)
    return min(columns - 1, max(0, int(share * columns)))


def mark_sign(kind: str, symbols: Symbols) -> tuple[int, str, str]:
    """Rank, symbol and style of a kind of mark. Changes rank above errors, so that an error in the
    same cell never hides one."""
    if kind == "mark":
        return 4, symbols.mark, "bold accent"
    if kind == "setting":
        return 3, symbols.setting, "bold warn"
    if kind == "scale-down":
        return 3, symbols.down, "info"
    if kind == "scale-up":
        return 3, symbols.up, "info"
    if kind == "error":
        return 2, symbols.error, "bad"
    if kind == "gap":
        return 1, symbols.gap, "gap"
    return 0, symbols.mark_line, "mark"
