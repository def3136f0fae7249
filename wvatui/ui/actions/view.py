"""Actions on what is shown: views and their pages, the maximised part, one namespace or variant.

They also zoom and move the time axis that all charts share, and move its cursor.
"""

from wvatui.config.ui_settings import CLOCKS, pages_of, tab_of
from wvatui.core.queries.charts.charts import FEW
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.core.queries.session import variant_rows
from wvatui.core.state.scope import inhabited
from wvatui.ui.actions.table import TableActions, following
from wvatui.ui.draw import format
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.model.view_state import LOGS
from wvatui.ui.panels.overview import charts
from wvatui.ui.panels.scaling import changes
from wvatui.ui.shell.shell import Shell
from wvatui.ui.views import view

AXIS = 80
"""The number of cursor steps across a window."""


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
        """Let the charts span `span_s` seconds, with the moment `around` in the middle.

        0: the span follows the session again.
        """
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
        """The right edge `until`; None (the window follows) at or after the newest moment."""
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
        """Move the cursor by `steps`; at the edge of the window the window moves with it."""
        if self.vm is None:
            return
        since, until = charts.window(self.vm, AXIS)
        newest = min(until, self.vm.status.shown_at)
        step = (until - since) / AXIS
        at = newest if self.view_state.cursor is None else self.view_state.cursor + steps * step
        at = max(self.vm.status.started_at, min(at, self.vm.status.shown_at))
        self.read_at(at)

    def read_at(self, at: float) -> None:
        """Move the cursor to `at` (UTC epoch seconds), and the window to the cursor."""
        assert self.vm is not None
        since, until = charts.window(self.vm, AXIS)
        edge, span = self.view_state.until, self.view_state.window_s
        if not since <= at <= until:
            span = span or until - since
            edge = self._edge(at + span / 2)
        self.choose(self.view_state.but(cursor=at, until=edge, window_s=span))

    def action_key_pod(self) -> None:
        """Draw the next pod's line over the band of all; after the last pod, the fullest one's."""
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


class ViewActions(TableActions):
    """See the module."""

    def action_key_view(self, name: str) -> None:
        """Show the view `name`; if it is shown already, turn its page, or go back from health."""
        here = self.view_state
        if name == "health" and here.view == name:
            self._back_from_health()
        elif name == "health":
            under = (here.view, here.detail)
            self.choose(here.but(view=name, detail=(), maximised="", focus="", under=under))
        elif name == tab_of(here.view) and not here.detail and len(pages_of(name)) > 1:
            self._turn()
        else:
            self._show_page(name)

    def _back_from_health(self) -> None:
        view_, detail = self.view_state.under
        self.choose(self.view_state.but(view=view_, detail=detail, maximised="", focus=""))

    def _turn(self) -> None:
        """Turn to the next page of the view."""
        pages = pages_of(self.view_state.view)
        page = pages[(pages.index(self.view_state.view) + 1) % len(pages)]
        self._show_page(page)
        others = " → ".join(view(id_).title for id_ in pages)
        self.say(f"{view(page).title}; c turns the pages: {others}")

    def _show_page(self, name: str) -> None:
        """Show a view; from decisions to scaling, select the change that the selected decision led
        to."""
        if self.vm is not None and (name, self.view_state.view) == ("scaling", "decisions"):
            change = changes.of_decision(self.vm)
            if change is not None:
                self.view_state = self.view_state.select("changes", change.key)
        self.show_view(name)

    def action_key_charts(self) -> None:
        """Show the next page of the view, or of its charts."""
        if self.view_state.detail or self.view_state.view == "health":
            self.say("c: no further charts here")
        elif len(pages_of(self.view_state.view)) > 1:
            self._turn()
        elif self.vm is not None and self.vm.all_charts:
            self.say("c: all charts of this view are shown")
        else:
            self.choose(self.view_state.but(page=self.view_state.page + 1))

    def action_key_maximise(self) -> None:
        """Maximise the first part of the view, then the next; after the last, show all parts."""
        parts = list(self._parts())
        if not parts:
            return
        here = parts.index(self.view_state.maximised) if self.view_state.maximised in parts else -1
        following = parts[here + 1] if here + 1 < len(parts) else ""
        self.choose(self.view_state.but(maximised=following))

    def _parts(self) -> list[str]:
        """The parts of the view, charts first, since they gain most from room."""
        vm, plan = self.vm, self.stage.plan
        if vm is None or plan is None:
            return []
        width, height = self.stage.size.width, self.stage.size.height
        whole = vm.with_view_state(self.view_state.but(maximised="")).planned(plan)
        places = self.stage.body(whole, width, height - plan.top - plan.footer)
        names = [place.part for place in places if not place.part.startswith("lane:")]
        return sorted(names, key=lambda name: not name.startswith("chart:"))

    def action_key_clear(self) -> None:
        """Remove the message, and undo one thing: the cursor, the maximised part, the details, the
        filter, and so on."""
        view_state = self.view_state
        self.hush()
        if view_state.cursor is not None:
            view_state = view_state.but(cursor=None)
        elif view_state.maximised:
            view_state = view_state.but(maximised="")
        elif view_state.detail:
            view_state = view_state.but(detail=view_state.detail[:-1])
        elif self._pattern():
            for name in self.filtered:
                view_state = view_state.filtered_by(name, "")
            if not set(LOGS).isdisjoint(self.filtered):
                view_state = view_state.but(level="")
        elif view_state.view == "health":
            self._back_from_health()
            return
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
        """The namespaces that can be shown alone; empty: only one is watched."""
        state = None if self.vm is None else self.vm.state
        return inhabited(state) if state is not None and state.window.several else ()

    def action_key_namespace(self) -> None:
        """Show all namespaces, then each alone."""
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
        """Show all variants, then each alone."""
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
        clock = following(self.view_state.clock, CLOCKS)
        self.choose(self.view_state.but(clock=clock))
        self.say(f"times in {CLOCKS[clock]}")

    def action_key_heat(self) -> None:
        self.choose(self.view_state.but(heat=following(self.view_state.heat, STRIPS)))

    def action_key_quiet(self) -> None:
        quiet = not self.view_state.quiet
        self.choose(self.view_state.but(quiet=quiet))
        self.say(f"looks that changed nothing are {'shown' if quiet else 'hidden'}")
