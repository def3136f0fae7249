"""The names of a chart's lines, with their values, at the ends of the lines."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len

from wvatui.core.lines import shared_start
from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.axes import value_label
from wvatui.ui.chart.plot import LOWEST, RIM
from wvatui.ui.chart.traces import Trace, finite
from wvatui.ui.draw.format import MISSING, count, latency, percent
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols, plain

READ_FROM = 30
"""The width of a chart, in cells, from which names are followed by values."""
NARROW = 36
"""The width of a chart, in cells, from which names have at least LEAST cells."""
LAST = 99
"""The rank of a threshold's name: below the names of lines with the same value."""
LEAST, MOST = 11, 24
"""The least and the greatest width of the names, in cells, with a blank on both sides."""


@dataclass(frozen=True, slots=True)
class Tag:
    """The name of a line at its right end, at the height of `value`.

    `reading`: the value as text; empty: it is not shown.
    """

    value: float
    name: str
    reading: str
    style: str
    rank: int


def tags_of(view: ChartView, traces: list[Trace], cursor: float | None, width: int) -> list[Tag]:
    """A tag for each named line with a present value, or a value at the cursor; the highest first.

    With a cursor, lines without a value there come last, with a dash.
    """
    tags: list[Tag] = []
    reads = cursor is not None or width >= READ_FROM
    for trace in sorted(traces, key=lambda t: t.rank):
        if not trace.label:
            continue
        value = _value_now(view, trace) if cursor is None else _value_at(view, trace, cursor)
        if value is not None:
            # Dots stand for values that were not measured: none is read off.
            said = reading(view.unit, value) if reads and not trace.dots else ""
            tags.append(Tag(value, trace.label, said, trace.style, trace.rank))
        elif cursor is not None:
            # A line without a value at the cursor shows a dash, at the bottom.
            tags.append(Tag(-math.inf, trace.label, MISSING, trace.style, trace.rank))
    lines = {tag.value for tag in tags if tag.name not in _RIMS}
    return sorted(
        # Where the edge of a band equals the value of a line, the line's name is enough.
        (tag for tag in tags if tag.name not in _RIMS or tag.value not in lines),
        key=lambda tag: -tag.value,
    )


_RIMS = ("max", "min")


