"""The types of panels and tables: `Panel` registers a panel, `Column` declares a table's column.

A panel is a pure function from a view model and a size to lines. From its columns a table derives
titles, cells, sorting, selection and the row of a click.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from wvatui.errors import UsageError
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, rule, shortened, width_of
from wvatui.ui.draw.sanitize import fit, fit_right, in_room, sanitize
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.model.filtering import filter_words, matching, none_matches
from wvatui.ui.model.port import AnyState
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import OWN_ORDER, Sort

PanelLines = Callable[[ViewModel, int, int], list[Line]]
PanelRows = Callable[[ViewModel], tuple[str, ...]]
Keys = Callable[[ViewModel, int, int], list[str]]
Query = Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: `id` is also the widget's id; `reads` are the queries of the core that it calls.

    `follows` is what makes the panel draw again when it changes: `state` (rows of the State, and
    the viewer's choices) or `status` (the status of the session, too).
    """

    id: str
    title: str
    lines: PanelLines
    reads: tuple[Query, ...] = ()
    follows: str = "state"
    rows: PanelRows | None = None
    """Keys of the rows that can be selected, in order; None: the panel has no such rows."""
    keys: Keys | None = None
    """The key of the row of each line drawn, for clicks; "": the line belongs to no row."""
    columns: tuple[str, ...] = ()
    """Ids of the columns, where the user may choose and order them."""
    orders: tuple[str, ...] = ()
    """Ids by which the panel can be sorted, if those are not its columns."""
    source: Callable[[AnyState], bool] = lambda _: True
    """Whether the session has, or may still get, what the panel shows: otherwise the panel is not
    drawn, and others get its room."""
    filters: bool = False
    """Whether the rows can be filtered by their text."""
    pointed: Callable[[ViewModel], str] = lambda _: ""
    """The key of the row that is drawn as selected while the viewer has selected none."""
    ends: bool = False
    """The newest row is the last one: selecting begins there."""

    @property
    def sorts(self) -> tuple[str, ...]:
        """Ids by which the panel can be sorted."""
        return self.orders or self.columns

    def draw(self, vm: ViewModel, width: int, height: int) -> list[Line]:
        """The panel's lines, cut to `width` cells, and in ASCII where the terminal has only that.

        Lines beyond `height` are not seen: `lines` has to count what it leaves out, for example
        with `line.cut`.
        """
        drawn = self.lines(vm, width, height)
        if not vm.symbols.unicode:
            drawn = [tuple((plain(text), style) for text, style in line) for line in drawn]
        return [clip(line, width, vm.symbols.ellipsis) for line in drawn]


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column of a table. `order` returns a row's sort key; None sorts last in both
    directions."""

    id: str
    title: str
    width: int
    cell: Callable[[R, Symbols], Span | Line]
    order: Callable[[R], Any]
    right: bool = False
    grows: bool = False
    """Whether the column takes the width that the others leave."""
    wide: int = 0
    """The width of the table, in cells, from which the column is shown."""
    texts: Callable[[R], Sequence[str]] | None = None
    """The same text at several lengths: the longest that fits is shown in place of `cell`."""


def text_column(
    id_: str, title: str, width: int, text: Callable[[R], str], style: str = "muted", wide: int = 0
) -> Column[R]:
    """A column with a text; a dash, sorted last, where it is empty."""

    def cell(row: R, symbols: Symbols) -> Span:
        return (sanitize(text(row), 120) or symbols.missing, style)

    return Column(id_, title, width, cell, lambda row: text(row) or None, wide=wide)


def latency_column(
    id_: str, title: str, value: Callable[[R], float | None], wide: int = 0
) -> Column[R]:
    """A column with a latency in ms."""

    def cell(row: R, symbols: Symbols) -> Span:
        number = value(row)
        return (format.latency(number), "muted" if number is None else "")

    return Column(id_, title, 6, cell, value, right=True, wide=wide)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table as drawn: its lines, and the key of the row of each; "" for titles."""

    lines: list[Line]
    keys: list[str]


def arranged(
    columns: Sequence[Column[R]], wanted: Mapping[str, tuple[str, ...]], panel: str
) -> list[Column[R]]:
    """The columns that the user configured for a panel, in that order and at any width; else all.

    Ids of no column are ignored. No ids: all columns.
    """
    if not wanted.get(panel):
        return list(columns)
    by_id = {column.id: column for column in columns}
    return [replace(by_id[id_], wide=0) for id_ in wanted[panel] if id_ in by_id]


