"""A chart as lines of the screen: title, value axis, canvas, end labels, time axis.

Pure: a `ChartView` and a size go in, lines come out. Data lies on top; thresholds, decisions,
marks and gaps are drawn only where no data is, so that they never hide a value.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len

from wvatui.core.views import ChartView, SeriesView
from wvatui.ui.line import Line, Span, clip, spread
from wvatui.ui.plot import EMPTY, Cells, Limits, Point, Stroke, draw
from wvatui.ui.safe import fit, fit_right, safe
from wvatui.ui.symbols import Symbols, plain
from wvatui.ui.ticks import time_axis, value_label, y_axis
from wvatui.ui.words import clock

Grid = list[list[Span]]
"""Rows of single cells, each with its style."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What is drawn as one stroke: its name, style, whether it gets an end label."""

    label: str
    style: str
    points: tuple[Point, ...]
    nudge_dots: int = 0
    rank: int = 0
    """Of labels whose values are equal the lowest rank is on top."""


def render(
    view: ChartView,
    width: int,
    height: int,
    symbols: Symbols,
    keys: Mapping[str, int] | None = None,
) -> list[Line]:
    """The chart in exactly `height` lines of `width` cells.

    `keys` numbers the pods that have a colour of their own, from 1; a line whose name is in it is
    labelled with that number, any other with its name.
    """
    if width < 12 or height < 3:
        return [clip(((safe(view.title), "bold"),), max(0, width), symbols.ellipsis)] + [()] * max(
            0, height - 1
        )
    traces = _traces(view, keys or {})
    highest = _highest(view, traces)
    rows = height - 2
    top, ticks = y_axis(view.unit, highest, rows)
    labels = {_row_of(tick, top, rows): value_label(view.unit, tick) for tick in ticks}
    left = max(len(label) for label in labels.values()) + 2
    gutter = _gutter_width(traces, width)
    columns = max(1, width - left - gutter)
    limits = Limits(view.since, view.until, 0.0, top)
    cells = _canvas(traces, columns, rows, limits, symbols)
    grid, unnamed = _compose(view, traces, cells, top, symbols)
    ends = _end_labels(traces, limits, rows, gutter, symbols)
    lines = [_title(view, width, symbols, unnamed)]
    for row in range(rows):
        label = labels.get(row, "")
        axis = (fit_right(label, left - 1) + (symbols.axis if label else "│"), "muted")
        if not symbols.unicode:
            axis = (fit_right(label, left - 1) + "|", "muted")
        lines.append((axis, *_join(grid[row]), *ends.get(row, ((" " * gutter, ""),))))
    lines.append(_times(view, left, columns, width))
    return lines


def _traces(view: ChartView, keys: Mapping[str, int]) -> list[Trace]:
    """Every stroke of the chart, the ones to lie on top last."""
    traces: list[Trace] = []
    steps = sum(1 for s in view.series if s.style == "step")
    nudge = steps - 1
    free = 0
    for series in view.series:
        name = safe(series.name, 60)
        if series.style == "band":
            traces.extend(_band(series))
        elif series.style == "threshold":
            traces.insert(0, Trace("", "threshold", series.points))
        elif series.style == "step":
            traces.append(Trace(name, f"s{free % 8 + 1}", _steps(series.points), nudge))
            nudge -= 1
            free += 1
        elif series.name in keys:
            number = keys[series.name]
            traces.append(Trace(str(number), f"s{(number - 1) % 8 + 1}", series.points))
        else:
            traces.append(Trace(name, f"s{free % 8 + 1}", series.points))
            free += 1
    return traces


def _band(series: SeriesView) -> list[Trace]:
    """A band as its lower and upper rim and, on top, the mean."""
    times = [at for at, _ in series.points]
    low = tuple(zip(times, series.low, strict=False))
    high = tuple(zip(times, series.high, strict=False))
    return [
        Trace("min", "s8", low, rank=2),
        Trace("max", "s3", high),
        Trace("mean", "bold s1", series.points, rank=1),
    ]


