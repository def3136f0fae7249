"""Actions on what is looked at: views, what is enlarged or opened, rows of tables, the filter.

The time axis that all charts share is zoomed, moved along and read here too.
"""

from collections.abc import Iterable

from wvatui.config.ui_settings import CLOCKS
from wvatui.core.queries.charts.charts import FEW
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows import cycle_rows, log_rows
from wvatui.core.state.scope import inhabited
from wvatui.ui.draw import format
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels import panel
from wvatui.ui.panels.controller import loglines
from wvatui.ui.panels.overview import charts
from wvatui.ui.shell.shell import Shell
from wvatui.ui.views import view

AXIS = 80
"""Steps of the cursor across a window."""


class ChartActions(Shell):
    """See the module."""

    def action_key_zoom_in(self) -> None:
        self.zoom(True)

    def action_key_zoom_out(self) -> None:
        self.zoom(False)

    def zoom(self, inwards: bool) -> None:
        if self.vm is None:
            return
        since, until = charts.window(self.vm, AXIS)
        span = charts.zoomed(until - since, inwards)
        self.show_window(span, around=self.view_state.cursor)

    def show_window(self, span_s: float, around: float | None = None) -> None:
        """Let the charts span so many seconds (0: by themselves), the cursor in the middle."""
        until = self.view_state.until
        if around is not None and span_s:
            until = self._edge(around + span_s / 2)
        self.choose(self.view_state.but(window_s=span_s, until=until))
        self.say(f"window {format.age(span_s)}; 0: by itself" if span_s else "window by itself")

    def action_key_auto(self) -> None:
        self.choose(self.view_state.but(window_s=0.0, until=None, cursor=None))
        self.say("window by itself")

    def action_key_pan_left(self) -> None:
        self._pan(-0.25)

    def action_key_pan_right(self) -> None:
        self._pan(0.25)

    def _pan(self, share: float) -> None:
        if self.vm is None:
            return
        since, until = charts.window(self.vm, AXIS)
        least = self.vm.status.started_at + (until - since) / 4
        edge = self._edge(max(least, until + share * (until - since)))
        self.choose(
            self.view_state.but(until=edge, window_s=self.view_state.window_s or until - since)
        )

    def _edge(self, until: float) -> float | None:
        """A right edge; at the newest moment it is none: the window follows again."""
        assert self.vm is not None
        return None if until >= self.vm.status.shown_at else until

    def action_key_cursor_left(self) -> None:
        self._cursor(-1)

    def action_key_cursor_right(self) -> None:
        self._cursor(1)

    def action_key_cursor_back(self) -> None:
        self._cursor(-10)

    def action_key_cursor_on(self) -> None:
        self._cursor(10)

    def _cursor(self, steps: int) -> None:
        """Read a moment so many steps on; at the window's edge the window moves along."""
        if self.vm is None:
            return
        since, until = charts.window(self.vm, AXIS)
        newest = min(until, self.vm.status.shown_at)
        step = (until - since) / AXIS
        at = newest if self.view_state.cursor is None else self.view_state.cursor + steps * step
        at = max(self.vm.status.started_at, min(at, self.vm.status.shown_at))
        self.read_at(at)

    def read_at(self, at: float) -> None:
        """Read the moment `at` in every chart; it is brought into the window."""
        assert self.vm is not None
        since, until = charts.window(self.vm, AXIS)
        edge, span = self.view_state.until, self.view_state.window_s
        if not since <= at <= until:
            span = span or until - since
            edge = self._edge(at + span / 2)
        self.choose(self.view_state.but(cursor=at, until=edge, window_s=span))

    def action_key_pod(self) -> None:
        """Draw the next pod's line over the band of all; after the last one the fullest one's."""
        if self.vm is None:
            return
        numbers = self.vm.keys
        rows = [row for row in self.vm.replicas if row.state != "gone"]
        if len(rows) <= FEW:
            self.say("each pod has its own line here: o is for three pods and more")
            return
        rows.sort(key=lambda row: (numbers.get(row.pod, 0), row.pod))
        pods = ["", *(row.pod for row in rows)]
        here = pods.index(self.view_state.pod) if self.view_state.pod in pods else 0
        pod = pods[(here + 1) % len(pods)]
        self.choose(self.view_state.but(pod=pod))
        self.say(f"charts by pod: {sanitize(pod, 80)}; o: next" if pod else "the fullest pod")


PAGE = 10
"""Rows that a page of a table goes on."""


