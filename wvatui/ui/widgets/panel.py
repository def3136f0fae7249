"""The widget behind a row of `PANELS`: draws when what it follows has changed."""

from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.theme.themes import Palette
from wvatui.ui.widgets.lineview import LineView


class PanelView(LineView):
    """One panel of lines."""

    def __init__(self, panel: Panel, palette: Palette) -> None:
        super().__init__(palette, id=panel.id, classes="panel")
        self._panel = panel
        self._drawn: tuple[ViewModel, int, int] | None = None

    def draw(self, scene: ViewModel, width: int, height: int) -> None:
        """Show the scene; does nothing when nothing that the panel follows has changed."""
        if self._drawn is not None:
            before, *size = self._drawn
            same = scene.same_state(before) and size == [width, height]
            if same and (self._panel.follows == "state" or scene.status == before.status):
                return
        self._drawn = (scene, width, height)
        self.show(self._panel.draw(scene, width, height))

    def forget(self) -> None:
        """Draw anew next time, whatever was drawn last."""
        self._drawn = None
