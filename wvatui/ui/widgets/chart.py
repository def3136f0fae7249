"""One chart: asks for its series when it is its turn, and draws only what is new."""

from collections.abc import Callable

from wvatui.core.rows.views import ChartView
from wvatui.ui.chart.frame import FrameStyle, span_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.theme.themes import Palette
from wvatui.ui.widgets.lineview import LineView


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
        self._look: tuple[object, ...] = ()
        self._seen: FrameStyle | None = None

    def on_resize(self) -> None:
        if self.resized is not None:
            self.resized(self)

    def stale(self, scene: ViewModel) -> bool:
        """Whether `scene` may look different from what is shown."""
        if not self.display or not self.name_shown or self.size.width < 1:
            return False
        return self._state is not scene.state or self._look != self._looks(scene)

    def paint(self, scene: ViewModel) -> bool:
        """Take the series out of the scene; draw them when they differ from those shown."""
        width, height = self.size.width, self.size.height
        view = charts.view(scene, self.name_shown, width)
        look = self._looks(scene)
        fresh = view != self._view or look != self._look
        self._state, self._view, self._look = scene.state, view, look
        self._seen = charts.look(scene)
        if fresh:
            self.show(charts.lines(view, scene, width, height))
            self.draws += 1
        return fresh

    def moment_at(self, x: int) -> float | None:
        """The moment drawn in a column of the widget; None beside the canvas."""
        if self._view is None or self._seen is None or self._view.across:
            return None
        left, columns = span_of(self._view, self.size.width, self.size.height, self._seen)
        share = (x - left + 0.5) / columns
        if not 0 <= share <= 1:
            return None
        return self._view.since + share * (self._view.until - self._view.since)

    def forget(self) -> None:
        """Draw anew next time."""
        self._state, self._view, self._look = None, None, ()

    def _looks(self, scene: ViewModel) -> tuple[object, ...]:
        choice = scene.choice
        sight = (choice.window_s, choice.until, choice.cursor, choice.clock, scene.scope)
        return (self.name_shown, self.size, tuple(scene.keys.items()), sight)
