"""Latency and throughput: what users feel, what the engines give, what the gateway holds back."""

from wvatui.core.metrics.metrics_table import METRICS
from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

FIRST = ("ttft", "itl", "tokens", "running", "e2e", "itl_fit", "requests", "gateway", "pool")
"""In the order in which they get room."""
ALL = (
    *FIRST,
    *(m.chart_name for m in METRICS if m.chart_name not in ("", *FIRST, *charts.ORDER)),
)
"""These, then every metric whose chart is neither among them nor on the overview."""
LEAST = 7
"""Lines of a chart that still tells something."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """As many charts as have room, in two columns or three; the others are on further pages. An
    import without pods has none."""
    columns = 1 if width < 70 else 3 if width >= 180 else 2
    wanted = charts.with_source(vm, ALL)
    if not wanted:
        return [Place("pods", 0, 0, width, height)]  # it says why there is none
    most = min(len(FIRST), len(wanted))
    rows = max(1, min(height // LEAST, -(-most // columns)))
    pages = charts.pages(min(most, rows * columns), wanted)
    return charted(vm, pages[vm.view_state.page % len(pages)], columns, width, height)


VIEW = Layout(places, charts=lambda vm: len(charts.with_source(vm, ALL)))
