"""The lines of a chart: the strokes that a series becomes, as cells of braille dots.

A cell has two columns of four dots. Points are clipped to the canvas first, so that nothing that
a series holds (NaN, infinity, values far outside) costs more than what is seen. Axes, labels and
thresholds are drawn by `wvatui.ui.chart.frame`: they stay clear of the data.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.ui.draw.sanitize import sanitize

MAX_WIDTH, MAX_HEIGHT = 1000, 400
"""Cells; more than any terminal, less than what would hurt."""
_EDGE = 1e-3
LOWEST, RIM = 0.375, 0.125
"""Where in its row of cells, from below, the lowest value lies, and how far from the upper rim the
highest: in the middle of dots. A tick's label is read off at the middle of its row, so its value
lies there, as near as there is a dot."""
_FAR = 1e5
"""Cells from the canvas; farther away the slope of a line no longer matters, only that it ends."""
CanvasPoint = tuple[float, float | None]


class CanvasCell(NamedTuple):
    """One cell of a canvas. `slot` is the slot of the stroke drawn there, -1 where none is."""

    char: str
    slot: int


EMPTY = CanvasCell(" ", -1)
Cells = list[list[CanvasCell]]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line: points ascending in x; a value that is None or not finite cuts it.

    `nudge_dots` lifts the whole line by that many quarter cells, so that two lines of the same
    value lie side by side instead of one upon the other.
    """

    points: Sequence[CanvasPoint]
    slot: int = 0
    nudge_dots: int = 0
    dots: bool = False
    """Its points belong to no line: each is a dot."""


@dataclass(frozen=True, slots=True)
class AxisLimits:
    """What the canvas spans, in the data's units."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float


def draw(
    strokes: Iterable[Stroke], *, width: int, height: int, limits: AxisLimits, braille: bool = True
) -> Cells:
    """The strokes on a canvas of `width` x `height` cells, later ones over earlier ones.

    Without `braille` a line is drawn with the digit of its slot, counted from 1.
    """
    width, height = min(width, MAX_WIDTH), min(height, MAX_HEIGHT)
    if width <= 0 or height <= 0:
        return [[] for _ in range(max(0, height))]
    dots = [[0] * width for _ in range(height)]
    slots = [[-1] * width for _ in range(height)]
    for stroke in strokes:
        for run in _to_cells(stroke, width, height, limits):
            for part in _clip(run, width, height):
                _ink(part, dots, slots, stroke.slot)
    return [
        [
            EMPTY
            if slot < 0
            else CanvasCell(chr(_BRAILLE + dot) if braille else _digit(slot), slot)
            for dot, slot in zip(*row, strict=True)
        ]
        for row in zip(dots, slots, strict=True)
    ]


_BRAILLE = 0x2800
_DOTS_OF = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""The bits of a cell's dots, by column and by row from below (Unicode 16.0, Braille Patterns)."""


def _digit(slot: int) -> str:
    return str(slot % 9 + 1)


def _ink(
    part: list[tuple[float, float]], dots: list[list[int]], slots: list[list[int]], slot: int
) -> None:
    """Set the dots of a run of points, in cells from the lower left corner, and of the straight
    lines between them."""
    wide, high = 2 * len(dots[0]) - 1, 4 * len(dots) - 1
    last = len(dots) - 1
    before: tuple[int, int] | None = None
    for x, y in part:
        here = min(wide, max(0, int(2 * x))), min(high, max(0, int(4 * y)))
        if here == before:
            continue
        left, low = before or here
        across, up = here[0] - left, here[1] - low
        steps = max(abs(across), abs(up), 1)
        for n in range(0 if before is None else 1, steps + 1):
            # Rounded half up: a line has the same dots whichever way it is drawn.
            column = left + (2 * n * across + steps) // (2 * steps)
            row = low + (2 * n * up + steps) // (2 * steps)
            cell, line = column >> 1, last - (row >> 2)
            dots[line][cell] |= _DOTS_OF[column & 1][row & 3]
            slots[line][cell] = slot
        before = here


def _to_cells(
    stroke: Stroke, width: int, height: int, limits: AxisLimits
) -> list[list[tuple[float, float]]]:
    """The stroke as runs of points in cells, the origin being the lower left corner."""
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
        run.append((_near(column), _near(row)))
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
    """The parts of a run that lie on the canvas (Liang and Barsky, segment by segment)."""
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


@dataclass(frozen=True, slots=True)
class Trace:
    """What is drawn as one stroke: its name, style, whether it gets an end label."""

    label: str
    style: str
    points: tuple[CanvasPoint, ...]
    nudge_dots: int = 0
    rank: int = 0
    """Of labels whose values are equal the lowest rank is on top."""
    holds: bool = False
    """A value holds until the next one is known."""
    dots: bool = False
    """Points that belong to no line."""
    thick: bool = False
    """Drawn twice as thick: told from the line before it also without colour."""
    unseen: bool = False
    """It has a name and values, and is not drawn."""


def traces_of(view: ChartView, keys: Mapping[str, int]) -> list[Trace]:
    """Every stroke of the chart, the ones to lie on top last."""
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
        Trace("", "border", tuple(ground)),
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
"""As many dots stand for a value that holds over the whole of a chart."""


def _dotted(view: ChartView, points: tuple[CanvasPoint, ...]) -> tuple[CanvasPoint, ...]:
    """A value that holds until the next one is known, as dots: it was not measured."""
    step = (view.until - view.since) / _DOTS
    out: list[CanvasPoint] = []
    for (at, value), (end, _) in pairwise((*points, *points[-1:])):
        count = max(1, math.ceil((end - at) / step)) if step > 0 else 1
        out += [(at + n * step, value) for n in range(count)]
    return tuple(out)


def finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
