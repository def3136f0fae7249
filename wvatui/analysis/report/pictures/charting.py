"""Draws a chart of the screen as a figure: its lines, thresholds, stages of load, gaps and
marks."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.pictures.palette import colors, lines
from wvatui.core.rows.views import ChartView, SeriesView

WIDTH = 500
LEFT = 72
"""Pixels at the left of a figure, which hold the numbers of its y axes."""
EDGE = -(LEFT - 14) / (WIDTH - 14 - LEFT)
"""Left edge of titles and legends, as a share of the width of the axes."""
TITLE, LINE, PANEL, BELOW = 30, 18, 180, 28
"""Height in pixels of a chart's title, a line of its legend, its axes, and the space below."""
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
_STEPS_MIN = (0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480, 1440)
_MARKS = {"scale-up": ("^", "ok"), "scale-down": ("v", "bad"), "mark": ("d", "accent")}
"""Shape and colour of each kind of mark that is drawn."""
MOST_MARKS = 60
"""Most changes of size that are drawn; of more, only their number is in the legend."""


@dataclass(frozen=True, slots=True)
class LineLook:
    """The look of one line. `color`: its name in the theme."""

    color: str
    dash: Any = "-"


def looks(count: int) -> list[LineLook]:
    """A different look for each line: eight colours, then the same dashed."""
    names = lines()
    return [
        LineLook(names[n % len(names)], _DASHES[n // len(names) % len(_DASHES)])
        for n in range(count)
    ]


def draw(views: Sequence[ChartView], zero: float, begins: str) -> drawing.Picture:
    """Draw charts of one window below each other. `zero`: the moment (UTC epoch seconds) from which
    time is counted, `begins`: what began then."""
    boxes: list[tuple[float, float, float, float]] = []
    upper = 0.0
    for view in views:
        upper += TITLE + LINE * _legend_rows(view)
        boxes.append((LEFT, upper, WIDTH - 14, upper + PANEL))
        upper += PANEL + BELOW
    with drawing.canvas(WIDTH, int(upper + BELOW), boxes) as (figure, axes):
        for axis, view in zip(axes, views, strict=True):
            if view.across:
                _panel(axis, _as_minutes(view), 0.0)
                axis.set_xlim(view.since, view.until)
            else:
                _panel(axis, view, zero)
                _time_axis(axis, view, zero)
        axes[-1].set_xlabel(views[-1].across or f"minutes since {begins}")
        return drawing.picture(figure)


def _as_minutes(view: ChartView) -> ChartView:
    """A chart whose x axis is not time, with one unit drawn as one minute."""
    return replace(
        view,
        series=tuple(
            replace(series, points=tuple((60 * x, y) for x, y in series.points))
            for series in view.series
        ),
        marks=tuple((60 * x, kind, text) for x, kind, text in view.marks),
    )


def _panel(axis: Any, view: ChartView, zero: float) -> None:
    light = colors("light")
    entries = [*_bands(axis, view, zero), *_lines(axis, view, zero)]
    for name, value, since, until in view.thresholds:
        ends = [(at - zero) / 60 for at in (max(since, view.since), min(until, view.until))]
        look = {"color": light["threshold"], "linewidth": 1, "linestyle": (0, (4, 3))}
        is_whole = since <= view.since and until >= view.until
        line = axis.axhline(value, **look) if is_whole else axis.hlines(value, *ends, **look)
        if name:
            entries.append((line, name))
    pad = (8 + LINE * _legend_rows(view)) * 72 / drawing.DOTS
    axis.set_title(_title(view), x=EDGE, pad=pad)
    bottom, top = axis.get_ylim()
    axis.set_ylim(min(0.0, bottom), max(top, _least_top(view.unit)))
    if view.unit == "ratio":
        axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    else:
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axis.locator_params(axis="y", nbins=5, integer=view.unit in ("replicas", "requests", "pods"))
    entries += _marks(axis, view, zero)
    axis.legend(
        [handle for handle, _ in entries],
        [drawing.worded(text) for _, text in entries],
        loc="lower left",
        bbox_to_anchor=(EDGE, 1.02),
        ncols=_columns([text for _, text in entries]),
        borderpad=0,
        borderaxespad=0.2,
        labelspacing=0.2,
        handlelength=1.6,
        columnspacing=1.2,
    )


def _title(view: ChartView) -> str:
    """The title, with the unit where neither the title nor the axis has it."""
    has_it = view.unit == "ratio" or view.unit in view.title.lower()
    return drawing.worded(view.title if has_it else f"{view.title}, {view.unit}")


def _least_top(unit: str) -> float:
    return 1.0 if unit in ("ratio", "replicas", "requests", "pods") else 0.0


def _lines(axis: Any, view: ChartView, zero: float) -> Iterator[tuple[Any, str]]:
    light = colors("light")
    for series, look in zip(view.series, looks(len(view.series)), strict=True):
        xs, ys = _xy(series.points, zero)
        color = light[look.color]
        if series.style == "band":
            low, high = _floats(series.low), _floats(series.high)
            axis.fill_between(xs, low, high, color=color, alpha=0.2, linewidth=0)
            (line,) = axis.plot(xs, ys, color=color)
            yield line, f"{series.name}, from lowest to highest"
            continue
        style = {
            "step": {"drawstyle": "steps-post", "linestyle": look.dash},
            "points": {"linestyle": "", "marker": "."},
        }.get(series.style, {"linestyle": look.dash})
        (line,) = axis.plot(xs, ys, color=color, **style)
        _alone(axis, series, zero, color)
        yield line, series.name


def _alone(axis: Any, series: SeriesView, zero: float, color: str) -> None:
    """Draw points without neighbours: a line between two gaps has no length."""
    if series.style == "points":
        return
    values = [None, *(value for _, value in series.points), None]
    bare = [
        (at, value)
        for (before, after), (at, value) in zip(
            zip(values, values[2:], strict=False), series.points, strict=False
        )
        if value is not None and before is None and after is None
    ]
    if bare:
        axis.plot(*_xy(bare, zero), color=color, linestyle="", marker=".")


def _xy(
    points: Iterable[tuple[float, float | None]], zero: float
) -> tuple[list[float], list[float]]:
    """Minutes and values; a gap becomes NaN, across which no line is drawn."""
    known = list(points)
    return [(at - zero) / 60 for at, _ in known], _floats(value for _, value in known)


def _floats(values: Iterable[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _bands(axis: Any, view: ChartView, zero: float) -> Iterator[tuple[Any, str]]:
    """Stages of load, shaded alternately, and stretches that were not recorded."""
    light = colors("light")
    for number, stage in enumerate(view.stages):
        axis.axvspan(
            (stage.since - zero) / 60,
            (stage.until - zero) / 60,
            color=light["selection"],
            alpha=0.55 if number % 2 == 0 else 0.25,
            linewidth=0,
            zorder=0,
        )
    for number, (since, until) in enumerate(view.gaps):
        span = axis.axvspan(
            (since - zero) / 60,
            (until - zero) / 60,
            facecolor="none",
            edgecolor=light["gap"],
            hatch="///",
            linewidth=0,
            zorder=0,
        )
        if not number:
            yield span, "not recorded"


def _marks(axis: Any, view: ChartView, zero: float) -> Iterator[tuple[Any, str]]:
    light = colors("light")
    for kind, (marker, color) in _MARKS.items():
        xs = [(at - zero) / 60 for at, each, _ in view.marks if each == kind]
        if not xs:
            continue
        shown = xs[:: 1 + len(xs) // MOST_MARKS]
        (line,) = axis.plot(
            shown,
            [0.0] * len(shown),
            transform=axis.get_xaxis_transform(),
            color=light[color],
            linestyle="",
            marker=marker,
            markersize=5,
            clip_on=False,
            zorder=4,
        )
        yield line, f"{kind} ({len(xs)})"


def _time_axis(axis: Any, view: ChartView, zero: float) -> None:
    since, until = (view.since - zero) / 60, (view.until - zero) / 60
    axis.set_xlim(since, max(until, since + 1 / 60))
    wanted = (until - since) / 7
    step = _STEPS_MIN[min(bisect_left(_STEPS_MIN, wanted), len(_STEPS_MIN) - 1)]
    first = int(since // step)
    ticks = [step * n for n in range(first, int(until // step) + 1) if since <= step * n <= until]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])


# --- the legend's place ---------------------------------------------------------------------


def _names(view: ChartView) -> list[str]:
    names = [
        f"{s.name}, from lowest to highest" if s.style == "band" else s.name for s in view.series
    ]
    names += [line.name for line in view.thresholds if line.name]
    names += ["not recorded"] * bool(view.gaps)
    marked = {kind for _, kind, _ in view.marks}
    return names + [f"{kind} (99)" for kind in _MARKS if kind in marked]


def _columns(names: Sequence[str]) -> int:
    """Columns of a legend that fit the figure, by its longest entry."""
    widest = max((min(len(name), drawing.LONGEST) for name in names), default=1)
    return max(1, min(len(names), int((WIDTH - 28) / (44 + 7.2 * widest))))


def _legend_rows(view: ChartView) -> int:
    names = _names(view)
    columns = _columns(names)
    return -(-len(names) // columns)


def has_lines(view: ChartView) -> bool:
    """Whether there is anything to draw, as a chart without a known point has no axis."""
    return any(value is not None for series in view.series for _, value in series.points)
