"""Latency and throughput: what users experience, what the engines do, what the gateway queues."""

from wvatui.core.metrics.metrics_table import METRICS
from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

FIRST = ("ttft", "itl", "tokens", "running", "e2e", "itl_fit", "requests", "gateway", "pool")
"""The charts of the first page, the most important first."""
ALL = (
    *FIRST,
    *(m.chart_name for m in METRICS if m.chart_name not in ("", *FIRST, *charts.ORDER)),
)
"""All charts of the view: the first page, then those of every metric that is on no other view."""
LEAST = 7
"""The least height of a chart, in lines."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """As many charts as fit, in up to three columns; the others are on further pages. Without any
    chart (an import without pods), the panel of the pods."""
    columns = 1 if width < 70 else 3 if width >= 180 else 2
    wanted = charts.with_source(vm, ALL)
    if not wanted:
        return [Place("pods", 0, 0, width, height)]  # it says why there are none
    most = min(len(FIRST), len(wanted))
    rows = max(1, min(height // LEAST, -(-most // columns)))
    pages = charts.pages(min(most, rows * columns), wanted)
    return charted(vm, pages[vm.view_state.page % len(pages)], columns, width, height)


VIEW = Layout(places, charts=lambda vm: len(charts.with_source(vm, ALL)))
