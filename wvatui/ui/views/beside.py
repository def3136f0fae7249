"""Two runs beside each other: charts that overlay them, and the table that compares them."""

from wvatui.core.queries.charts.overlaid import OVERLAID
from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.compare import beside
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

WIDE = 170
"""The width, in cells, from which the table is beside the charts."""
LEAST = 8
"""The least height of a chart, in lines."""
TABLE = 88
"""The width of the table beside charts, in cells."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """As many charts as fit, and the table; the other charts are on further pages."""
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
