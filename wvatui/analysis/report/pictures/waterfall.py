"""The waterfall: changes of replicas below each other, each from its first step to its last."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.pictures.charting import WIDTH
from wvatui.analysis.report.pictures.palette import colors, lines
from wvatui.analysis.runs.run import Run
from wvatui.core.lines import time_of_day
from wvatui.core.queries.scaling.scaling import scaling
from wvatui.core.rows.scale_views import TITLES, ScaleEvent

MOST = 24
"""Most changes in one figure; of more, the longest are drawn."""
ROW, ABOVE, BELOW, LEFT, LINE = 24, 34, 52, 132, 18
"""Pixels: height of a change, space above and below all of them, width of their names, height of a
line of the legend."""


@dataclass(frozen=True, slots=True)
class WaterfallView:
    """Changes of replicas in the order in which they began; `of`: how many there were in all."""

    events: tuple[ScaleEvent, ...]
    of: int
    note: str = ""


def waterfall(run: Run) -> list[WaterfallView]:
    """The changes of a run with at least two known steps."""
    seen = [event for event in scaling(run.state, None).events if event.end > event.begin]
    chosen = sorted(seen, key=lambda event: event.begin - event.end)[:MOST]
    note = "" if chosen else "no change of which two steps were seen"
    ordered = tuple(sorted(chosen, key=lambda event: (event.begin, event.end)))
    return [WaterfallView(ordered, len(seen), note)]


def bars(event: ScaleEvent) -> Iterator[tuple[str, float, float]]:
    """(step, seconds from the first step at which it begins, its length): each bar begins at the
    latest step before it; the first step has no bar."""
    reached: float | None = None
    for step in event.steps:
        if step.at is None:
            continue
        if reached is not None and step.at > reached:
            yield step.id, reached - event.begin, step.at - reached
        reached = step.at if reached is None else max(reached, step.at)


def draw_waterfall(view: WaterfallView) -> drawing.Picture:
    """The figure of changes."""
    used = dict.fromkeys(step for event in view.events for step, _, _ in bars(event))
    order = [step for step in TITLES if step in used]
    columns = max(1, min(len(order), 4))
    above = ABOVE + LINE * -(-len(order) // columns)
    height = above + ROW * len(view.events) + BELOW
    edge = -(LEFT - 14) / (WIDTH - 14 - LEFT)
    box = (LEFT, above, WIDTH - 14, height - BELOW)
    with drawing.canvas(WIDTH, height, [box]) as (figure, (axis,)):
        handles = _bars(axis, view, order)
        axis.set_yticks(range(len(view.events)), [_name(event) for event in view.events])
        axis.set_ylim(len(view.events) - 0.4, -0.6)
        axis.set_xlim(left=0)
        axis.grid(visible=False, axis="y")
        axis.set_xlabel("seconds since the first step that was seen")
        longest = "" if view.of == len(view.events) else f", the longest {MOST} of {view.of}"
        axis.set_title(
            f"Each step until it was seen{longest}",
            x=edge,
            pad=(above - ABOVE + 8) * 72 / drawing.DOTS,
        )
        axis.legend(
            handles,
            [TITLES[step] for step in order],
            loc="lower left",
            bbox_to_anchor=(edge, 1.0),
            ncols=columns,
            borderpad=0,
            borderaxespad=0.2,
            labelspacing=0.2,
            handlelength=1.0,
            columnspacing=1.2,
        )
        return drawing.picture(figure)


def _bars(axis: Any, view: WaterfallView, order: list[str]) -> list[Any]:
    light, names = colors("light"), lines()
    handles = []
    for place, step in enumerate(order):
        spans = [
            (row, begin, length)
            for row, event in enumerate(view.events)
            for name, begin, length in bars(event)
            if name == step
        ]
        rows, begins, lengths = zip(*spans, strict=True)
        color = light[names[place % len(names)]]
        hatch = "" if place < len(names) else "//"
        handles.append(axis.barh(rows, lengths, left=begins, height=0.7, color=color, hatch=hatch))
    return handles


def _name(event: ScaleEvent) -> str:
    """Label of a change with its time and sizes: `08:02:30  1 → 3`."""
    size = " → ".join("?" if n is None else str(n) for n in (event.before, event.after))
    return f"{time_of_day(event.begin)}  {size}"
