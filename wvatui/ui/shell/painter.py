"""When charts are drawn: once a second at most, and never two between two looks at the keys."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from time import monotonic

from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.widgets.chart import Chart

EVERY_S = 1.0
"""A chart is drawn at most once in so many seconds of the wall."""
BREATH_S = 0.004
"""Between two charts the loop is left alone for so long: a key that waits is served first."""


class Painter:
    """Draws the charts of a screen, one a turn of the loop.

    `busy` says whether a key is waiting or has just been pressed: charts then wait.
    """

    def __init__(self, charts: Sequence[Chart], busy: Callable[[], bool]) -> None:
        self._charts = charts
        self._busy = busy
        self._scene: ViewModel | None = None
        self._due: dict[Chart, float] = {}
        self._work = asyncio.Event()
        self.idle = True
        """Nothing is left to draw for the newest scene."""
        for chart in charts:
            chart.resized = self.wake

    def offer(self, scene: ViewModel, now: bool = False) -> None:
        """A new scene. `now`: the viewer did something, so do not wait for the second to pass."""
        self._scene = scene
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
                assert self._scene is not None
                self._due[chart] = monotonic() + EVERY_S
                chart.paint(self._scene)
                await asyncio.sleep(BREATH_S)
            self.idle = True

    def _next(self) -> Chart | None:
        """The stale chart that has waited longest; None when all are up to date."""
        scene = self._scene
        if scene is None:
            return None
        stale = [chart for chart in self._charts if chart.stale(scene)]
        return min(stale, key=lambda chart: self._due.get(chart, 0.0), default=None)
