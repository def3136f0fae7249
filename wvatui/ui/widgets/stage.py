"""The screen's parts, and how they share its room."""

from collections.abc import Callable
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.widget import Widget

from wvatui.ui import layout
from wvatui.ui.line import Line
from wvatui.ui.panels import PANELS, charts, footer, health, variants
from wvatui.ui.scene import Scene
from wvatui.ui.themes import Palette
from wvatui.ui.widgets.chart import Chart
from wvatui.ui.widgets.lineview import LineView
from wvatui.ui.widgets.panel import PanelView
from wvatui.ui.widgets.prompt import Prompt


class Stage(Container):
    """All panels; `draw` divides the room and lets each panel draw its part."""

    def __init__(self, palette: Palette, resized: Callable[[], None]) -> None:
        super().__init__(id="stage")
        self._palette = palette
        self.panels = {p.id: PanelView(p, palette) for p in PANELS if p.lines is not None}
        self.charts = [Chart(palette, number) for number in range(len(charts.CHARTS))]
        self.message = LineView(palette, id="message")
        self.small = LineView(palette, id="small")
        self.prompt = Prompt()
        self.plan: layout.Plan | None = None
        self._resized = resized
        self._arranged: tuple[object, ...] = ()
        self._said: list[Line] = []

    def compose(self) -> ComposeResult:
        parts = self.panels
        yield self.small
        for name in ("header", "banner", "scrubber", "health", "variants"):
            yield parts[name]
        yield Horizontal(self.charts[0], self.charts[1], id="charts-1", classes="chart-row")
        yield Horizontal(self.charts[2], self.charts[3], id="charts-2", classes="chart-row")
        yield Horizontal(parts["decisions"], parts["log"], id="tail")
        yield self.message
        yield parts["footer"]
        yield self.prompt

    def on_resize(self) -> None:
        self._resized()

    def say(self, text: str, style: str) -> None:
        """Show a message in place of the keys; an empty one gives the keys back."""
        self._said = footer.message_lines(text, style, self.size.width) if text else []
        self.message.show(self._said)

    def draw(self, scene: Scene) -> None:
        """Show the scene, charts excepted: those have a time of their own."""
        width, height = self.size.width, self.size.height
        if width < 1 or height < 1:
            return
        if layout.too_small(width, height):
            self._show_small(width, height, scene)
            return
        wishes = layout.Wishes(
            banner=len(self._banner(scene, width)),
            scrubber=1 if scene.capabilities.can_seek else 0,
            health=health.height_for(scene, width, named=height >= layout.ROOMY),
            table=variants.height_for(scene, width),
            table_small=variants.small_height_for(scene, width),
            footer=max(1, len(self._said)),
        )
        plan = layout.plan(width, height, wishes)
        self._arrange(plan, scene, width)
        if plan.charts >= len(charts.CHARTS):
            scene = replace(scene, all_charts=True).carry(scene)
        sizes = self._sizes(plan, width)
        for name, panel in self.panels.items():
            panel_width, panel_height = sizes[name]
            if panel_height > 0:
                panel.draw(scene, panel_width, panel_height)

    def forget(self) -> None:
        """Draw everything anew next time."""
        for panel in self.panels.values():
            panel.forget()
        for chart in self.charts:
            chart.forget()
        self._arranged = ()

    @staticmethod
    def _banner(scene: Scene, width: int) -> list[Line]:
        from wvatui.ui.panels import banner

        return banner.lines(scene, width, 2)

    def _sizes(self, plan: layout.Plan, width: int) -> dict[str, tuple[int, int]]:
        left = self._left_of_tail(width) if plan.side_by_side else width
        right = width - left if plan.side_by_side else width
        return {
            "header": (width, plan.header),
            "banner": (width, plan.banner),
            "scrubber": (width, plan.scrubber),
            "health": (width, plan.health),
            "variants": (width, plan.table),
            "decisions": (left, plan.decisions),
            "log": (right, plan.log),
            "footer": (width, 0 if self._said else plan.footer),
        }

    @staticmethod
    def _left_of_tail(width: int) -> int:
        """Width of the decisions beside the log."""
        return width * 46 // 100

    def _arrange(self, plan: layout.Plan, scene: Scene, width: int) -> None:
        """Give the widgets their places, when those have changed."""
        pages = charts.pages(plan.charts, charts.order(scene))
        names = pages[scene.choice.page % len(pages)]
        key = (plan, names, width, bool(self._said), self.prompt.asking)
        if key == self._arranged:
            return
        self._arranged, self.plan = key, plan
        self.panels["footer"].forget()
        self.remove_class("too-small")
        for name, (panel_width, height) in self._sizes(plan, width).items():
            self._place(self.panels[name], height)
            self.panels[name].styles.width = panel_width
        self._place(self.message, plan.footer if self._said else 0)
        self._place(self.query_one("#charts-1", Widget), plan.chart_height)
        rows = plan.chart_height if plan.chart_rows == 2 else 0
        self._place(self.query_one("#charts-2", Widget), rows)
        tail = max(plan.decisions, plan.log) if plan.side_by_side else plan.decisions + plan.log
        row = self.query_one("#tail", Widget)
        self._place(row, tail)
        row.styles.layout = "horizontal" if plan.side_by_side else "vertical"
        if self.prompt.asking:
            self._place(self.panels["footer"], 0)
            self._place(self.message, 0)
        self._name_charts(plan, names)

    def _name_charts(self, plan: layout.Plan, names: tuple[str, ...]) -> None:
        for index, chart in enumerate(self.charts):
            # One chart a row: the second place of each row stays empty.
            slot = index if plan.chart_columns == 2 else (index // 2 if index % 2 == 0 else -1)
            shown = 0 <= slot < len(names)
            chart.display = shown
            chart.name_shown = names[slot] if shown else ""

    @staticmethod
    def _place(widget: Widget, height: int) -> None:
        widget.display = height > 0
        if height > 0:
            widget.styles.height = height

    def _show_small(self, width: int, height: int, scene: Scene) -> None:
        need = f"{layout.MIN_WIDTH}x{layout.MIN_HEIGHT}"
        state = scene.status.recording_state
        kept = "recording goes on" if state.startswith("recording") else "watching goes on"
        texts = (
            (f"wvatui needs {need},", "bold"),
            (f"this is {width}x{height}.", ""),
            (kept if scene.status.mode != "REPLAY" else "", "muted"),
        )
        self.add_class("too-small")
        self._arranged = ()
        self.small.styles.height = height
        self.small.show([((text[:width], style),) for text, style in texts])
