"""Actions on tables: selecting a row, sorting, opening what is selected."""

from wvatui.core.rows import cycle_rows
from wvatui.ui.actions.view import ViewActs
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels import panel
from wvatui.ui.panels.controller import loglines

PAGE = 10


class TableActs(ViewActs):
    """See the module."""

    def action_key_up(self) -> None:
        self.move(-1)

    def action_key_down(self) -> None:
        self.move(1)

    def action_key_page_up(self) -> None:
        self.move(-PAGE)

    def action_key_page_down(self) -> None:
        self.move(PAGE)

    def action_key_first(self) -> None:
        self.move(-1_000_000)

    def action_key_last(self) -> None:
        self.move(1_000_000)

    def move(self, by: int) -> None:
        """Select the row so many rows on; the first press selects the first row."""
        name, keys = self._rows()
        if not keys:
            return
        selected = self.choice.selected.get(name, "")
        if selected in keys:
            index = min(max(keys.index(selected) + by, 0), len(keys) - 1)
        elif panel(name).ends:
            index = min(max(len(keys) - 1 + by, 0), len(keys) - 1)
        else:
            index = 0 if by in (1, -1) or by < 0 else min(by, len(keys) - 1)
        self.choose(self.choice.select(name, keys[index]))

    def _rows(self) -> tuple[str, tuple[str, ...]]:
        """The panel in which rows are selected, and the keys of its rows."""
        name = self.table
        if not name or self.scene is None:
            return "", ()
        rows = panel(name).rows
        return name, rows(self.scene) if rows is not None else ()

    def action_key_open(self) -> None:
        name, keys = self._rows()
        selected = self.choice.selected.get(name, "")
        if selected in keys:
            self.open(selected)
        elif keys:
            self.choose(self.choice.select(name, keys[0]))

    def open(self, key: str) -> None:
        """Open a row: a variant, a pod, a cycle, or a log line's cycle."""
        kind = key.partition(":")[0]
        if kind in ("pod", "variant") and key not in self.choice.detail[-1:]:
            self.choose(self.choice.but(detail=(*self.choice.detail, key), maximised=""))
        elif kind == "cycle":
            self.choose(self.choice.but(maximised="cycle"))
        elif kind == "line":
            self.open_cycle_of(key)

    def open_cycle_of(self, key: str) -> None:
        """Show the cycle that a log line belongs to."""
        index, at = loglines.line_of(key), None
        if self.scene is not None and index is not None:
            at = self.scene.ask(cycle_rows.cycle_of, index)
        if at is None:
            self.say("this line is of no cycle")
            return
        choice = self.choice.select("cycles", f"cycle:{at!r}")
        self.choose(choice.but(view="decisions", maximised=""))

    def action_key_sort(self) -> None:
        """By the next column; after the last in the table's own order."""
        name = self.table
        columns = panel(name).sorts if name else ()
        if not columns:
            self.say("nothing to sort here")
            return
        order = ("", *columns)
        sort = self.choice.sort.get(name, Sort())
        here = order.index(sort.column) if sort.column in order else 0
        self.sort_by(name, Sort(order[(here + 1) % len(order)], sort.descending))

    def action_key_reverse(self) -> None:
        name = self.table
        sort = self.choice.sort.get(name, Sort())
        if not sort.column:
            self.say("not sorted: s sorts by a column")
            return
        self.sort_by(name, Sort(sort.column, not sort.descending))

    def sort_by(self, name: str, sort: Sort) -> None:
        """Sort a table, and say how."""
        self.choose(self.choice.sorted_by(name, sort))
        way = "descending" if sort.descending else "ascending"
        self.say(f"sorted by {sort.column}, {way}; S: reverse" if sort.column else "own order")

    def clicked(self, part: str, y: int, twice: bool) -> None:
        """A click on a line of a part: selects the row there; a second one opens it."""
        if self.scene is None or part not in {p for p in (self.table,) if p}:
            return
        keys_of = panel(part).keys
        width, height = self.stage.size_of(part)
        keys = keys_of(self.scene, width, height) if keys_of is not None else []
        key = keys[y] if 0 <= y < len(keys) else ""
        if not key:
            return
        self.choose(self.choice.select(part, key))
        if twice:
            self.open(key)
