"""Draws the series of a chart as strokes on a canvas of braille characters.

Only this module imports plotext, and uses nothing of it but lines on an empty canvas. plotext
6.1 draws through a C++ kernel that does not check its input: a NaN in a line or a point far
outside the limits aborts the process, None and infinity raise, equal limits print a warning on
standard output, and without a terminal it draws 80x22 whatever size is set. So it gets only finite
points in units of cells, clipped to the canvas and cut into segments at gaps, with limits that are
never equal, and its limit to the terminal's size is off. `wvatui.ui.chart.frame` draws axes, labels
and thresholds: that is faster, and keeps them apart from the data.

plotext's figure is a global, so everything here runs on the thread of the screen.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.ui.draw.sanitize import sanitize

FIRST_COLOR = 16
"""The palette index that plotext draws slot 0 with; slot n has the n-th after it. They only carry
the slot through plotext: colours come from the theme."""
MAX_WIDTH, MAX_HEIGHT = 1000, 400
"""The largest canvas, in cells: larger than any terminal, and still fast to draw."""
_EDGE = 1e-3
LOWEST, RIM = 0.375, 0.125
"""Distances in cells: of the lowest value from the lower edge of the canvas, and of the highest
from the upper edge. Both values lie in the middle of a dot. A tick's value lies on the dot nearest
to the middle of its row, where its label is."""
_FAR = 1e5
"""The greatest distance of a point from the canvas, in cells; points farther away are moved to it,
which changes the slope of a line by less than can be seen."""
_RUN = re.compile(r"\x1b\[([0-9;]*)m([^\x1b]*)")

CanvasPoint = tuple[float, float | None]
SlotSegments = tuple[int, list[list[tuple[float, float]]]]
"""A slot, and the pieces of its line as points in cells."""


class CanvasCell(NamedTuple):
    """One cell of a canvas. `slot` is the slot of the stroke drawn there; -1: none."""

    char: str
    slot: int


EMPTY = CanvasCell(" ", -1)
Cells = list[list[CanvasCell]]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line: points ascending in x; a value that is None or not finite interrupts it.

    `nudge_dots` lifts the whole line by that many quarter cells, so that two lines of the same
    value are drawn side by side instead of one over the other.
    """

    points: Sequence[CanvasPoint]
    slot: int = 0
    nudge_dots: int = 0
    dots: bool = False
    """Points are drawn as single dots, without a line."""
    upright: bool = False
    """The stroke consists of vertical pieces only; they are drawn below all other strokes."""


@dataclass(frozen=True, slots=True)
class AxisLimits:
    """The range of the canvas, in the units of the data."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float


def draw(
    strokes: Iterable[Stroke], *, width: int, height: int, limits: AxisLimits, braille: bool = True
) -> Cells:
    """A canvas of `width` x `height` cells with the strokes, later ones over earlier ones.

    Without `braille` a line is drawn with the digit of its slot, counted from 1.
    """
    width, height = min(width, MAX_WIDTH), min(height, MAX_HEIGHT)
    if width <= 0 or height <= 0:
        return [[] for _ in range(max(0, height))]
    drawn: list[SlotSegments] = []
    below: list[SlotSegments] = []
    for stroke in strokes:
        mapped = _to_cells(stroke, width, height, limits)
        segments = [s for run in mapped for s in _clip(run, width, height)]
        (below if stroke.upright else drawn).append((stroke.slot, segments))
    if any(segments for _, segments in drawn):
        text = _plotext(drawn, max(2, width), max(2, height), braille)
        cells = _crop(parse(text), width, height)
    else:
        cells = [[EMPTY] * width for _ in range(height)]
    for slot, segments in below:
        for segment in segments:  # of one point, where the other is no number
            _upright(cells, slot, *segment[0], segment[-1][1], braille)
    return cells


_DOTS_UP = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""The bits of a braille cell's dots in its left and its right column, from below."""


