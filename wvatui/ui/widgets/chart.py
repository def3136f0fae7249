"""Charts on the screen: a widget each, and the painter that draws them in turn."""

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
"""A chart is drawn at most once in so many seconds of the wall."""
BREATH_S = 0.004
"""After a chart was drawn the loop is left alone for so long: a key that waits is served first."""


class Chart(LineView):
    """A place on the screen for a chart; which one it shows can change."""

    def __init__(self, palette: Palette, number: int) -> None:
        super().__init__(palette, id=f"chart-{number}", classes="chart")
        self.name_shown = ""
        self.draws = 0
        """How often it was really drawn, for tests and for the benchmark."""
        self.resized: Callable[[Chart], None] | None = None
        """Called when the chart has got another size: it wants to be drawn."""
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
        """Ask for the chart's series, and draw them when they differ from those shown."""
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
        """The moment drawn in a column of the widget; None beside the canvas."""
        if self._view is None or self._style_drawn is None or self._view.across:
            return None
        left, columns = span_of(self.size.width)
        share = (x - left + 0.5) / columns
        if not 0 <= share <= 1:
            return None
        return self._view.since + share * (self._view.until - self._view.since)

    def forget(self) -> None:
        """Draw anew next time."""
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
    """Draws the charts of a screen, one a turn of the loop.

    `busy` says whether a key is waiting or has just been pressed: charts then wait.
    """

    def __init__(self, charts: Sequence[Chart], busy: Callable[[], bool]) -> None:
        self._charts = charts
        self._busy = busy
        self._vm: ViewModel | None = None
        self._due: dict[Chart, float] = {}
        self._work = asyncio.Event()
        self.idle = True
        """Nothing is left to draw for the newest view model."""
        for chart in charts:
            chart.resized = self.wake

    def offer(self, vm: ViewModel, now: bool = False) -> None:
        """Draw a new view model when its turn comes.

        `now`: the viewer did something, so do not wait for the second to pass.
        """
        self._vm = vm
        if now:
            self._due.clear()
        self.idle = False
        self._work.set()

    def wake(self, chart: Chart) -> None:
        """A chart has to be drawn without waiting for its second to pass."""
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
                    # A viewer's action must not wait for the second: it sets the event.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._work.wait(), wait)
                    self._work.clear()
                    continue
                if self._busy():
                    await asyncio.sleep(BREATH_S)
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
