"""The stage: the widget that places all parts of the screen and draws its panels."""

from collections.abc import Callable
from dataclasses import replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import NULL_SPACING, Offset, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from wvatui.ui.draw.line import Line
from wvatui.ui.model import layout
from wvatui.ui.model.kept_heights import KeptHeights
from wvatui.ui.model.layout import Place, ScreenPlan, Wishes, stack
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels import PANELS
from wvatui.ui.panels.overview import banner, footer
from wvatui.ui.theme import Palette
from wvatui.ui.views import latency, overview, view
from wvatui.ui.views.charted import charted
from wvatui.ui.views.detail import detail_places
from wvatui.ui.widgets.chart import Chart
from wvatui.ui.widgets.lineview import LineView
from wvatui.ui.widgets.prompt import Prompt


class Placed(Layout):
    """A Textual layout that puts widgets into given regions; one without a region takes no room."""

    name = "placed"

    def __init__(self) -> None:
        self.regions: dict[Widget, Region] = {}

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        parent.pre_layout(self)
        nowhere = Region(0, 0, 0, 0)
        return [
            WidgetPlacement(self.regions.get(child, nowhere), Offset(0, 0), NULL_SPACING, child)
            for child in children
        ]


class PanelView(LineView):
    """The widget of one panel."""

    def __init__(self, panel: Panel, palette: Palette) -> None:
        super().__init__(palette, id=panel.id, classes="panel")
        self._panel = panel
        self._drawn: tuple[ViewModel, int, int] | None = None

    def draw(self, vm: ViewModel, width: int, height: int) -> None:
        """Draw the view model, unless nothing that the panel follows has changed."""
        if self._drawn is not None:
            before, *size = self._drawn
            same = vm.same_state(before) and size == [width, height]
            if same and (self._panel.follows == "state" or vm.status == before.status):
                return
        self._drawn = (vm, width, height)
        self.show(self._panel.draw(vm, width, height))

    def forget(self) -> None:
        """Forget what was drawn, so that the next `draw` draws."""
        self._drawn = None


ROOMY = 36
"""The height of the screen, in lines, from which a growing table gets a spare line for the next
pod."""
AT_ONCE = len(latency.FIRST) + 3
"""The most charts and lanes that a view shows at once: those of the latency view."""