def _upright(cells: Cells, slot: int, x: float, y0: float, y1: float, braille: bool) -> None:
    """Draw a vertical piece into empty cells, and as dots into those that have data.

    plotext does not draw these: a band has one in each column, which would be most of its points.
    """
    half = int(2 * x + _EDGE)  # the middle belongs to the right half, despite rounding
    column, dots = min(half // 2, len(cells[0]) - 1), _DOTS_UP[half % 2]
    lowest, highest = (int(4 * min(y, len(cells) - _EDGE)) for y in sorted((y0, y1)))
    for row in range(lowest // 4, highest // 4 + 1):
        line = cells[len(cells) - 1 - row]
        char, own = line[column]
        if braille:
            bits = sum(dots[max(0, lowest - 4 * row) : highest - 4 * row + 1])
            above = ord(char) if own >= 0 else 0x2800
            line[column] = CanvasCell(chr(above | bits), own if own >= 0 else slot)
        elif own < 0:
            line[column] = CanvasCell(str(slot % 9 + 1), slot)


def parse(ansi: str) -> Cells:
    """The coloured text that plotext returns, as cells; other colours than those of `draw` are
    no slot."""
    rows: Cells = []
    for line in ansi.rstrip("\n").split("\n"):
        row: list[CanvasCell] = []
        for code, text in _RUN.findall(line):
            slot = int(code[5:]) - FIRST_COLOR if code.startswith("38;5;") else -1
            row.extend(EMPTY if char in " \u2800" else CanvasCell(char, slot) for char in text)
        rows.append(row)
    return rows


def _to_cells(
    stroke: Stroke, width: int, height: int, limits: AxisLimits
) -> list[list[tuple[float, float]]]:
    """The stroke as runs of points in cells, counted from the lower left corner of the canvas."""
    x_span = limits.x_max - limits.x_min
    y_span = limits.y_max - limits.y_min
    runs: list[list[tuple[float, float]]] = []
    run: list[tuple[float, float]] = []
    lift = stroke.nudge_dots / 4
    if not (0 < x_span < math.inf and 0 < y_span < math.inf):
        return runs
    for x, y in stroke.points:
        if y is None or not (math.isfinite(x) and math.isfinite(y)):
            if run:
                runs.append(run)
            run = []
            continue
        column = (x - limits.x_min) / x_span * width
        row = LOWEST + (y - limits.y_min) / y_span * (height - LOWEST - RIM) + lift
        point = (_near(column), _near(row))
        if len(run) > 1 and run[-1][1] == run[-2][1] == point[1]:
            run[-1] = point  # a level line needs no more than its ends
        else:
            run.append(point)
        if stroke.dots:
            runs.append(run)
            run = []
    if run:
        runs.append(run)
    return runs


def _near(value: float) -> float:
    return min(_FAR, max(-_FAR, value))


def _clip(
    run: list[tuple[float, float]], width: int, height: int
) -> list[list[tuple[float, float]]]:
    """The parts of a run that lie on the canvas. Source: the Liang-Barsky clipping algorithm."""
    right, top = width - _EDGE, height - _EDGE
    if len(run) == 1:
        x, y = run[0]
        return [run] if 0 <= x <= width and 0 <= y <= height else []
    parts: list[list[tuple[float, float]]] = []
    for (x0, y0), (x1, y1) in pairwise(run):
        enter, leave = 0.0, 1.0
        dx, dy = x1 - x0, y1 - y0
        for step, room in ((-dx, x0 - _EDGE), (dx, right - x0), (-dy, y0 - _EDGE), (dy, top - y0)):
            if step == 0:
                if room < 0:
                    leave = -1.0
            elif step < 0:
                enter = max(enter, room / step)
            else:
                leave = min(leave, room / step)
        if enter > leave:
            continue
        start = (x0 + enter * dx, y0 + enter * dy) if enter > 0 else (x0, y0)
        end = (x0 + leave * dx, y0 + leave * dy) if leave < 1 else (x1, y1)
        if parts and parts[-1][-1] == start:
            parts[-1].append(end)
        else:
            parts.append([start, end])
    return parts


def _plotext(drawn: list[SlotSegments], width: int, height: int, braille: bool) -> str:
    """The coloured text that plotext draws from segments in cells, all inside the canvas."""
    import plotext  # the only import of it, and not before something is drawn

    plotext.terminal.limit(False, False)
    figure: Any = plotext.figure
    figure.plot_size(width, height)
    figure.axes(False)
    figure.legend(False)
    figure.canvas("default")
    for axis, cells in ((0, width), (1, height)):
        ruler = figure.ruler(axis, 0)
        ruler.frequency(0)
        # The kernel puts a limit into the middle of the outermost cell: these limits make its
        # scale the identity.
        ruler.lim(0.5, cells - 0.5)
    for slot, segments in drawn:
        symbol = "braille" if braille else str(slot % 9 + 1)
        marker = plotext.marker(symbol, plotext.pixel(foreground=FIRST_COLOR + slot % 64))
        xs = [_inside(x, width) for segment in segments for x, _ in segment]
        ys = [_inside(y, height) for segment in segments for _, y in segment]
        if not xs:
            continue
        signal = figure.signal(xs, ys, marker=marker).lines()
        # `draw` would look through all points for colours to avoid; there are none to avoid.
        signal._get_unique_pixels = tuple
        first = 0
        for segment in segments:
            signal.line(first, False)
            first += len(segment)
        figure.draw(signal)
    text: str = figure.build().string()
    figure.clear()
    return text


def _inside(value: float, cells: int) -> float:
    return min(cells - _EDGE, max(_EDGE, value))


def _crop(cells: Cells, width: int, height: int) -> Cells:
    """The lower left `width` x `height` cells; plotext's canvas is at least 2 x 2."""
    return [row[:width] for row in cells[len(cells) - height :]]


@dataclass(frozen=True, slots=True)
class Trace:
    """One stroke with its label and style; without a label it has no name at its end."""

    label: str
    style: str
    points: tuple[CanvasPoint, ...]
    nudge_dots: int = 0
    rank: int = 0
    """Of labels with equal values, the one with the lowest rank is on top."""
    holds: bool = False
    """A value holds until the next one is known."""
    dots: bool = False
    """Points are drawn as single dots, without a line."""
    thick: bool = False
    """The line is drawn twice as thick, so that it differs from its neighbour without colour."""
    upright: bool = False
    """The stroke consists of vertical pieces only."""
    unseen: bool = False
    """The stroke is not drawn, but its name and values are shown."""


def traces_of(view: ChartView, keys: Mapping[str, int]) -> list[Trace]:
    """All strokes of the chart, the topmost last."""
    traces: list[Trace] = []
    steps = sum(1 for s in view.series if s.style == "step")
    nudge = steps - 1
    has_band = any(series.style == "band" for series in view.series)
    free = 0
    for series in view.series:
        name = sanitize(series.name, 60)
        if series.style == "band":
            traces = [*_band(series), *traces]
        elif series.style == "threshold":
            traces.insert(0, Trace("", "threshold", series.points))
        elif series.style == "points":
            traces.insert(0, Trace("", "s8", series.points, dots=True))
        elif series.style == "stand-in":
            traces.append(Trace(name, "muted", _dotted(view, series.points), dots=True))
        elif series.style == "step":
            traces.append(Trace(name, f"s{free % 8 + 1}", _steps(series.points), nudge, holds=True))
            nudge -= 1
            free += 1
        elif series.name in keys:
            number = keys[series.name]
            label = f"pod {number}" if has_band else str(number)
            style = f"s{(number - 1) % 8 + 1}"
            traces.append(Trace(label, style, series.points, thick=number % 2 == 0))
        else:
            traces.append(Trace(name, f"s{free % 8 + 1}", series.points, thick=free % 2 == 1))
            free += 1
    return traces


def _band(series: SeriesView) -> list[Trace]:
    """A band as the ground from its lower to its upper rim and, on top, the mean."""
    times = [at for at, _ in series.points]
    low = tuple(zip(times, series.low, strict=False))
    high = tuple(zip(times, series.high, strict=False))
    ground: list[CanvasPoint] = []
    for at, least, most in zip(times, series.low, series.high, strict=False):
        ground += [(at, least), (at, most), (at, None)]
    return [
        Trace("", "border", tuple(ground), upright=True),
        Trace("min", "muted", low, rank=2, unseen=True),
        Trace("max", "muted", high, unseen=True),
        Trace("mean", "bold", series.points, rank=1),
    ]


def _steps(points: tuple[CanvasPoint, ...]) -> tuple[CanvasPoint, ...]:
    """A value holds until the next one is known."""
    out: list[CanvasPoint] = []
    for index, (at, value) in enumerate(points):
        if index and (before := points[index - 1][1]) is not None:
            out.append((at, before))
        out.append((at, value))
    return tuple(out)


_DOTS = 40
"""The number of dots of a value that holds over the whole width of a chart."""


def _dotted(view: ChartView, points: tuple[CanvasPoint, ...]) -> tuple[CanvasPoint, ...]:
    """Points for values that were not measured: each is repeated, as dots, until the next one."""
    step = (view.until - view.since) / _DOTS
    out: list[CanvasPoint] = []
    for (at, value), (end, _) in pairwise((*points, *points[-1:])):
        count = max(1, math.ceil((end - at) / step)) if step > 0 else 1
        out += [(at + n * step, value) for n in range(count)]
    return tuple(out)


def finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
