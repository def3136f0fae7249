"""Divides the screen: a pure function from its size to the height of each part.

Designed for 80x24; larger screens, such as 200x60, show more. Every part that must be there keeps
at least a line or two; what is left goes to the charts first and to the log last.

The parts of a view are plain rectangles, computed by pure functions too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wvatui.ui.model.view_model import ViewModel


@dataclass(frozen=True, slots=True)
class Place:
    """The rectangle of one part of the body, in cells from the body's upper left corner.

    `part`: the id of a panel, or `chart:NAME` with a name from `CHARTS` of `core.queries.charts`;
    `chart:NAME@POD` is that chart for one pod alone, `lane:NAME` the lines that the charts below it
    share.
    """

    part: str
    x: int
    y: int
    width: int
    height: int

    @property
    def chart(self) -> str:
        """The name of the chart or lane in this place; empty: it holds a panel."""
        kind, _, name = self.part.partition(":")
        return name if kind in ("chart", "lane") else ""

    def moved(self, down: int) -> "Place":
        """The place moved down by `down` lines."""
        return Place(self.part, self.x, self.y + down, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Layout:
    """The arrangement of a view, one per file of `wvatui.ui.views`. `places` returns the parts of a
    body, given its columns and lines."""

    places: "Callable[[ViewModel, int, int], list[Place]]"
    table: str = ""
    """The panel in which rows are selected; empty: none."""
    charts: "Callable[[ViewModel], int]" = lambda _: 0
    """The number of all charts of the view; `c` pages to those that have no room."""


def stack(parts: Sequence[tuple[str, int]], width: int, *, x: int = 0, y: int = 0) -> list[Place]:
    """Places for (part, height) one below the other; parts of height 0 are left out."""
    out = []
    for part, height in parts:
        if height > 0:
            out.append(Place(part, x, y, width, height))
            y += height
    return out


def grid(
    parts: Sequence[str], columns: int, width: int, height: int, *, x: int = 0, y: int = 0
) -> list[Place]:
    """Places for the parts in rows of about `columns`, which share width and height evenly.

    All rows have the same columns, so that a moment has the same cell in charts one below the
    other.
    """
    if not parts or width < 1 or height < 1:
        return []
    columns = columns_for(len(parts), columns, width, height)
    rows = -(-len(parts) // columns)
    out = []
    for number, part in enumerate(parts):
        row, column = divmod(number, columns)
        top, bottom = height * row // rows, height * (row + 1) // rows
        left, right = width * column // columns, width * (column + 1) // columns
        out.append(Place(part, x + left, y + top, right - left, bottom - top))
    return out


LEAST_CHART = (36, 7)
"""The least columns and lines in which a chart is still useful."""


def columns_for(count: int, wanted: int, width: int, height: int) -> int:
    """The number of columns for `count` charts: close to `wanted`, and such that all rows are full
    where every chart keeps at least `LEAST_CHART`."""
    wanted = max(1, min(wanted, count))
    least_width, least_height = LEAST_CHART
    full = [
        columns
        for columns in range(1, count + 1)
        if count % columns == 0
        and (columns <= wanted or width // columns >= least_width)
        and (columns >= wanted or height // (count // columns) >= least_height)
    ]
    return min(full, key=lambda columns: abs(columns - wanted), default=wanted)


MIN_WIDTH, MIN_HEIGHT = 60, 15
WIDE = 110
"""The width in cells from which decisions and log are side by side, with full labels on charts."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The lines that each part would take if there were room."""

    banner: int = 0
    scrubber: int = 0
    experiment: int = 0
    health: int = 1
    table: int = 3
    """The table with every replica on a line of its own."""
    table_small: int = 3
    """The table with several replicas on a line."""
    footer: int = 1
    health_kept: int = 0
    table_kept: int = 0
    """The heights that findings and table had a moment ago: they keep them as long as there is
    room."""


@dataclass(frozen=True, slots=True)
class ScreenPlan:
    """Heights in lines. `chart_rows` x `chart_columns` charts of `chart_height` lines each."""

    header: int
    state: int
    banner: int
    scrubber: int
    experiment: int
    health: int
    table: int
    chart_rows: int
    chart_columns: int
    chart_height: int
    decisions: int
    log: int
    side_by_side: bool
    footer: int

    @property
    def charts(self) -> int:
        """The number of charts shown."""
        return self.chart_rows * self.chart_columns

    @property
    def top(self) -> int:
        """Lines above the body."""
        return (
            self.header + self.state + self.banner + self.scrubber + self.experiment + self.health
        )

    @property
    def height(self) -> int:
        """The sum of all parts, in lines."""
        tail = max(self.decisions, self.log) if self.side_by_side else self.decisions + self.log
        parts = self.top + self.table
        return parts + self.chart_rows * self.chart_height + tail + self.footer


def too_small(width: int, height: int) -> bool:
    """Whether a screen is too small to draw anything useful."""
    return width < MIN_WIDTH or height < MIN_HEIGHT


def footer_room(height: int) -> int:
    """The most lines of the footer, or of the message or prompt in its place."""
    return min(7, max(3, height // 4))


def plan(width: int, height: int, wishes: Wishes) -> ScreenPlan:
    """Divide `width` x `height` cells among the parts; their heights add up to `height`."""
    banner = min(wishes.banner, 2)
    footer = max(1, min(wishes.footer, footer_room(height)))
    health = max(
        1,
        min(max(wishes.health, wishes.health_kept), 1 if height < 20 else 2 if height < 30 else 3),
    )
    state = 2 if height >= 20 else 1
    left = height - 2 - state - banner - wishes.scrubber - wishes.experiment - footer - health
    side_by_side = width >= WIDE
    # The least of each part: a table of 3 lines, one chart of 4, a decision and a log line.
    least_tail = 2 if side_by_side else 2 + 2
    chart_least = 4 if height < 20 else 7
    most = max(3, min(left - least_tail - chart_least, _table_cap(height)))
    table = wishes.table if wishes.table <= most else min(wishes.table_small, most)
    table = max(3, table, min(wishes.table_kept, most))
    left -= table
    columns = 1 if width < 70 else 2
    chart_rows = 2 if columns == 2 and left >= 2 * 8 + (7 if side_by_side else 9) else 1
    tail = _tail(left, chart_rows, side_by_side)
    chart_height = max(3, (left - tail) // chart_rows)
    tail = left - chart_height * chart_rows
    if side_by_side:
        decisions = log = tail
    else:
        decisions = max(2 if tail >= 4 else 1, min(tail - 2, (tail + 1) * 2 // 5 + (tail < 9)))
        log = tail - decisions
    return ScreenPlan(
        header=2,
        state=state,
        banner=banner,
        scrubber=wishes.scrubber,
        experiment=wishes.experiment,
        health=health,
        table=table,
        chart_rows=chart_rows,
        chart_columns=columns,
        chart_height=chart_height,
        decisions=decisions,
        log=log,
        side_by_side=side_by_side,
        footer=footer,
    )


def _table_cap(height: int) -> int:
    """The most lines that the table may take of a screen of `height` lines."""
    return 7 if height <= 24 else max(7, height * 3 // 8)


def _tail(left: int, chart_rows: int, side_by_side: bool) -> int:
    """Lines for decisions and log together; where they are side by side, for each of the two."""
    if chart_rows == 2:
        least = 7 if side_by_side else 9
        return max(least, left - 2 * 16, left * 3 // 10)
    if left <= 11:
        return min(4 if not side_by_side else 2, left - 3) if left < 9 else 4
    # One row of charts: they get somewhat more than half.
    return max(5 if side_by_side else 6, left * 4 // 9)
