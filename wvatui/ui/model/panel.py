"""What panels and their tables are: a panel's row of data, a table's columns declared once.

A panel is a pure function from a view model and a size to lines. The columns of a table give
titles, cells, sorting, selection and what a click meant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from wvatui.ui.draw.line import Line, Span, clip, rule, shortened, width_of
from wvatui.ui.draw.sanitize import fit, fit_right, in_room
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.model.filtering import filter_words, matching, none_matches
from wvatui.ui.model.port import AnyState
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import Sort

PanelLines = Callable[[ViewModel, int, int], list[Line]]
PanelRows = Callable[[ViewModel], tuple[str, ...]]
Keys = Callable[[ViewModel, int, int], list[str]]
Query = Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One row: `id` is also the widget's id; `reads` are the queries of the core that it asks.

    `follows` says what a change of makes it look again: `state` (the rows of the State, and what
    the viewer chose) or `status` (how the session stands, too).
    """

    id: str
    title: str
    lines: PanelLines
    reads: tuple[Query, ...] = ()
    follows: str = "state"
    rows: PanelRows | None = None
    """Keys of the rows that can be selected, in their order; None: nothing can."""
    keys: Keys | None = None
    """For each line drawn the key of its row ("": none): what a click means."""
    columns: tuple[str, ...] = ()
    """Ids of its columns, where the user may choose and order them."""
    orders: tuple[str, ...] = ()
    """Ids of what it can be sorted by, where that is not its columns."""
    source: Callable[[AnyState], bool] = lambda _: True
    """Whether anything in a session told, or may still tell, what it shows: else it is not drawn,
    and its room goes to others."""
    filters: bool = False
    """Whether its rows can be filtered by their text."""
    ends: bool = False
    """Its newest row is the last one: selecting begins there."""

    @property
    def sorts(self) -> tuple[str, ...]:
        """Ids of what it can be sorted by."""
        return self.orders or self.columns

    def draw(self, vm: ViewModel, width: int, height: int) -> list[Line]:
        """Its lines, none wider than `width`, and in ASCII where the terminal has only that.

        What a panel draws below `height` lines is not seen: it says itself what it leaves out, for
        example with `sections.cut`.
        """
        drawn = self.lines(vm, width, height)
        if not vm.symbols.unicode:
            drawn = [tuple((plain(text), style) for text, style in line) for line in drawn]
        return [clip(line, width, vm.symbols.ellipsis) for line in drawn]


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. `order` gives what rows are sorted by; None sorts last, whichever way."""

    id: str
    title: str
    width: int
    cell: Callable[[R, Symbols], Span | Line]
    order: Callable[[R], Any]
    right: bool = False
    grows: bool = False
    """Takes what the others leave."""
    wide: int = 0
    """Shown from this width of the table on."""
    texts: Callable[[R], Sequence[str]] | None = None
    """One text in several lengths: the longest that has room stands in place of `cell`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table on the screen: its lines, and for each the key of its row (none for titles)."""

    lines: list[Line]
    keys: list[str]


def arranged(
    columns: Sequence[Column[R]], wanted: Mapping[str, tuple[str, ...]], panel: str
) -> list[Column[R]]:
    """The columns of a panel that the user wants, in that order, whatever the width; or all."""
    if panel not in wanted:
        return list(columns)
    by_id = {column.id: column for column in columns}
    return [replace(by_id[id_], wide=0) for id_ in wanted[panel] if id_ in by_id]


def in_order(columns: Sequence[Column[R]], rows: Sequence[R], sort: Sort) -> list[R]:
    """The rows sorted; those without a value at the end. Rows that tie keep their order."""
    column = next((c for c in columns if c.id == sort.column), None)
    if column is None:
        return list(rows)
    known = [row for row in rows if column.order(row) is not None]
    unknown = [row for row in rows if column.order(row) is None]
    return [*sorted(known, key=column.order, reverse=sort.descending), *unknown]


def next_sort(columns: Sequence[Column[Any]], sort: Sort, width: int = 10_000) -> Sort:
    """The next column to sort by; after the last one the table's own order."""
    ids = ["", *(c.id for c in columns if c.wide <= width)]
    here = ids.index(sort.column) if sort.column in ids else 0
    return Sort(ids[(here + 1) % len(ids)], False)


