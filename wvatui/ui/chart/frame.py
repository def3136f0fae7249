"""A chart as lines of the screen: title, value axis, canvas, end labels, time axis.

Pure: a `ChartView` and a size go in, lines come out. All charts of one width have the same plot
area, so that a moment has the same column in each. Load stages and the symbols of changes, marks
and errors are not part of a chart: `lane` draws them once for all charts of one width.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len

from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.axes import stage_rule, step_for, time_axis, value_label, y_axis
from wvatui.ui.chart.behind import column_of, compose, draw_down, mark_sign, signs
from wvatui.ui.chart.plot import AxisLimits, Cells, Stroke, draw
from wvatui.ui.chart.tags import end_labels, gutter_width, limit_tags, row_of, tags_of
from wvatui.ui.chart.traces import Trace, traces_of
from wvatui.ui.draw.format import moment
from wvatui.ui.draw.line import Line, Span, clip, spread
from wvatui.ui.draw.sanitize import fit, fit_right, in_room, sanitize
from wvatui.ui.draw.symbols import Symbols, plain

LEFT = 7
"""Cells of the value axis."""


@dataclass(frozen=True)
class FrameStyle:
    """How the viewer wants to see a chart.

    `keys` numbers the pods that have a colour of their own, from 1; a line whose name is in it is
    labelled with that number, any other with its name. `cursor` is the moment at which values are
    read, in UTC epoch seconds; None: at the right end.
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
    left, columns = span_of(width)
    gutter = width - left - columns
    cursor = style.cursor if style.cursor is not None and _on(view, style.cursor) else None
    tags = tags_of(view, traces, cursor, width)
    limits, unnamed = limit_tags(view, top, gutter, rows - len(tags), symbols)
    cells = _canvas(traces, columns, rows, AxisLimits(view.since, view.until, 0.0, top), symbols)
    grid = compose(view, traces, cells, top, symbols)
    if cursor is not None:
        draw_down(grid, column_of(view, cursor, columns), (symbols.cursor, "accent"))
    ends = end_labels([*tags, *limits], top, rows, gutter, symbols)
    lines = [_title(view, width, symbols, unnamed)]
    lines += [_legend(text, width, symbols) for text in view.legend[: height - 2 - rows]]
    for row in range(rows):
        label = labels.get(row, "") if highest is not None else ""
        axis = (fit_right(label, left - 1) + (symbols.axis if label else "│"), "muted")
        if not symbols.unicode:
            axis = (fit_right(label, left - 1) + "|", "muted")
        lines.append((axis, *_join(grid[row]), *ends.get(row, ((" " * gutter, ""),))))
    lines.append(_times(view, left, columns, width, style, cursor))
    return lines


def span_of(width: int) -> tuple[int, int]:
    """The first column of the canvas in a chart of `width` cells, and its number of columns."""
    return LEFT, max(1, width - LEFT - gutter_width(width))


def _rows(view: ChartView, height: int) -> int:
    """The height of the canvas: what title, legend and time axis leave of `height`."""
    return height - 2 - min(len(view.legend), max(0, (height - 2) // 4))


def lane(
    view: ChartView, width: int, height: int, symbols: Symbols, style: FrameStyle = PLAIN_STYLE
) -> list[Line]:
    """The lines that all charts of `width` cells share, at most `height` of them.

    The last line has the symbols of changes, marks and errors, with the newest one (up to the
    cursor) in words; where there is a second line, it has the load stages.
    """
    left, columns = span_of(width)
    lines: list[Line] = []
    if height > 1:
        stages = stage_rule(view.stages, view.since, view.until, columns, symbols)
        lines.append(((fit_right("load ", left), "muted"), *_join(stages)))
    row = signs(view, columns, symbols)
    newest = _newest(view, style.cursor, width - left - columns, symbols)
    return [*lines, ((fit_right("events", left), "muted"), *_join(row), *newest)][:height]


def _newest(view: ChartView, cursor: float | None, room: int, symbols: Symbols) -> Line:
    """The newest change or mark up to the cursor, if its text fits into `room` cells."""
    until = view.until if cursor is None else cursor
    happened = [mark for mark in view.marks if view.since <= mark[0] <= until]
    if not happened:
        return ()
    _, kind, text = happened[-1]
    _, sign, colour = mark_sign(kind, symbols)
    said = sanitize("error" if kind == "error" else text, 80)
    said = said if symbols.unicode else plain(said)
    if kind == "mark":
        said = fit(said, min(cell_len(said), max(0, room - 4)), symbols.ellipsis)
    return ((f" {sign} ", colour), (said, "muted")) if cell_len(said) <= room - 4 else ()


def _on(view: ChartView, at: float) -> bool:
    return view.since <= at <= view.until


def _highest(view: ChartView, traces: list[Trace]) -> float | None:
    values = [v for t in traces for _, v in t.points if v is not None and math.isfinite(v)]
    if not values:
        return None
    values.extend(line.value for line in view.thresholds if math.isfinite(line.value))
    return max(values)


def _canvas(
    traces: list[Trace], columns: int, rows: int, limits: AxisLimits, symbols: Symbols
) -> Cells:
    unit_dots = rows * 4 / limits.y_max
    strokes = [
        Stroke(t.points, slot, lifted + (t.nudge_dots if unit_dots >= 4 else 0), t.dots, t.upright)
        for slot, t in enumerate(traces)
        for lifted in range(0 if t.unseen else 2 if t.thick else 1)
    ]
    return draw(strokes, width=columns, height=rows, limits=limits, braille=symbols.unicode)


def _title(view: ChartView, width: int, symbols: Symbols, unnamed: list[list[str]]) -> Line:
    band = next((s.name for s in view.series if s.style == "band"), "")
    title = sanitize(f"{view.title}, {band}" if band else view.title, 80)
    if not symbols.unicode:
        title = plain(title)
    room = width - len(title) - 3
    named = ""
    for texts in unnamed:
        more = (f"{named}  {symbols.threshold} {text}".lstrip() for text in texts if text)
        # Half a name is of no use, and the title must stay.
        named = next((text for text in more if cell_len(text) <= room), named)
    right: Line = ((f"{named} ", "threshold"),) if named else ()
    return spread(((f" {title}", "bold"),), right, width, symbols.ellipsis)


def _legend(text: str, width: int, symbols: Symbols) -> Line:
    shown = in_room((text,), max(0, width - 2), symbols.ellipsis)
    return ((f" {shown if symbols.unicode else plain(shown)}", "muted"),)


def _numbers(view: ChartView, left: int, columns: int, width: int) -> Line:
    """The axis of a chart over another quantity than time, with the quantity's name at its end."""
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
        column = left + column_of(view, cursor, columns)
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
    return [
        ("".join(char for char, _ in cells), style)
        for style, cells in groupby(row, key=itemgetter(1))
    ]
