"""The load that all jobs together offer, as their schedules say."""

from wvatui.core import downsample
from wvatui.core.chart_parts import Span, view
from wvatui.core.load_rows import offered_load
from wvatui.core.state import State
from wvatui.core.views import ChartView, SeriesView


def load(state: State, span: Span, variant: str | None) -> ChartView:
    """Requests per second offered, a step a change; a hole where a rate is not known."""
    line = SeriesView("offered", downsample.steps(list(offered_load(state)), *span), "step")
    lines = (line,) if any(value is not None for _, value in line.points) else ()
    note = "" if lines else "no load in this window"
    return view(state, span, "Offered load", "requests/s", lines, (), note)
