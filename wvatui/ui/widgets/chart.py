"""The widget of a chart, and the painter that draws the charts of a screen one after another."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from time import monotonic

from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.frame import FrameStyle, span_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.theme import Palette
from wvatui.ui.widgets.lineview import LineView

EVERY_S = 1.0
"""The least time between two drawings of a chart, in wall-clock seconds."""
BREATH_S = 0.001
"""The pause after each chart, in seconds, in which the event loop can serve waiting keys."""
BUSY_S = 0.004
"""The pause before looking again whether the viewer still presses keys, in seconds."""


class Chart(LineView):
    """A widget for one chart; `name_shown` is the chart it shows now, empty: none."""

    def __init__(self, palette: Palette, number: int) -> None:
        super().__init__(palette, id=f"chart-{number}", classes="chart")
        self.name_shown = ""
        self.draws = 0
        """How many times the chart was drawn, for tests and the benchmark."""
        self.resized: Callable[[Chart], None] | None = None
        """Called when the size of the widget has changed, so that the chart must be drawn."""
        self._state: object = None
        self._view: ChartView | None = None
        self._settings_drawn: tuple[object, ...] = ()
        self._style_drawn: FrameStyle | None = None

    def on_resize(self) -> None:
        if self.resized is not None:
            self.resized(self)

    def stale(self, vm: ViewModel) -> bool:
        """Whether `vm` may look different from what is shown."""
        if not self.display or not self.name_shown or self.size.width < 1:
            return False
        return self._state is not vm.shown or self._settings_drawn != self._settings(vm)

    def paint(self, vm: ViewModel) -> bool:
        """Query the chart's series, and draw them if they differ from those shown.

        Returns whether the chart was drawn.
        """
        width, height = self.size.width, self.size.height
        view = charts.view(vm, self.name_shown, width)
        settings = self._settings(vm)
        fresh = view != self._view or settings != self._settings_drawn
        self._state, self._view, self._settings_drawn = vm.shown, view, settings
        self._style_drawn = charts.frame_style(vm)
        if fresh:
            self.show(charts.lines(self.name_shown, view, vm, width, height))
            self.draws += 1
        return fresh

    def moment_at(self, x: int) -> float | None:
        """The moment drawn in a column of the widget, UTC epoch seconds; None beside the canvas."""
        if self._view is None or self._style_drawn is None or self._view.across:
            return None
        left, columns = span_of(self.size.width)
        share = (x - left + 0.5) / columns
        if not 0 <= share <= 1:
            return None
        return self._view.since + share * (self._view.until - self._view.since)

    def forget(self) -> None:
        """Forget what was drawn, so that the next `paint` draws."""
        self._state, self._view, self._settings_drawn = None, None, ()

    def _settings(self, vm: ViewModel) -> tuple[object, ...]:
        view_state = vm.view_state
        sight = (
            view_state.window_s,
            view_state.until,
            view_state.cursor,
            view_state.pod,
            view_state.clock,
            vm.scope,
            vm.beside,
        )
        return (self.name_shown, self.size, tuple(vm.keys.items()), sight)


class Painter:
    """Draws the charts of a screen, one per turn of the event loop.

    `busy` returns whether a key was just pressed; charts wait as long as it does.
    """

    def __init__(self, charts: Sequence[Chart], busy: Callable[[], bool]) -> None:
        self._charts = charts
        self._busy = busy
        self._vm: ViewModel | None = None
        self._due: dict[Chart, float] = {}
        self._work = asyncio.Event()
        self.idle = True
        """Whether all charts show the newest view model."""
        for chart in charts:
            chart.resized = self.wake

    def offer(self, vm: ViewModel, now: bool = False) -> None:
        """Draw a new view model, each chart when it is due.

        `now`: draw without waiting for `EVERY_S` to pass, because the viewer did something.
        """
        self._vm = vm
        if now:
            self._due.clear()
        self.idle = False
        self._work.set()

    def wake(self, chart: Chart) -> None:
        """Draw a chart without waiting for `EVERY_S` to pass."""
        self._due.pop(chart, None)
        self.idle = False
        self._work.set()

    async def run(self) -> None:
        """Draw until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            while (chart := self._next()) is not None:
                wait = self._due.get(chart, 0.0) - monotonic()
                if wait > 0:
                    # `offer` and `wake` set the event, which ends the wait at once.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._work.wait(), wait)
                    self._work.clear()
                    continue
                if self._busy():
                    await asyncio.sleep(BUSY_S)
                    continue
                assert self._vm is not None
                self._due[chart] = monotonic() + EVERY_S
                drawn = chart.paint(self._vm)
                await asyncio.sleep(BREATH_S if drawn else 0)
            self.idle = True

    def _next(self) -> Chart | None:
        """The stale chart that has waited longest; None when all are up to date."""
        vm = self._vm
        if vm is None:
            return None
        stale = [chart for chart in self._charts if chart.stale(vm)]
        return min(stale, key=lambda chart: self._due.get(chart, 0.0), default=None)