def _following(here: str, names: Iterable[str]) -> str:
    """The name after `here`, the first one after the last; of a name that is none the second."""
    order = list(names)
    return order[((order.index(here) if here in order else 0) + 1) % len(order)]


class ViewActions(Shell):
    """See the module."""

    def action_key_view(self, name: str) -> None:
        self.choose(self.view_state.but(view=name, detail=(), maximised=""))

    def action_key_charts(self) -> None:
        self.choose(self.view_state.but(page=self.view_state.page + 1))

    def action_key_maximise(self) -> None:
        """Enlarge the first part of the view, then the next; after the last, all again."""
        parts = list(self._parts())
        if not parts:
            return
        here = parts.index(self.view_state.maximised) if self.view_state.maximised in parts else -1
        following = parts[here + 1] if here + 1 < len(parts) else ""
        self.choose(self.view_state.but(maximised=following))

    def _parts(self) -> list[str]:
        """The parts of the view, charts first: those gain most from room."""
        vm, plan = self.vm, self.stage.plan
        if vm is None or plan is None:
            return []
        width, height = self.stage.size.width, self.stage.size.height
        whole = vm.with_view_state(self.view_state.but(maximised="")).planned(plan)
        places = self.stage.body(whole, width, height - plan.top - plan.footer)
        names = [place.part for place in places if not place.part.startswith("lane:")]
        return sorted(names, key=lambda name: not name.startswith("chart:"))

    def action_key_clear(self) -> None:
        """Take back one thing: the message, the cursor, what is enlarged, opened, or filtered."""
        view_state = self.view_state
        if self.hush():
            return
        if view_state.cursor is not None:
            view_state = view_state.but(cursor=None)
        elif view_state.maximised:
            view_state = view_state.but(maximised="")
        elif view_state.detail:
            view_state = view_state.but(detail=view_state.detail[:-1])
        elif view_state.pattern or view_state.level:
            view_state = view_state.but(pattern="", level="")
        elif view_state.until is not None:
            view_state = view_state.but(until=None)
        elif view_state.variant:
            view_state = view_state.but(variant="")
        elif view_state.namespace:
            view_state = view_state.but(namespace="")
        self.choose(view_state)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Those that can be shown alone; empty: there is one."""
        state = None if self.vm is None else self.vm.state
        return inhabited(state) if state is not None and state.window.several else ()

    def action_key_namespace(self) -> None:
        """All namespaces, then each alone."""
        names = ["", *self.namespaces]
        here = self.view_state.namespace
        self.show_namespace(names[(names.index(here) + 1) % len(names)] if here in names else "")

    def show_namespace(self, name: str) -> None:
        """Show one namespace alone, or all of them ("")."""
        if not self.namespaces:
            self.say("one namespace is watched")
            return
        self.choose(self.view_state.but(namespace=name, variant=""))
        self.say(f"only {sanitize(name, 80)}; N: next, esc: all" if name else "all namespaces")

    def action_key_variant(self) -> None:
        """All variants, then each alone."""
        if self.vm is None:
            return
        rows = self.vm.ask(variant_rows.variants)
        keys = ["", *(row.key for row in rows)]
        here = keys.index(self.view_state.variant) if self.view_state.variant in keys else 0
        self.show_variant(keys[(here + 1) % len(keys)])

    def show_variant(self, key: str) -> None:
        """Show one variant alone, or all of them ("")."""
        self.choose(self.view_state.but(variant=key))
        name = (
            next((v.name for v in self.vm.ask(variant_rows.variants) if v.key == key), "")
            if self.vm is not None
            else ""
        )
        self.say(f"only {sanitize(name, 80)}; v: next, esc: all" if name else "all variants")

    def action_key_clock(self) -> None:
        clock = _following(self.view_state.clock, CLOCKS)
        self.choose(self.view_state.but(clock=clock))
        self.say(f"times in {CLOCKS[clock]}")

    def action_key_heat(self) -> None:
        self.choose(self.view_state.but(heat=_following(self.view_state.heat, STRIPS)))

    def action_key_quiet(self) -> None:
        quiet = not self.view_state.quiet
        self.choose(self.view_state.but(quiet=quiet))
        self.say(f"looks that changed nothing are {'shown' if quiet else 'hidden'}")

    # --- the log's filter

    def action_key_filter(self) -> None:
        self.ask(
            "filter",
            self.filter,
            text=self.view_state.pattern,
            placeholder="a regular expression; ! in front keeps what does not match",
            changing=self.filter,
        )

    def filter(self, pattern: str) -> None:
        """Filter as it is typed; a half-typed expression keeps the last one that made sense."""
        if self.vm is not None:
            try:
                self.vm.ask(log_rows.log_tail, 1, pattern)
            except ValueError as error:
                if not self.stage.prompt.asking:
                    self.say(str(error), "bold bad")
                return
        self.choose(self.view_state.but(pattern=pattern))

    def action_key_invert(self) -> None:
        pattern = self.view_state.pattern
        if not pattern:
            self.say("nothing to invert: / sets a filter")
            return
        self.filter(pattern[1:] if pattern.startswith("!") else f"!{pattern}")

    def action_key_level(self) -> None:
        """All lines, then warnings, then errors only."""
        self.choose(
            self.view_state.but(level=_following(self.view_state.level, ("", "WARN+", "ERROR")))
        )

    # --- tables

    @property
    def table(self) -> str:
        """The panel in which rows are selected now."""
        return view(self.view_state.view).table if not self.view_state.detail else ""

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
        selected = self.view_state.selected.get(name, "")
        if selected in keys:
            index = min(max(keys.index(selected) + by, 0), len(keys) - 1)
        elif panel(name).ends:
            index = min(max(len(keys) - 1 + by, 0), len(keys) - 1)
        else:
            index = 0 if by in (1, -1) or by < 0 else min(by, len(keys) - 1)
        self.choose(self.view_state.select(name, keys[index]))

    def _rows(self) -> tuple[str, tuple[str, ...]]:
        """The panel in which rows are selected, and the keys of its rows."""
        name = self.table
        if not name or self.vm is None:
            return "", ()
        rows = panel(name).rows
        return name, rows(self.vm) if rows is not None else ()

    def action_key_open(self) -> None:
        name, keys = self._rows()
        selected = self.view_state.selected.get(name, "")
        if selected in keys:
            self.open(selected)
        elif keys:
            self.choose(self.view_state.select(name, keys[0]))

    def open(self, key: str) -> None:
        """Open a row: a variant, a pod, a cycle, or a log line's cycle."""
        kind = key.partition(":")[0]
        if kind in ("pod", "variant") and key not in self.view_state.detail[-1:]:
            self.choose(self.view_state.but(detail=(*self.view_state.detail, key), maximised=""))
        elif kind in ("cycle", "decision"):
            self.choose(self.view_state.but(maximised="cycle"))
        elif kind == "line":
            self.open_cycle_of(key)

    def open_cycle_of(self, key: str) -> None:
        """Show the cycle that a log line belongs to."""
        index, at = loglines.line_of(key), None
        if self.vm is not None and index is not None:
            at = self.vm.ask(cycle_rows.cycle_of, index)
        if at is None:
            self.say("this line is of no cycle")
            return
        view_state = self.view_state.select("cycles", f"cycle:{at!r}")
        self.choose(view_state.but(view="decisions", maximised=""))

    def action_key_sort(self) -> None:
        """By the next column; after the last in the table's own order."""
        name = self.table
        columns = panel(name).sorts if name else ()
        if not columns:
            self.say("nothing to sort here")
            return
        order = ("", *columns)
        sort = self.view_state.sort.get(name, Sort())
        here = order.index(sort.column) if sort.column in order else 0
        self.sort_by(name, Sort(order[(here + 1) % len(order)], sort.descending))

    def action_key_reverse(self) -> None:
        name = self.table
        sort = self.view_state.sort.get(name, Sort())
        if not sort.column:
            self.say("not sorted: s sorts by a column")
            return
        self.sort_by(name, Sort(sort.column, not sort.descending))

    def sort_by(self, name: str, sort: Sort) -> None:
        """Sort a table, and say how."""
        self.choose(self.view_state.sorted_by(name, sort))
        way = "descending" if sort.descending else "ascending"
        self.say(f"sorted by {sort.column}, {way}; S: reverse" if sort.column else "own order")

    def clicked(self, part: str, y: int, twice: bool) -> None:
        """A click on a line of a part: selects the row there; a second one opens it."""
        if self.vm is None or part not in {p for p in (self.table,) if p}:
            return
        keys_of = panel(part).keys
        width, height = self.stage.size_of(part)
        keys = keys_of(self.vm, width, height) if keys_of is not None else []
        key = keys[y] if 0 <= y < len(keys) else ""
        if not key:
            return
        self.choose(self.view_state.select(part, key))
        if twice:
            self.open(key)
