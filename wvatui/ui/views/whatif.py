"""What if: alternatives, the selected one's replicas over the real ones, what it rests on."""

from wvatui.ui.model.layout import Layout, Place, stack
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.whatif import trials

CHART = 8
"""Lines that the chart has at least where there is room for it."""
WIDE = 150
"""From this width on what is to be said stands beside the chart."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The table above, then the chart and the words."""
    table = min(trials.height_for(vm), max(6, height * 2 // 5))
    if vm.trial is None:
        return [Place("trials", 0, 0, width, height)]
    left = height - table
    if width >= WIDE:
        half = width // 2
        return [
            Place("trials", 0, 0, width, table),
            Place("course", 0, table, half, left),
            Place("trial", half, table, width - half, left),
        ]
    chart = max(min(CHART, left), left // 2) if left >= CHART else 0
    parts = (("trials", table), ("course", chart), ("trial", left - chart))
    return stack(parts, width)


VIEW = Layout(places, "trials")