def _value_now(view: ChartView, trace: Trace) -> float | None:
    known = [at for at, value in trace.points if finite(value)]
    if not known or not finite(trace.points[-1][1]):
        return None
    # A line whose last point is old, compared with the distance of its points, has ended.
    steps = sorted(b - a for a, b in pairwise(known[-30:]))
    pace = steps[len(steps) // 2] if steps else 0.0
    reach = max(0.03 * (view.until - view.since), 2.5 * pace)
    if known[-1] < view.until - reach:
        return None
    return next(value for _, value in reversed(trace.points) if finite(value))


def _value_at(view: ChartView, trace: Trace, cursor: float) -> float | None:
    """The line's last value up to the cursor; None where a gap separates the two."""
    reach = (view.until - view.since) / 40
    last: float | None = None
    for at, value in trace.points:
        if at > cursor + 1e-6:
            # Without an earlier point, one shortly after the cursor counts.
            return value if last is None and at - cursor <= reach / 4 else last
        last = value if trace.holds or cursor - at <= reach or not finite(value) else None
    return last


def reading(unit: str, value: float) -> str:
    """A value with its unit, in at most five cells."""
    if unit == "ratio":
        return percent(value)
    if unit == "ms":
        return latency(value)
    return f"{value:.1f}" if value < 10 and value != int(value) else count(value)


def gutter_width(width: int) -> int:
    """The width of the names in a chart of `width` cells. It does not depend on the names, so that
    the columns of charts one below the other match."""
    room = min(MOST, width * 3 // 10)
    return max(LEAST, room) if width >= NARROW else max(2, room)


_RELATIONS = ((" above", ">"), (" below", "<"))


def limit_tags(
    view: ChartView, top: float, gutter: int, room: int, symbols: Symbols
) -> tuple[list[Tag], list[list[str]]]:
    """Tags of the thresholds that fit, and texts for the others, each as (long, short).

    `room`: the number of tags that fit beside those of the lines. The text behind a name's comma is
    always among the others.
    """
    tags: list[Tag] = []
    left: list[list[str]] = []
    for named, value, *_ in view.thresholds:
        if not (named and math.isfinite(value) and 0 <= value <= top):
            continue
        name, _, aside = sanitize(named, 60).partition(", ")
        said = value_label(view.unit, value)
        for word, sign in _RELATIONS:
            if name.endswith(word):
                name, said = name.removesuffix(word), f"{sign}{said}"
        name = name if symbols.unicode else plain(name)
        fits = cell_len(name) + 1 + cell_len(said) <= gutter - 2 and len(tags) < room
        if fits:
            tags.append(Tag(value, name, said, "threshold", LAST))
        bare = "" if fits else f"{name} {said}"
        words = (f"{bare} {aside}" if bare else f"{aside} limit") if aside else bare
        if words:
            left.append([text if symbols.unicode else plain(text) for text in (words, bare)])
    return tags, left


def row_of(value: float, top: float, rows: int) -> int:
    """The row, 0 at the top, in which the canvas draws a value; `top` is its highest value."""
    up = LOWEST + value / top * (rows - LOWEST - RIM)
    return rows - 1 - min(rows - 1, max(0, math.floor(up)))


def end_labels(
    tags: list[Tag], top: float, rows: int, gutter: int, symbols: Symbols
) -> dict[int, Line]:
    """Row → tag, each near the height of its value; where room is short, the name is cut first.

    A threshold's name stays beside its line. Where a name is too long, the beginning that all names
    share is left out.
    """
    alike = shared_start([tag.name for tag in tags if tag.rank != LAST])
    ordered = sorted(tags, key=lambda tag: (-tag.value, tag.rank))[:rows]
    placed: dict[int, Line] = {}
    for row, tag in zip(_rows_for(ordered, top, rows), ordered, strict=True):
        said = tag.reading if symbols.unicode else plain(tag.reading)
        room = gutter - 2 - (cell_len(said) + 1 if said else 0)
        name = tag.name if symbols.unicode else plain(tag.name)
        if cell_len(name) > room:
            others = [each.name for each in tags if each.name != tag.name]
            name = _fewer_words(name[alike:], room, others)
        if room < 1:  # only the value, if it fits
            text = said if said and cell_len(said) < gutter else ""
            text = text or fit(name, max(1, gutter - 1), symbols.ellipsis)
        else:
            name = fit(name, min(room, max(1, cell_len(name))), symbols.ellipsis)
            text = f"{name} {said}".rstrip()
        placed[row] = ((fit(f" {text}", gutter), tag.style),)
    return placed


_SAYS_LITTLE = re.compile(r"(^|[ _-])(in|num|cache|requests|size|vllm|sglang|epp)(?=[ _-]|$)")


def _fewer_words(name: str, room: int, others: Sequence[str]) -> str:
    """`name` without its least important words, if too long: `running-requests` → `running`. They
    stay where what remains could mean one of `others` too."""
    while cell_len(name) > room and (shorter := _SAYS_LITTLE.sub("", name, count=1).strip(" _-")):
        if shorter == name or any(shorter in other for other in others):
            break
        name = shorter
    return name


def _rows_for(ordered: list[Tag], top: float, rows: int) -> list[int]:
    """A row for each of at most `rows` tags, all different.

    Thresholds get the row of their value, or the one beside it; the other tags get the nearest of
    the remaining rows.
    """
    homes = [row_of(max(0.0, min(tag.value, top)), top, rows) for tag in ordered]
    pinned = [n for n, tag in enumerate(ordered) if tag.rank == LAST]
    out = dict(zip(pinned, _apart([homes[n] for n in pinned], rows), strict=True))
    free = [row for row in range(rows) if row not in out.values()]
    others = [n for n in range(len(ordered)) if n not in out]
    nearest = [min(range(len(free)), key=lambda at: abs(free[at] - homes[n])) for n in others]
    out |= {n: free[at] for n, at in zip(others, _apart(nearest, len(free)), strict=True)}
    return [out[n] for n in range(len(ordered))]


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
