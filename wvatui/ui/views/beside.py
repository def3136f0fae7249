"""Two runs beside each other: their charts over one another, and the table that compares them."""

from wvatui.core.queries.charts.overlaid import OVERLAID
from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.compare import beside
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

WIDE = 170
"""From this width on the table stands beside the charts."""
LEAST = 8
"""Lines of a chart that still tells something."""
TABLE = 88
"""Columns of the table beside charts."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """Charts, as many as have room, and the table; the other charts are on further pages."""
    if width >= WIDE:
        return [
            *_charts(vm, 2, width - TABLE, height),
            Place("beside", width - TABLE, 0, TABLE, height),
        ]
    top = min(height, max(LEAST, height * 3 // 5))
    body = _charts(vm, 1 if width < 70 else 2, width, top)
    return [*body, Place("beside", 0, top, width, height - top)] if top < height else body


def _charts(vm: ViewModel, columns: int, width: int, height: int) -> list[Place]:
    rows = max(1, min(height // LEAST, len(OVERLAID) // columns))
    pages = charts.pages(rows * columns, tuple(OVERLAID))
    return charted(vm, pages[vm.view_state.page % len(pages)], columns, width, height)


VIEW = Layout(places, beside.ID, charts=lambda _: len(OVERLAID))
