"""Decisions: the controller's cycles, and the selected one in full."""

from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

WIDE = 110
"""The width, in cells, from which the cycle is beside the table."""
TALL = 46
"""The height, in lines, from which charts of the replicas are above both."""
CHARTS = ("replicas", "utilization")


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The table and the selected cycle, side by side or one above the other; charts if they fit."""
    top = 0
    out: list[Place] = []
    if height >= TALL and (names := charts.known(vm, CHARTS)):
        top = height // 4
        out += charted(vm, names, 2 if width >= 70 else 1, width, top)
    room = height - top
    if width >= WIDE:
        # Without cycles the table also has the reasons of decisions, which need more room.
        left = width * (48 if vm.cycles else 56) // 100
        out.append(Place("cycles", 0, top, left, room))
        out.append(Place("cycle", left, top, width - left, room))
        return out
    rows = len(vm.cycles) or len(vm.decisions)
    table = min(max(4, 2 + rows), max(4, room * 2 // 5))
    out.append(Place("cycles", 0, top, width, table))
    out.append(Place("cycle", 0, top + table, width, room - table))
    return out


VIEW = Layout(places, "cycles")
