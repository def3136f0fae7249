"""The strokes of a chart: what a series becomes before it is drawn."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.ui.chart.plot import CanvasPoint
from wvatui.ui.draw.sanitize import sanitize


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


def traces_of(view: ChartView, keys: Mapping[str, int]) -> list[Trace]:
    """Every stroke of the chart, the ones to lie on top last."""
    traces: list[Trace] = []
    steps = sum(1 for s in view.series if s.style == "step")
    nudge = steps - 1
    free = 0
    for series in view.series:
        name = sanitize(series.name, 60)
        if series.style == "band":
            traces.extend(_band(series))
        elif series.style == "threshold":
            traces.insert(0, Trace("", "threshold", series.points))
        elif series.style == "points":
            traces.insert(0, Trace("", "s8", series.points, dots=True))
        elif series.style == "step":
            traces.append(Trace(name, f"s{free % 8 + 1}", _steps(series.points), nudge, holds=True))
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


def _steps(points: tuple[CanvasPoint, ...]) -> tuple[CanvasPoint, ...]:
    """A value holds until the next one is known."""
    out: list[CanvasPoint] = []
    for index, (at, value) in enumerate(points):
        if index and (before := points[index - 1][1]) is not None:
            out.append((at, before))
        out.append((at, value))
    return tuple(out)


def finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
