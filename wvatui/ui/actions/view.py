"""Actions on what is looked at: views, what is enlarged or opened, rows of tables, the filter."""

from collections.abc import Iterable

from wvatui.config.ui_settings import CLOCKS
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows import cycle_rows, log_rows
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels import panel
from wvatui.ui.panels.controller import loglines
from wvatui.ui.shell.shell import Shell
from wvatui.ui.views import view

PAGE = 10
"""Rows that a page of a table goes on."""


def _following(here: str, names: Iterable[str]) -> str:
    """The name after `here`, the first one after the last; of a name that is none the second."""
    order = list(names)
    return order[((order.index(here) if here in order else 0) + 1) % len(order)]


class ViewActions(Shell):
    """See the module."""

    def action_key_view(self, name: str) -> None:
        self.choose(self.choice.but(view=name, detail=(), maximised=""))

    def action_key_charts(self) -> None:
        self.choose(self.choice.but(page=self.choice.page + 1))

    def action_key_maximise(self) -> None:
        """Enlarge the first part of the view, then the next; after the last, all again."""
        parts = list(self._parts())
        if not parts:
            return
        here = parts.index(self.choice.maximised) if self.choice.maximised in parts else -1
        following = parts[here + 1] if here + 1 < len(parts) else ""
        self.choose(self.choice.but(maximised=following))

    def _parts(self) -> list[str]:
        """The parts of the view, charts first: those gain most from room."""
        scene, plan = self.scene, self.stage.plan
        if scene is None or plan is None:
            return []
        width, height = self.stage.size.width, self.stage.size.height
        whole = scene.with_choice(self.choice.but(maximised="")).planned(plan)
        places = self.stage.body(whole, width, height - plan.top - plan.footer)
        names = [place.part for place in places]
        return sorted(names, key=lambda name: not name.startswith("chart:"))

    def action_key_clear(self) -> None:
        """Take back one thing: the message, the cursor, what is enlarged, opened, or filtered."""
        choice = self.choice
        if self.hush():
            return
        if choice.cursor is not None:
            choice = choice.but(cursor=None)
        elif choice.maximised:
            choice = choice.but(maximised="")
        elif choice.detail:
            choice = choice.but(detail=choice.detail[:-1])
        elif choice.pattern or choice.level:
            choice = choice.but(pattern="", level="")
        elif choice.until is not None:
            choice = choice.but(until=None)
        elif choice.variant:
            choice = choice.but(variant="")
        self.choose(choice)

    def action_key_variant(self) -> None:
        """All variants, then each alone."""
        if self.scene is None:
            return
        rows = self.scene.ask(variant_rows.variants)
        keys = ["", *(row.key for row in rows)]
        here = keys.index(self.choice.variant) if self.choice.variant in keys else 0
        self.show_variant(keys[(here + 1) % len(keys)])

    def show_variant(self, key: str) -> None:
        """Show one variant alone, or all of them ("")."""
        self.choose(self.choice.but(variant=key))
        name = (
            next((v.name for v in self.scene.ask(variant_rows.variants) if v.key == key), "")
            if self.scene is not None
            else ""
        )
        self.say(f"only {sanitize(name, 80)}; v: next, esc: all" if name else "all variants")

    def action_key_clock(self) -> None:
        clock = _following(self.choice.clock, CLOCKS)
        self.choose(self.choice.but(clock=clock))
        self.say(f"times in {CLOCKS[clock]}")

    def action_key_heat(self) -> None:
        self.choose(self.choice.but(heat=_following(self.choice.heat, STRIPS)))

    # --- the log's filter

    def action_key_filter(self) -> None:
        self.ask(
            "filter",
            self.filter,
            text=self.choice.pattern,
            placeholder="a regular expression; ! in front keeps what does not match",
            changing=self.filter,
        )

    def filter(self, pattern: str) -> None:
        """Filter as it is typed; a half-typed expression keeps the last one that made sense."""
        if self.scene is not None:
            try:
                self.scene.ask(log_rows.log_tail, 1, pattern)
            except ValueError as error:
                if not self.stage.prompt.asking:
                    self.say(str(error), "bold bad")
                return
        self.choose(self.choice.but(pattern=pattern))

    def action_key_invert(self) -> None:
        pattern = self.choice.pattern
        if not pattern:
            self.say("nothing to invert: / sets a filter")
            return
        self.filter(pattern[1:] if pattern.startswith("!") else f"!{pattern}")

    def action_key_level(self) -> None:
        """All lines, then warnings, then errors only."""
        self.choose(self.choice.but(level=_following(self.choice.level, ("", "WARN+", "ERROR"))))

    # --- tables

    @property
    def table(self) -> str:
        """The panel in which rows are selected now."""
        return view(self.choice.view).table if not self.choice.detail else ""

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