class StageWidget(Container):
    """The container of all parts; `draw` divides the screen and draws each panel."""

    class Clicked(Message):
        """A click on a cell of a part; `twice`: the second click of a double click."""

        def __init__(self, place: Place, x: int, y: int, twice: bool) -> None:
            super().__init__()
            self.place, self.x, self.y, self.twice = place, x, y, twice

    class Wheel(Message):
        """The mouse's wheel was turned over a part."""

        def __init__(self, place: Place, up: bool) -> None:
            super().__init__()
            self.place, self.up = place, up

    def __init__(
        self,
        palette: Palette,
        resized: Callable[[], None],
    ) -> None:
        super().__init__(id="stage")
        self._palette = palette
        self._placed = Placed()
        self.panels = {p.id: PanelView(p, palette) for p in PANELS}
        self.charts = [Chart(palette, number) for number in range(AT_ONCE)]
        self.message = LineView(palette, id="message")
        self.small = LineView(palette, id="small")
        self.prompt = Prompt(palette, resized)
        self.plan: ScreenPlan | None = None
        self.places: list[Place] = []
        """The places of the body's parts as last drawn, in cells of the body."""
        self._resized = resized
        self._heights = KeptHeights()
        self._arranged: tuple[object, ...] = ()
        self._said: list[Line] = []
        self.shown: list[Place] = []
        """The places of all parts as last drawn, in cells of the screen."""

    @property
    def layout(self) -> Placed:
        """Textual's layout of the stage: parts are placed by their regions."""
        return self._placed

    def compose(self) -> ComposeResult:
        yield self.small
        yield from self.panels.values()
        yield from self.charts
        yield self.message
        yield self.prompt

    def on_resize(self) -> None:
        self._resized()

    def on_click(self, event: events.Click) -> None:
        place = self.at(event.screen_x, event.screen_y)
        if place is not None:
            x, y = event.screen_x - place.x, event.screen_y - place.y
            self.post_message(self.Clicked(place, x, y, event.chain > 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scrolled(event, True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scrolled(event, False)

    def _scrolled(self, event: events.MouseEvent, up: bool) -> None:
        if (place := self.at(event.screen_x, event.screen_y)) is not None:
            self.post_message(self.Wheel(place, up))

    def recolour(self, palette: Palette) -> None:
        """Switch all parts to another theme."""
        self._palette = palette
        for view_ in (
            *self.panels.values(),
            *self.charts,
            self.message,
            self.small,
            self.prompt.offers,
        ):
            view_.recolour(palette)

    def moment_at(self, place: Place, x: int) -> float | None:
        """The moment in a column of a chart, UTC epoch seconds; None beside its canvas."""
        shown = (c.moment_at(x) for c in self.charts if c.name_shown == place.chart)
        return next(shown, None)

    def say(self, text: str, style: str) -> None:
        """Show a message in place of the footer; an empty text shows the footer again."""
        self._said = footer.message_lines(text, style, self.size.width) if text else []
        self.message.show(self._said)

    def draw(self, vm: ViewModel) -> ViewModel:
        """Draw all panels; the painter draws the charts.

        Returns the view model as it was drawn: with the plan of the screen.
        """
        width, height = self.size.width, self.size.height
        if width < 1 or height < 1:
            return vm
        if layout.too_small(width, height):
            self._show_small(width, height, vm)
            return vm
        wishes = overview.wishes(
            vm,
            width,
            height,
            banner=len(banner.lines(vm, width, 2)),
            footer=max(1, len(self._said), self.prompt.lines if self.prompt.asking else 0),
        )
        vm, plan = self._held(vm, width, height, wishes)
        body = height - plan.top - plan.footer
        places = self.body(vm, width, body)
        if sum(p.part.startswith("chart:") for p in places) >= view(vm.view_state.view).charts(vm):
            vm = replace(vm, all_charts=True).carry(vm)
        self._arrange(plan, places, width, height)
        for place in self._frame(plan, width, height) + places:
            panel = self.panels.get(place.part)
            if panel is not None:
                panel.draw(vm, place.width, place.height)
        return vm

    def _held(
        self, vm: ViewModel, width: int, height: int, wishes: Wishes
    ) -> tuple[ViewModel, ScreenPlan]:
        """The plan of the screen, in which parts keep a greater height for a while."""
        seen, status = vm.view_state, vm.status
        sight = (width, height, seen.view, seen.detail, seen.maximised, seen.variant)
        self._heights.look((*sight, seen.namespace), stands=not (status.live or status.playing))
        need = layout.plan(width, height, wishes)
        wishes = replace(
            wishes,
            health_kept=self._heights.of("health", need.health),
            table_kept=self._heights.of("table", need.table, spare=height >= ROOMY),
        )
        plan = layout.plan(width, height, wishes)
        if seen.view == "pods":
            vm = replace(vm, pods_kept=self._heights.of("pods", len(vm.replicas))).carry(vm)
        return vm.planned(plan), plan

    def forget(self) -> None:
        """Forget what was drawn, so that the next `draw` draws everything."""
        for panel in self.panels.values():
            panel.forget()
        for chart in self.charts:
            chart.forget()
        self._arranged = ()

    def at(self, x: int, y: int) -> Place | None:
        """The part at a cell of the screen; None: there is none."""
        found = (p for p in self.shown if p.x <= x < p.x + p.width and p.y <= y < p.y + p.height)
        return next(found, None)

    def size_of(self, part: str) -> tuple[int, int]:
        """The (columns, lines) of a part of the body; (0, 0) when it is not shown."""
        return next(((p.width, p.height) for p in self.places if p.part == part), (0, 0))

    @staticmethod
    def body(vm: ViewModel, width: int, height: int) -> list[Place]:
        """The parts of the body: those of the view or of the opened row, or the maximised part."""
        view_state = vm.view_state
        if view_state.detail:
            places = detail_places(vm, width, height)
        else:
            places = view(view_state.view).places(vm, width, height)
        if view_state.maximised and any(p.part == view_state.maximised for p in places):
            alone = Place(view_state.maximised, 0, 0, width, height)
            return charted(vm, [alone.chart], 1, width, height) if alone.chart else [alone]
        return places

    @staticmethod
    def frame(plan: ScreenPlan, width: int, height: int) -> list[Place]:
        """The parts that all views share, above and below the body."""
        above = (
            ("header", plan.header),
            ("state", plan.state),
            ("banner", plan.banner),
            ("scrubber", plan.scrubber),
            ("experiment", plan.experiment),
            ("health", plan.health),
        )
        footer = Place("footer", 0, height - plan.footer, width, plan.footer)
        return [*stack(above, width), footer]

    def _frame(self, plan: ScreenPlan, width: int, height: int) -> list[Place]:
        """The frame, without the footer while a message or the prompt is in its place."""
        places = self.frame(plan, width, height)
        return places[:-1] if self._said or self.prompt.asking else places

    def _arrange(self, plan: ScreenPlan, places: list[Place], width: int, height: int) -> None:
        """Give the widgets their regions, if any has changed."""
        key = (plan, tuple(places), width, height, bool(self._said), self.prompt.asking)
        if key == self._arranged:
            return
        self._arranged, self.plan, self.places = key, plan, places
        self.panels["footer"].forget()
        self.remove_class("too-small")
        regions: dict[Widget, Region] = {}
        free = iter(self.charts)
        body = [place.moved(plan.top) for place in places]
        self.shown = self._frame(plan, width, height) + body
        for place in self.shown:
            widget: Widget | None = self.panels.get(place.part)
            if place.chart and (chart := next(free, None)) is not None:
                chart.name_shown = place.chart
                widget = chart
            if widget is not None:
                regions[widget] = Region(place.x, place.y, place.width, place.height)
        foot = Region(0, height - plan.footer, width, plan.footer)
        if self.prompt.asking:
            regions[self.prompt] = foot
        elif self._said:
            regions[self.message] = foot
        for chart in free:
            chart.name_shown = ""
        for each in (*self.panels.values(), *self.charts, self.message):
            each.display = each in regions
        self._placed.regions = regions
        self.refresh(layout=True)

    def _show_small(self, width: int, height: int, vm: ViewModel) -> None:
        need = f"{layout.MIN_WIDTH}x{layout.MIN_HEIGHT}"
        state = vm.status.recording_state
        kept = "recording goes on" if state.startswith("recording") else "watching goes on"
        texts = (
            (f"wvatui needs {need},", "bold"),
            (f"this is {width}x{height}.", ""),
            (kept if vm.status.live else "", "muted"),
        )
        self.add_class("too-small")
        self._arranged, self.places, self.shown = (), [], []
        self._placed.regions = {self.small: Region(0, 0, width, height)}
        self.refresh(layout=True)
        self.small.show([((text[:width], style),) for text, style in texts])
