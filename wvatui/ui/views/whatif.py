"""What-if: the alternatives, and of the selected one its replicas over the real ones, with its
assumptions."""

from wvatui.ui.model.layout import Layout, Place, stack
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.whatif import trials

CHART = 8
"""The least height of the chart, in lines; with less room there is none."""
WIDE = 150
"""The width, in cells, from which the text is beside the chart."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The table of alternatives, then chart and text of the selected one."""
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
