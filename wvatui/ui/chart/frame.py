"""A chart as lines of the screen: title, value axis, canvas, end labels, time axis.

Pure: a `ChartView` and a size go in, lines come out. Data lies on top; thresholds, decisions,
marks and gaps are drawn only where no data is, so that they never hide a value. Stages of load have
a line of their own below the title.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len

from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.axes import stage_rule, step_for, time_axis, value_label, y_axis
from wvatui.ui.chart.plot import (
    EMPTY,
    AxisLimits,
    Cells,
    Stroke,
    Trace,
    draw,
    finite,
    traces_of,
)
from wvatui.ui.chart.tags import end_labels, gutter_width, row_of, tags_of
from wvatui.ui.draw.format import moment
from wvatui.ui.draw.line import Line, Span, clip, spread
from wvatui.ui.draw.sanitize import fit, fit_right, sanitize
from wvatui.ui.draw.symbols import Symbols, plain

LEFT = 6
"""Least room of the value axis: charts one below the other share their columns."""
STAGES_FROM = 6
"""A chart of so many lines shows the stages of load: below that its data need the room."""
Grid = list[list[Span]]
"""Rows of single cells, each with its style."""


@dataclass(frozen=True)
class FrameStyle:
    """How the viewer wants to see a chart.

    `keys` numbers the pods that have a colour of their own, from 1; a line whose name is in it is
    labelled with that number, any other with its name. `cursor`: the moment that is read.
    """

    keys: Mapping[str, int] = field(default_factory=dict)
    cursor: float | None = None
    clock: str = "utc"
    started_at: float = 0.0


PLAIN_STYLE = FrameStyle()


def render(
    view: ChartView, width: int, height: int, symbols: Symbols, style: FrameStyle = PLAIN_STYLE
) -> list[Line]:
    """The chart in exactly `height` lines of `width` cells."""
    if width < 12 or height < 3:
        return [clip(((sanitize(view.title), "bold"),), max(0, width), symbols.ellipsis)] + [
            ()
        ] * max(0, height - 1)
    traces = traces_of(view, style.keys)
    highest = _highest(view, traces)
    rows = _rows(view, height)
    top, ticks = y_axis(view.unit, highest, rows)
    labels = {row_of(tick, top, rows): value_label(view.unit, tick) for tick in ticks}
    left = max(LEFT, max(len(label) for label in labels.values()) + 2)
    cursor = style.cursor if style.cursor is not None and _on(view, style.cursor) else None
    tags = tags_of(view, traces, cursor, width)
    gutter = gutter_width(tags, width)
    columns = max(1, width - left - gutter)
    limits = AxisLimits(view.since, view.until, 0.0, top)
    cells = _canvas(traces, columns, rows, limits, symbols)
    grid, unnamed = _compose(view, traces, cells, top, symbols)
    if cursor is not None:
        _draw_cursor(grid, _column_of(view, cursor, columns), symbols)
    ends = end_labels(tags, top, rows, gutter, symbols)
    lines = [_title(view, width, symbols, unnamed)]
    if view.legend and rows < height - 2:
        lines += [_legend(text, width, symbols) for text in view.legend[: height - 2 - rows]]
    elif rows < height - 2:
        stages = stage_rule(view.stages, view.since, view.until, columns, symbols)
        lines.append(((" " * left, ""), *_join(stages)))
    for row in range(rows):
        label = labels.get(row, "")
        axis = (fit_right(label, left - 1) + (symbols.axis if label else "│"), "muted")
        if not symbols.unicode:
            axis = (fit_right(label, left - 1) + "|", "muted")
        lines.append((axis, *_join(grid[row]), *ends.get(row, ((" " * gutter, ""),))))
    lines.append(_times(view, left, columns, width, style, cursor))
    return lines


def span_of(view: ChartView, width: int, height: int, style: FrameStyle) -> tuple[int, int]:
    """Where the canvas lies in a chart of `width` cells: its first column, and how many it has."""
    traces = traces_of(view, style.keys)
    _, ticks = y_axis(view.unit, _highest(view, traces), max(1, _rows(view, height)))
    left = max(LEFT, max(len(value_label(view.unit, tick)) for tick in ticks) + 2)
    cursor = style.cursor if style.cursor is not None and _on(view, style.cursor) else None
    gutter = gutter_width(tags_of(view, traces, cursor, width), width)
    return left, max(1, width - left - gutter)


def _rows(view: ChartView, height: int) -> int:
    """Lines of the canvas: what title, time axis and the rule of the stages (or words) leave."""
    if view.legend:
        return height - 2 - min(len(view.legend), max(0, (height - 2) // 4))
    return height - 2 - (1 if view.stages and height >= STAGES_FROM else 0)


def _on(view: ChartView, at: float) -> bool:
    return view.since <= at <= view.until


def _column_of(view: ChartView, at: float, columns: int) -> int:
    share = (at - view.since) / (view.until - view.since)
    return min(columns - 1, max(0, int(share * columns)))


def _draw_cursor(grid: Grid, column: int, symbols: Symbols) -> None:
    """The moment that is read, behind the data."""
    for row in grid:
        if row[column][0] == EMPTY.char:
            row[column] = (symbols.cursor, "accent")


def _highest(view: ChartView, traces: list[Trace]) -> float | None:
    values = [v for t in traces for _, v in t.points if v is not None and math.isfinite(v)]
    if not values:
        return None
    values.extend(v for _, v in view.thresholds if math.isfinite(v))
    return max(values)


def _canvas(
    traces: list[Trace], columns: int, rows: int, limits: AxisLimits, symbols: Symbols
) -> Cells:
    unit_dots = rows * 4 / limits.y_max
    strokes = [
        Stroke(t.points, slot, t.nudge_dots if unit_dots >= 4 else 0, t.dots)
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
    if not any(finite(v) for t in traces for _, v in t.points):
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


def _draw_thresholds(
    view: ChartView, grid: Grid, cells: Cells, top: float, symbols: Symbols
) -> list[str]:
    """Draw and name the thresholds where no data is; returns the names that found no room."""
    unnamed: list[str] = []
    in_row: dict[int, list[list[str]]] = {}
    for name, value in view.thresholds:
        if math.isfinite(value) and 0 <= value <= top:
            names = _names_of(view.unit, name, value, symbols)
            in_row.setdefault(row_of(value, top, len(grid)), []).append(names)
    for row, names_of in in_row.items():
        for column, cell in enumerate(cells[row]):
            if cell == EMPTY:
                grid[row][column] = (symbols.threshold, "threshold")
        # Together, or one of them; in full, or short.
        groups = [names_of, *([names] for names in names_of)]
        labels = [(", ".join(n[end] for n in group), group) for group in groups for end in (0, -1)]
        starts = ((_free_run(cells, row, len(label) + 2), label, group) for label, group in labels)
        start, label, named = next((s for s in starts if s[0] is not None), (None, "", []))
        if start is not None:
            for offset, char in enumerate(f" {label} "):
                grid[row][start + offset] = (char, "threshold")
        unnamed += [names[-1] for names in names_of if names not in named]
    return unnamed


def _names_of(unit: str, name: str, value: float, symbols: Symbols) -> list[str]:
    """A threshold's name, in full and without what follows its comma."""
    named = sanitize(name, 60)
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


