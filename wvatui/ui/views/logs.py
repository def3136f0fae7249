"""The controller's log, in the whole body."""

from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The only part: the lines of the log."""
    return [Place("loglines", 0, 0, width, height)]


VIEW = Layout(places, "loglines")