def window_of(count: int, selected: int | None, room: int) -> int:
    """The first row shown of `count` when `room` have room: the selected one is among them."""
    if selected is None or selected < room or count <= room:
        return 0
    return min(count - room, selected - room // 2)


def draw(
    columns: Sequence[Column[R]],
    rows: Sequence[R],
    key: Callable[[R], str],
    *,
    selected: str,
    sort: Sort,
    width: int,
    height: int,
    symbols: Symbols,
) -> Drawn:
    """Titles, then the rows in order, scrolled so that the selected one is visible.

    What has no room is counted in the last line.
    """
    shown = [c for c in columns if c.wide <= width]
    widths = _widths(shown, width)
    titles = _titles(shown, widths, sort, width, symbols)
    ordered = in_order(columns, rows, sort)
    at = next((i for i, row in enumerate(ordered) if key(row) == selected), None)
    room = max(1, height - 1)
    if len(ordered) > room > 1:
        room -= 1
    first = window_of(len(ordered), at, room)
    lines, keys = [titles], [""]
    for index in range(first, min(len(ordered), first + room)):
        row = ordered[index]
        line = _row(shown, widths, row, symbols)
        lines.append(chosen(line, width, symbols) if index == at else line)
        keys.append(key(row))
    if len(ordered) > room:
        above, below = first, len(ordered) - first - room
        words = [f"{above} above"] * bool(above) + [f"{below} more"] * bool(below)
        lines.append(((f"  {symbols.ellipsis} {', '.join(words)}", "muted"),))
        keys.append("")
    return Drawn(lines[: max(1, height)], keys[: max(1, height)])


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePanel(Generic[R]):
    """A panel that is one table: a title in a rule, then the rows as the viewer sorts them.

    `id` is the panel's: under it the viewer's choice of columns, order and row is kept.
    """

    id: str
    title: str
    records: Callable[[ViewModel], Sequence[R]]
    """The rows in the table's own order."""
    key: Callable[[R], str]
    columns: Callable[[ViewModel], Sequence[Column[R]]]
    """All columns; which are shown is the viewer's choice."""
    summary: Callable[[ViewModel], str]
    """The words at the end of the title's rule."""
    empty: Callable[[ViewModel], str]
    """The words where there is no row."""
    selected: Callable[[ViewModel], str]
    """The key of the selected row; empty: none is."""

    def lines(self, vm: ViewModel, width: int, height: int) -> list[Line]:
        """The title, then the table in at most `height` lines."""
        return self._drawn(vm, width, height).lines

    def keys(self, vm: ViewModel, width: int, height: int) -> list[str]:
        """The key of each line's row; empty for titles."""
        return self._drawn(vm, width, height).keys

    def rows(self, vm: ViewModel) -> tuple[str, ...]:
        """Keys of all rows, as they are sorted."""
        ordered = in_order(self._columns(vm), self._shown(vm), self._sort(vm))
        return tuple(self.key(row) for row in ordered)

    def _shown(self, vm: ViewModel) -> Sequence[R]:
        """The rows that the filter lets through."""
        columns = self.columns(vm)
        return matching(
            vm, self.id, self.records(vm), lambda row: row_text(columns, row, vm.symbols)
        )

    def height_for(self, vm: ViewModel) -> int:
        """Lines that the whole table takes."""
        return 2 + max(1, len(self.records(vm)))

    def _drawn(self, vm: ViewModel, width: int, height: int) -> Drawn:
        every, rows = self.records(vm), self._shown(vm)
        said = filter_words(vm, self.id, len(rows), len(every)) or self.summary(vm)
        title = rule(self.title, said, width, vm.symbols, focus=vm.view_state.focus == self.id)
        if not rows:
            empty = none_matches(vm, self.id) if every else self.empty(vm)
            return Drawn([title, ((empty, "muted"),)], ["", ""])
        table = draw(
            self._columns(vm),
            rows,
            self.key,
            selected=self.selected(vm),
            sort=self._sort(vm),
            width=width,
            height=max(1, height - 1),
            symbols=vm.symbols,
        )
        return Drawn([title, *table.lines], ["", *table.keys])

    def _columns(self, vm: ViewModel) -> list[Column[R]]:
        return arranged(self.columns(vm), vm.view_state.columns, self.id)

    def _sort(self, vm: ViewModel) -> Sort:
        return vm.view_state.sort.get(self.id, Sort())


def row_text(columns: Sequence[Column[R]], row: R, symbols: Symbols) -> str:
    """What the cells of a row say, and their texts in full."""
    words: list[str] = []
    for column in columns:
        cell = column.cell(row, symbols)
        line = cell if not cell or isinstance(cell[0], tuple) else (cell,)
        words += [text for text, _ in line if isinstance(text, str)]
        words += column.texts(row)[:1] if column.texts is not None else ()
    return " ".join(words)


def chosen(line: Line, width: int, symbols: Symbols) -> Line:
    """The line as the selected one: a pointer in front (not by colour alone) and a ground."""
    text, style = line[0] if line else (" ", "")
    rest = ((text[1:], style), *line[1:]) if text[:1] == " " else line
    full = ((symbols.pointer, "bold primary"), *rest)
    gap = width - width_of(full)
    padded = (*full, (" " * gap, "")) if gap > 0 else clip(full, width, symbols.ellipsis)
    return tuple((text, f"{style} on".strip()) for text, style in padded if text)


def _widths(columns: Sequence[Column[Any]], width: int) -> list[int]:
    taken = sum(c.width for c in columns) + len(columns) + 1
    extra = max(0, width - taken)
    growing = [c for c in columns if c.grows]
    share = extra // len(growing) if growing else 0
    return [c.width + (share if c.grows else 0) for c in columns]


def _titles(
    columns: Sequence[Column[Any]], widths: list[int], sort: Sort, width: int, symbols: Symbols
) -> Line:
    cells = []
    for column, room in zip(columns, widths, strict=True):
        sign = (symbols.down if sort.descending else symbols.up) if column.id == sort.column else ""
        title = f"{column.title}{sign}"
        cells.append(fit_right(title, room) if column.right else fit(title, room, symbols.ellipsis))
    return ((fit(" " + " ".join(cells), width, symbols.ellipsis), "bold muted on"),)


def _row(columns: Sequence[Column[R]], widths: list[int], row: R, symbols: Symbols) -> Line:
    spans: list[Span] = []
    for column, room in zip(columns, widths, strict=True):
        spans.append((" ", ""))
        cell = column.cell(row, symbols)
        if column.texts is not None:
            cell = (in_room(column.texts(row), room, symbols.ellipsis), "")
        line: Line = cell if not cell or isinstance(cell[0], tuple) else (cell,)
        if column.grows:
            line = shortened(line, room, symbols.ellipsis)
        line = clip(line, room, symbols.ellipsis)
        gap = (" " * (room - sum(cell_len(text) for text, _ in line)), "")
        spans += [gap, *line] if column.right else [*line, gap]
    return tuple(span for span in spans if span[0])
