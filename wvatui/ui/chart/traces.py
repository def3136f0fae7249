"""The series of a chart as traces: what is drawn of each, in which style, and its label."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.ui.chart.plot import CanvasPoint
from wvatui.ui.draw.sanitize import sanitize


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
