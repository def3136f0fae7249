"""The names of a chart's lines, with their values, at the ends of the lines."""

import math
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len

from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.plot import Trace, finite
from wvatui.ui.draw.format import MISSING, count, latency, percent
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import fit
from wvatui.ui.draw.symbols import Symbols, plain

READ_FROM = 30
"""From this width on the lines' names say their values."""
ROOMY = 50
"""From this width on the names have at least GUTTER cells."""
GUTTER = 10
"""Cells that the names have at least: charts one below the other share their columns."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The name of a line, with its value where that has room, at that value's height."""

    value: float
    name: str
    reading: str
    style: str
    rank: int


def tags_of(view: ChartView, traces: list[Trace], cursor: float | None, width: int) -> list[Tag]:
    """One a line that has a name and a present value, or one at the cursor; the highest first."""
    tags: list[Tag] = []
    reads = cursor is not None or width >= READ_FROM
    for trace in sorted(traces, key=lambda t: t.rank):
        if not trace.label:
            continue
        value = _value_now(view, trace) if cursor is None else _value_at(view, trace, cursor)
        if value is not None:
            said = reading(view.unit, value) if reads else ""
            tags.append(Tag(value, trace.label, said, trace.style, trace.rank))
        elif cursor is not None:
            # What was not measured then says so, at the bottom.
            tags.append(Tag(-math.inf, trace.label, MISSING, trace.style, trace.rank))
    return sorted(tags, key=lambda tag: -tag.value)


def _value_now(view: ChartView, trace: Trace) -> float | None:
    known = [at for at, value in trace.points if finite(value)]
    if not known or not finite(trace.points[-1][1]):
        return None
    # A line that ended a while ago, by the pace of its own points, has no present value.
    steps = sorted(b - a for a, b in pairwise(known[-30:]))
    pace = steps[len(steps) // 2] if steps else 0.0
    reach = max(0.03 * (view.until - view.since), 2.5 * pace)
    if known[-1] < view.until - reach:
        return None
    return next(value for _, value in reversed(trace.points) if finite(value))


def _value_at(view: ChartView, trace: Trace, cursor: float) -> float | None:
    """The value that the line has at the cursor: the last one not after it, if not cut by a gap."""
    reach = (view.until - view.since) / 40
    last: float | None = None
    for at, value in trace.points:
        if at > cursor + 1e-6:
            # A point hardly after the cursor counts where nothing was before.
            return value if last is None and at - cursor <= reach / 4 else last
        last = value if trace.holds or cursor - at <= reach or not finite(value) else None
    return last


def reading(unit: str, value: float) -> str:
    """A value as it is read off a chart, in at most five cells."""
    if unit == "ratio":
        return percent(value)
    if unit == "ms":
        return latency(value)
    return f"{value:.1f}" if value < 10 and value != int(value) else count(value)


def gutter_width(tags: list[Tag], width: int) -> int:
    """Room for the names: the longest, but never more than a third of the chart."""
    longest = max((len(t.name) + (len(t.reading) + 1 if t.reading else 0) for t in tags), default=0)
    least = GUTTER if width >= ROOMY else 0  # charts one below the other share their columns
    if not longest:
        return least
    return max(least, min(longest + 1, max(2, width * 3 // 10)))


def row_of(value: float, top: float, rows: int) -> int:
    """The row (0 is the upper one) in which the canvas draws a value."""
    up = 0.125 + value / top * (rows - 0.25)
    return rows - 1 - min(rows - 1, max(0, math.floor(up)))


def end_labels(
    tags: list[Tag], top: float, rows: int, gutter: int, symbols: Symbols
) -> dict[int, Line]:
    """Each tag at the height of its value, in a row of its own; a name gives way to its value.

    Names that are too long leave out what all of them begin with.
    """
    alike = _alike([tag.name for tag in tags])
    homes = [row_of(max(0.0, min(t.value, top)), top, rows) for t in tags[:rows]]
    placed: dict[int, Line] = {}
    for row, tag in zip(_apart(homes, rows), tags, strict=False):
        said = tag.reading if symbols.unicode else plain(tag.reading)
        room = gutter - 1 - (len(said) + 1 if said else 0)
        name = tag.name if symbols.unicode else plain(tag.name)
        if cell_len(name) > room:
            name = name[alike:]
        if room < 1:  # nothing but the value, as long as that has room
            placed[row] = ((fit(f" {said or name}", gutter, symbols.ellipsis), tag.style),)
            continue
        text = f" {fit(name, min(room, max(1, cell_len(name))), symbols.ellipsis)}"
        placed[row] = ((fit(f"{text} {said}".rstrip(), gutter), tag.style),)
    return placed


def _alike(names: list[str]) -> int:
    """How many characters all names begin with, whole words."""
    low, high = min(names, default=""), max(names, default="")
    pairs = enumerate(zip(low, high, strict=False))
    common = next((place for place, (a, b) in pairs if a != b), 0)
    return max(low.rfind(sign, 0, common) for sign in " -_:/") + 1


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