def chosen_columns(before: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """The columns after a choice: those named by `words`, or those before; `-COLUMN` hides one.

    (): all columns, which is the choice without words. Raises UsageError where none would be left.
    """
    named = [word for word in words if not word.startswith("-")]
    chosen = tuple(id_ for id_ in dict.fromkeys(named or before) if f"-{id_}" not in words)
    if not chosen:
        raise UsageError("one column must stay; :columns alone shows all")
    return chosen if words else ()


def in_order(columns: Sequence[Column[R]], rows: Sequence[R], sort: Sort) -> list[R]:
    """The rows sorted; rows without a value come last, and rows that tie keep their order."""
    column = next((c for c in columns if c.id == sort.column), None)
    if column is None:
        return list(rows)
    known = [row for row in rows if column.order(row) is not None]
    unknown = [row for row in rows if column.order(row) is None]
    return [*sorted(known, key=column.order, reverse=sort.descending), *unknown]


def window_of(count: int, selected: int | None, room: int) -> int:
    """The index of the first row shown, of `count` in `room` lines; the selected one is shown."""
    if selected is None or selected < room or count <= room:
        return 0
    return min(count - room, selected - room // 2)


def draw(
    columns: Sequence[Column[R]],
    rows: Sequence[R],
    key: Callable[[R], str],
    *,
    width: int,
    height: int,
    symbols: Symbols,
    selected: str | None = None,
    sort: Sort = OWN_ORDER,
) -> Drawn:
    """The titles, then the sorted rows, scrolled so that the selected one is visible.

    Where rows are left out, the last line counts them. `selected`: None where no row can be.
    """
    shown = [c for c in columns if c.wide <= width]
    widths = widths_of(shown, width)
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

    `id` is the panel's id: `ViewState` keeps the viewer's columns, order and selection under it.
    """

    id: str
    title: str
    records: Callable[[ViewModel], Sequence[R]]
    """The rows in the table's own order."""
    key: Callable[[R], str]
    columns: Callable[[ViewModel], Sequence[Column[R]]]
    """All columns; the viewer chooses which are shown."""
    summary: Callable[[ViewModel], str]
    """The text at the end of the title's rule."""
    empty: Callable[[ViewModel], str]
    """The text in place of rows where there are none."""
    selected: Callable[[ViewModel], str]
    """The key of the selected row; empty: none is."""

    def panel(self, *reads: Query, columns: tuple[str, ...]) -> Panel:
        """The panel that is this table; `columns`: ids of all its columns."""
        return Panel(
            id=self.id,
            title=self.title,
            lines=self.lines,
            reads=reads,
            rows=self.rows,
            keys=self.keys,
            columns=columns,
            filters=True,
            pointed=self.pointed,
        )

    def lines(self, vm: ViewModel, width: int, height: int) -> list[Line]:
        """The title, then the table in at most `height` lines."""
        return self._drawn(vm, width, height).lines

    def keys(self, vm: ViewModel, width: int, height: int) -> list[str]:
        """The key of the row of each line; "" for titles."""
        return self._drawn(vm, width, height).keys

    def rows(self, vm: ViewModel) -> tuple[str, ...]:
        """The keys of all rows that pass the filter, sorted."""
        ordered = in_order(self._columns(vm), self._shown(vm), self._sort(vm))
        return tuple(self.key(row) for row in ordered)

    def pointed(self, vm: ViewModel) -> str:
        """The key of the row that is drawn as selected; empty: none is."""
        return self.selected(vm) if self.records(vm) else ""

    def _shown(self, vm: ViewModel) -> Sequence[R]:
        """The rows that pass the filter."""
        columns = self.columns(vm)
        return matching(
            vm, self.id, self.records(vm), lambda row: row_text(columns, row, vm.symbols)
        )

    def height_for(self, vm: ViewModel) -> int:
        """The number of lines of the whole table, with its titles, before any filter."""
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
        return vm.view_state.sort.get(self.id, OWN_ORDER)


def row_text(columns: Sequence[Column[R]], row: R, symbols: Symbols) -> str:
    """The text of a row's cells, each at its full length, against which a filter is matched."""
    words: list[str] = []
    for column in columns:
        cell = column.cell(row, symbols)
        line = cell if not cell or isinstance(cell[0], tuple) else (cell,)
        words += [text for text, _ in line if isinstance(text, str)]
        words += column.texts(row)[:1] if column.texts is not None else ()
    return " ".join(words)


def chosen(line: Line, width: int, symbols: Symbols) -> Line:
    """The line drawn as selected: with a pointer in front, since colour alone is not enough, and a
    background."""
    text, style = line[0] if line else (" ", "")
    rest = ((text[1:], style), *line[1:]) if text[:1] == " " else line
    full = ((symbols.pointer, "bold primary"), *rest)
    gap = width - width_of(full)
    padded = (*full, (" " * gap, "")) if gap > 0 else clip(full, width, symbols.ellipsis)
    return tuple((text, f"{style} on".strip()) for text, style in padded if text)


def widths_of(columns: Sequence[Column[Any]], width: int) -> list[int]:
    """The width of each of the shown columns in a table of `width` cells."""
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
