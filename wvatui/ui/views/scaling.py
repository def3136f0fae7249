"""Scaling: all changes of replicas, the selected one as a waterfall, lags, and missing data."""

from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.scaling import changes, lacking, lags

WIDE = 160
"""The width, in cells, from which lags and missing stretches are side by side."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The table, the waterfall, and below them the statistics."""
    fall = _waterfall(vm)
    table = min(changes.TABLE.height_for(vm), max(4, (height - fall) // 2 if height < 30 else 12))
    left = height - table
    fall = min(fall, left)
    low = left - fall
    out = [Place("changes", 0, 0, width, table)]
    if low < 3:
        return [*out, Place("waterfall", 0, table, width, left)]
    out.append(Place("waterfall", 0, table, width, fall))
    top = table + fall
    if width >= WIDE:
        part = width * 66 // 100
        return [
            *out,
            Place("lags", 0, top, part, low),
            Place("lacking", part, top, width - part, low),
        ]
    rows = min(lags.height_for(vm, width), low)
    rest = low - rows
    if rest < 2:
        return [*out, Place("lags", 0, top, width, low)]
    room = min(rest, lacking.height_for(vm)) if rows < low else rest
    return [
        *out,
        Place("lags", 0, top, width, low - room),
        Place("lacking", 0, top + low - room, width, room),
    ]


def _waterfall(vm: ViewModel) -> int:
    """The lines that the waterfall takes: title, steps, replicas, axis."""
    event = vm.change
    if event is None:
        return 1
    return 2 + len(event.steps) + (len(event.pods) if len(event.pods) > 1 else 0)


VIEW = Layout(places, "changes")