def _title(view: ChartView, width: int, symbols: Symbols, unnamed: list[str]) -> Line:
    band = next((s.name for s in view.series if s.style == "band"), "")
    title = sanitize(f"{view.title}, {band}" if band else view.title, 80)
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


def _legend(text: str, width: int, symbols: Symbols) -> Line:
    shown = fit(sanitize(text, 200), max(0, width - 2), symbols.ellipsis)
    return ((f" {shown if symbols.unicode else plain(shown)}", "muted"),)


def _numbers(view: ChartView, left: int, columns: int, width: int) -> Line:
    """The axis of a chart over something else than time; at its end, what that is."""
    name, row = sanitize(view.across, 40), [" "] * width
    room = left + columns
    step = step_for(view.until - view.since, max(1, columns // 12))
    number, end = 0, 0
    while view.since + number * step <= view.until:
        label = f"{view.since + number * step:g}"
        column = left + round(number * step / (view.until - view.since) * (columns - 1))
        first = max(left, column - len(label) // 2)
        if first >= end and first + len(label) <= min(room, width):
            row[first : first + len(label)] = label
            end = first + len(label) + 1
        number += 1
    if len(name) < width - room:
        row[room + 1 : room + 1 + len(name)] = name
    return (("".join(row)[:width], "muted"),)


def _times(
    view: ChartView, left: int, columns: int, width: int, style: FrameStyle, cursor: float | None
) -> Line:
    """The time axis in the chosen clock: labels centred under their moments, the cursor's too."""
    if view.across:
        return _numbers(view, left, columns, width)
    row = [" "] * width
    if view.since <= 0:
        return (("".join(row), "muted"),)  # the time is not known yet
    said, start = "", 0
    if cursor is not None:
        said = moment(cursor, style.clock, style.started_at)
        column = left + _column_of(view, cursor, columns)
        start = max(left, min(column - len(said) // 2, left + columns - len(said)))
    end = 0
    for at, label in time_axis(view.since, view.until, columns, style.clock, style.started_at):
        column = left + int((at - view.since) / (view.until - view.since) * columns)
        first = max(left, min(column - len(label) // 2, left + columns - len(label)))
        if first < end + 1 and end:
            continue
        if said and first < start + len(said) + 1 and first + len(label) + 1 > start:
            continue
        row[first : first + len(label)] = label
        end = first + len(label)
    if not end and not said and columns >= 8:
        label = moment(view.since, style.clock, style.started_at)
        row[left : left + len(label)] = label
    text = "".join(row[:width])
    if not said:
        return ((text, "muted"),)
    after = start + len(said)
    return ((text[:start], "muted"), (said, "bold accent"), (text[after:], "muted"))


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
