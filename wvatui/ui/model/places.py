"""Where the parts of a view lie: plain rectangles, worked out by pure functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wvatui.ui.model.view_model import ViewModel


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the body, in cells from its upper left corner.

    `part`: the id of a row of `PANELS`, or `chart:NAME` with a chart of `core.charts.CHARTS`;
    `chart:NAME@POD` is that chart of one pod alone.
    """

    part: str
    x: int
    y: int
    width: int
    height: int

    def moved(self, down: int) -> "Place":
        """The same place, `down` lines lower."""
        return Place(self.part, self.x, self.y + down, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file of `wvatui.ui.views` says of its view. `places` gives the parts of a body of so
    many columns and lines."""

    places: "Callable[[ViewModel, int, int], list[Place]]"
    table: str = ""
    """The panel in which rows are selected; empty: none."""
    charts: int = 0
    """Charts that it has in all; `c` goes on to those that have no room."""


def stack(parts: Sequence[tuple[str, int]], width: int, *, x: int = 0, y: int = 0) -> list[Place]:
    """Parts of the given heights one below the other; those of no height are left out."""
    out = []
    for part, height in parts:
        if height > 0:
            out.append(Place(part, x, y, width, height))
            y += height
    return out


def grid(
    parts: Sequence[str], columns: int, width: int, height: int, *, x: int = 0, y: int = 0
) -> list[Place]:
    """Parts in rows of `columns`, sharing width and height; the last ones take what is left."""
    if not parts or width < 1 or height < 1:
        return []
    columns = max(1, min(columns, len(parts)))
    rows = -(-len(parts) // columns)
    out = []
    for number, part in enumerate(parts):
        row, column = divmod(number, columns)
        top, bottom = height * row // rows, height * (row + 1) // rows
        # A last row with fewer parts is shared by those that it has.
        across = min(columns, len(parts) - row * columns)
        left, right = width * column // across, width * (column + 1) // across
        out.append(Place(part, x + left, y + top, right - left, bottom - top))
    return out
