"""What was opened with enter: one variant or one pod, in the place of the view."""

from wvatui.ui.places import Place
from wvatui.ui.scene import Scene


def detail_places(scene: Scene, width: int, height: int) -> list[Place]:
    """The parts for the newest of what was opened."""
    return []
