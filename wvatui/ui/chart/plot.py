"""Draws strokes on a canvas of braille characters.

Only this module imports plotext, and uses nothing of it but lines on an empty canvas. plotext
6.1 draws through a C++ kernel that does not check its input: a NaN in a line or a point far
outside the limits aborts the process, None and infinity raise, equal limits print a warning on
standard output, and without a terminal it draws 80x22 whatever size is set. So it gets only finite
points in units of cells, clipped to the canvas and cut into segments at gaps, with limits that are
never equal, and its limit to the terminal's size is off. `wvatui.ui.chart.frame` draws axes, labels
and thresholds: that is faster, and keeps them apart from the data. Its settings stay from one
canvas to the next, and only the lines are cleared: a canvas of the same size needs no others.

plotext's figure is a global, so everything here runs on the thread of the screen.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise, repeat
from typing import Any, NamedTuple

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
    last = len(cells) - 1
    lowest, highest = int(4 * y0), int(4 * y1)
    if lowest > highest:
        lowest, highest = highest, lowest
    for row in range(lowest // 4, highest // 4 + 1):
        line = cells[last - row]
        char, own = line[column]
        if braille:
            bits = sum(dots[max(0, lowest - 4 * row) : highest - 4 * row + 1])
            if own < 0:
                line[column] = _cell(chr(0x2800 | bits), slot)
            else:
                line[column] = _cell(chr(ord(char) | bits), own)
        elif own < 0:
            line[column] = _cell(str(slot % 9 + 1), slot)


def parse(ansi: str) -> Cells:
    """The coloured text that plotext returns, as cells; other colours than those of `draw` are
    no slot."""
    rows: Cells = []
    for line in ansi.rstrip("\n").split("\n"):
        row: list[CanvasCell] = []
        for code, text in _RUN.findall(line):
            slot = int(code[5:]) - FIRST_COLOR if code.startswith("38;5;") else -1
            row.extend(map(_cell, text, repeat(slot)))
        rows.append(row)
    return rows


@lru_cache(maxsize=4096)
def _cell(char: str, slot: int) -> CanvasCell:
    """A cell; cells are the same few again and again."""
    return EMPTY if char in " \u2800" else CanvasCell(char, slot)


def _to_cells(
    stroke: Stroke, width: int, height: int, limits: AxisLimits
) -> list[list[tuple[float, float]]]:
    """The stroke as runs of points in cells, counted from the lower left corner of the canvas."""
    x_span = limits.x_max - limits.x_min
    y_span = limits.y_max - limits.y_min
    runs: list[list[tuple[float, float]]] = []
    run: list[tuple[float, float]] = []
    lift, room = stroke.nudge_dots / 4, height - LOWEST - RIM
    if not (0 < x_span < math.inf and 0 < y_span < math.inf):
        return runs
    x_min, y_min, isfinite = limits.x_min, limits.y_min, math.isfinite
    for x, y in stroke.points:
        if y is None or not (isfinite(x) and isfinite(y)):
            if run:
                runs.append(run)
            run = []
            continue
        column = (x - x_min) / x_span * width
        row = LOWEST + (y - y_min) / y_span * room + lift
        if not (-_FAR < column < _FAR and -_FAR < row < _FAR):
            column, row = _within(column, -_FAR, _FAR), _within(row, -_FAR, _FAR)
        point = (column, row)
        if len(run) > 1 and run[-1][1] == run[-2][1] == row:
            run[-1] = point  # a level line needs no more than its ends
        else:
            run.append(point)
        if stroke.dots:
            runs.append(run)
            run = []
    if run:
        runs.append(run)
    return runs


def _within(value: float, lowest: float, highest: float) -> float:
    return min(highest, max(lowest, value))


def _clip(
    run: list[tuple[float, float]], width: int, height: int
) -> list[list[tuple[float, float]]]:
    """The parts of a run that lie on the canvas. Source: the Liang-Barsky clipping algorithm."""
    right, top = width - _EDGE, height - _EDGE
    inside = [_EDGE <= x <= right and _EDGE <= y <= top for x, y in run]
    if all(inside):
        return [run]
    if len(run) == 1:
        x, y = run[0]
        is_on = 0 <= x <= width and 0 <= y <= height
        return [[(_within(x, _EDGE, right), _within(y, _EDGE, top))]] if is_on else []
    parts: list[list[tuple[float, float]]] = []
    before: tuple[float, float] | None = None
    """The end of the last part before it was moved off the edge."""
    for number, (start, end) in enumerate(pairwise(run)):
        if not (inside[number] and inside[number + 1]):
            cut = _cut(start, end, right, top)
            if cut is None:
                continue
            start, end = cut
        on = (_within(end[0], _EDGE, right), _within(end[1], _EDGE, top))
        if before == start:
            parts[-1].append(on)
        else:
            parts.append([(_within(start[0], _EDGE, right), _within(start[1], _EDGE, top)), on])
        before = end
    return parts


def _cut(
    start: tuple[float, float], end: tuple[float, float], right: float, top: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of a line between two points that lies on the canvas; None: there is none."""
    (x0, y0), (x1, y1) = start, end
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
        return None
    return (
        (x0 + enter * dx, y0 + enter * dy) if enter > 0 else start,
        (x0 + leave * dx, y0 + leave * dy) if leave < 1 else end,
    )


def _plotext(drawn: list[SlotSegments], width: int, height: int, braille: bool) -> str:
    """The coloured text that plotext draws from segments in cells, all inside the canvas."""
    figure = _figure(width, height)
    try:
        for slot, segments in drawn:
            if not segments:
                continue
            xs, ys = zip(*chain.from_iterable(segments), strict=True)
            signal = figure.signal(xs, ys, marker=_marker(slot, braille)).lines()
            # `draw` would look through all points for colours to avoid; there are none to avoid.
            signal._get_unique_pixels = tuple
            first = 0
            for segment in segments:
                signal.line(first, False)
                first += len(segment)
            figure.draw(signal)
        text: str = figure.build().string()
    finally:
        figure.clear.data()
    return text


@lru_cache(maxsize=1)
def _figure(width: int, height: int) -> Any:
    """plotext's figure, set for an empty canvas of `width` x `height` cells."""
    figure = _bare_figure()
    figure.plot_size(width, height)
    # The kernel puts a limit into the middle of the outermost cell: these limits make its scale
    # the identity.
    figure.ruler(0, 0).lim(0.5, width - 0.5)
    figure.ruler(1, 0).lim(0.5, height - 0.5)
    return figure


@cache
def _bare_figure() -> Any:
    """plotext's figure, without anything around its canvas."""
    import plotext  # not before something is drawn

    plotext.terminal.limit(False, False)
    figure: Any = plotext.figure
    figure.axes(False)
    figure.legend(False)
    figure.canvas("default")
    figure.ruler("both", 0).frequency(0)
    return figure


@lru_cache(maxsize=128)
def _marker(slot: int, braille: bool) -> Any:
    """The marker of a slot. plotext would copy it for each point, as the kernel does once more."""
    import plotext

    class Shared(plotext.marker):  # type: ignore[misc]
        def __copy__(self) -> "Shared":
            return self

    symbol = "braille" if braille else str(slot % 9 + 1)
    return Shared(symbol, plotext.pixel(foreground=FIRST_COLOR + slot % 64))


def _crop(cells: Cells, width: int, height: int) -> Cells:
    """The lower left `width` x `height` cells; plotext's canvas is at least 2 x 2."""
    return [row[:width] for row in cells[len(cells) - height :]]
