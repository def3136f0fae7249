"""The controller's log, with the whole body for itself."""

from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """One part."""
    return [Place("loglines", 0, 0, width, height)]


VIEW = Layout(places, "loglines")
