"""The load that all jobs together offer, as their schedules say."""

from wvatui.core.queries.charts import downsample
from wvatui.core.queries.charts.chart_parts import ChartSpan, view
from wvatui.core.queries.load.load_rows import offered_load
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.state.state import State


def load(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """Requests per second offered, a step a change; a hole where a rate is not known."""
    line = SeriesView("offered", downsample.steps(list(offered_load(state)), *span), "step")
    lines = (line,) if any(value is not None for _, value in line.points) else ()
    note = "" if lines else "no load in this window"
    return view(state, span, "Offered load", "requests/s", lines, (), note)
