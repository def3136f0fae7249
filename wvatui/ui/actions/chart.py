"""Actions on the time axis that all charts share: zooming, moving along it, reading a moment."""

from wvatui.ui.draw import format
from wvatui.ui.panels.overview import charts
from wvatui.ui.shell.shell import Shell

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