def _steps(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """A value holds until the next one is known."""
    out: list[Point] = []
    for index, (at, value) in enumerate(points):
        if index and (before := points[index - 1][1]) is not None:
            out.append((at, before))
        out.append((at, value))
    return tuple(out)


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _highest(view: ChartView, traces: list[Trace]) -> float | None:
    values = [v for t in traces for _, v in t.points if v is not None and math.isfinite(v)]
    if not values:
        return None
    values.extend(v for _, v in view.thresholds if math.isfinite(v))
    return max(values)


def _row_of(value: float, top: float, rows: int) -> int:
    """The row (0 is the upper one) in which the canvas draws a value."""
    up = 0.125 + value / top * (rows - 0.25)
    return rows - 1 - min(rows - 1, max(0, math.floor(up)))


def _gutter_width(traces: list[Trace], width: int) -> int:
    """Room for the end labels: the longest, but never more than a third of the chart."""
    longest = max((len(t.label) for t in traces), default=0)
    return min(longest + 1, max(2, width * 3 // 10)) if longest else 0


def _canvas(
    traces: list[Trace], columns: int, rows: int, limits: Limits, symbols: Symbols
) -> Cells:
    unit_dots = rows * 4 / limits.y_max
    strokes = [
        Stroke(t.points, slot, t.nudge_dots if unit_dots >= 4 else 0)
        for slot, t in enumerate(traces)
    ]
    return draw(strokes, width=columns, height=rows, limits=limits, braille=symbols.unicode)


def _compose(
    view: ChartView, traces: list[Trace], cells: Cells, top: float, symbols: Symbols
) -> tuple[Grid, list[str]]:
    """The canvas with all that lies behind the data, and thresholds whose names had no room."""
    grid: Grid = [
        [(cell.char, traces[cell.slot].style if cell.slot >= 0 else "") for cell in row]
        for row in cells
    ]
    rows, columns = len(grid), len(grid[0]) if grid else 0
    if not any(_finite(v) for t in traces for _, v in t.points):
        _write_note(grid, view.note or "no samples yet", symbols)
        return grid, []
    unnamed = _draw_thresholds(view, grid, cells, top, symbols)
    _draw_marks(view, grid, cells, symbols)
    span = view.until - view.since
    for since, until in view.gaps:
        first = max(0, math.floor((since - view.since) / span * columns))
        last = min(columns, math.ceil((until - view.since) / span * columns))
        for column in range(first, last):
            for row in range(rows):
                if grid[row][column][0] == EMPTY.char:
                    grid[row][column] = (symbols.gap, "gap")
    return grid, unnamed


def _write_note(grid: Grid, note: str, symbols: Symbols) -> None:
    """The reason for an empty chart, in its middle, over as many rows as it needs."""
    rows, columns = len(grid), len(grid[0])
    words, lines = safe(note, 300).split(), [""]
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


def _draw_thresholds(
    view: ChartView, grid: Grid, cells: Cells, top: float, symbols: Symbols
) -> list[str]:
    """Draw and name the thresholds where no data is; returns the names that found no room."""
    unnamed: list[str] = []
    for name, value in view.thresholds:
        if not (math.isfinite(value) and 0 <= value <= top):
            continue
        row = _row_of(value, top, len(grid))
        for column, cell in enumerate(cells[row]):
            if cell == EMPTY:
                grid[row][column] = (symbols.threshold, "threshold")
        for label in _names_of(view.unit, name, value, symbols):
            start = _free_run(cells, row, len(label) + 2)
            if start is not None:
                for offset, char in enumerate(f" {label} "):
                    grid[row][start + offset] = (char, "threshold")
                break
        else:
            unnamed.append(_names_of(view.unit, name, value, symbols)[-1])
    return unnamed


def _names_of(unit: str, name: str, value: float, symbols: Symbols) -> list[str]:
    """A threshold's name, in full and without what follows its comma."""
    named = safe(name, 60)
    # Most names say their value already; two numbers for one line would only puzzle.
    if not any(char.isdigit() for char in named):
        named = f"{named} {value_label(unit, value)}"
    named = named if symbols.unicode else plain(named)
    short = named.split(",")[0]
    return [named] if short == named else [named, short]


def _free_run(cells: Cells, row: int, length: int) -> int | None:
    """Where in a row `length` cells lie free of data, the leftmost place but the very first."""
    run = 0
    for column, cell in enumerate(cells[row]):
        run = run + 1 if cell == EMPTY and column > 0 else 0
        if run == length:
            return column - length + 1
    return None


def _draw_marks(view: ChartView, grid: Grid, cells: Cells, symbols: Symbols) -> None:
    rows, columns = len(grid), len(grid[0])
    span = view.until - view.since
    at_column: dict[int, tuple[int, str, str]] = {}
    for at, kind, _ in view.marks:
        if not (view.since <= at <= view.until and math.isfinite(at)):
            continue
        column = min(columns - 1, int((at - view.since) / span * columns))
        sign = mark_sign(kind, symbols)
        if column not in at_column or sign[0] > at_column[column][0]:
            at_column[column] = sign
    # Very many lines would be a hatching that says nothing: then only their signs are drawn.
    lines = len(at_column) <= columns // 3
    for column, (_, sign_char, style) in at_column.items():
        signed = False
        for row in range(rows):
            if cells[row][column] != EMPTY or grid[row][column][0] not in (" ", symbols.threshold):
                continue
            if not signed:
                grid[row][column] = (sign_char, style)
                signed = True
            elif lines and grid[row][column][0] == " ":
                grid[row][column] = (symbols.mark_line, "mark")


def mark_sign(kind: str, symbols: Symbols) -> tuple[int, str, str]:
    """Rank, sign and style of a mark in a chart; of several in one column the highest is shown."""
    if kind == "mark":
        return 4, symbols.mark, "bold accent"
    if kind == "error":
        return 3, symbols.error, "bad"
    if kind == "scale-down":
        return 2, symbols.down, "info"
    if kind == "scale-up":
        return 2, symbols.up, "info"
    return 0, symbols.mark_line, "mark"


def _end_labels(
    traces: list[Trace], limits: Limits, rows: int, gutter: int, symbols: Symbols
) -> dict[int, Line]:
    """The name of each line at the height of its last value, each in a row of its own."""
    wanted: list[tuple[float, str, str]] = []
    for trace in sorted(traces, key=lambda t: t.rank):
        at, last = next(
            ((at, v) for at, v in reversed(trace.points) if v is not None), (0.0, math.nan)
        )
        # A line that ended long ago has no present value to be labelled.
        fresh = at >= limits.x_max - 0.08 * (limits.x_max - limits.x_min)
        if trace.label and math.isfinite(last) and fresh:
            wanted.append((last, trace.label, trace.style))
    wanted.sort(key=lambda w: -w[0])
    homes = [_row_of(min(w[0], limits.y_max), limits.y_max, rows) for w in wanted[:rows]]
    placed: dict[int, Line] = {}
    for row, (_, label, style) in zip(_apart(homes, rows), wanted, strict=False):
        text = label if symbols.unicode else plain(label)
        placed[row] = ((" " + fit(text, gutter - 1, symbols.ellipsis), style),)
    return placed


def _apart(homes: list[int], rows: int) -> list[int]:
    """Ascending rows moved as little as needed so that no two are the same."""
    out = list(homes)
    for index in range(1, len(out)):
        out[index] = max(out[index], out[index - 1] + 1)
    last = rows - 1
    for index in range(len(out) - 1, -1, -1):
        out[index] = min(out[index], last)
        last = out[index] - 1
    return out


def _title(view: ChartView, width: int, symbols: Symbols, unnamed: list[str]) -> Line:
    band = next((s.name for s in view.series if s.style == "band"), "")
    title = safe(f"{view.title}, {band}" if band else view.title, 80)
    if not symbols.unicode:
        title = plain(title)
    room = width - len(title) - 3
    named = ""
    for name in unnamed:
        more = f"{named}  {symbols.threshold} {name}".lstrip()
        # Half a name says nothing, and the title must stay.
        if cell_len(more) <= room:
            named = more
    right: Line = ((f"{named} ", "threshold"),) if named else ()
    return spread(((f" {title}", "bold"),), right, width, symbols.ellipsis)


def _times(view: ChartView, left: int, columns: int, width: int) -> Line:
    """The time axis: UTC labels, each centred under its moment."""
    row = [" "] * width
    if view.since <= 0:
        return (("".join(row), "muted"),)  # the time is not known yet
    span = view.until - view.since
    end = 0
    for at, label in time_axis(view.since, view.until, columns):
        column = left + int((at - view.since) / span * columns)
        start = max(left, min(column - len(label) // 2, left + columns - len(label)))
        if start < end + 1 and end:
            continue
        row[start : start + len(label)] = label
        end = start + len(label)
    if not end and columns >= 8:
        row[left : left + 8] = clock(view.since)
    return (("".join(row[:width]), "muted"),)


def _join(row: list[Span]) -> list[Span]:
    """Neighbouring cells of one style as one span."""
    out: list[Span] = []
    text, style = "", ""
    for char, name in row:
        if name != style and text:
            out.append((text, style))
            text = ""
        style = name
        text += char
    if text:
        out.append((text, style))
    return out
