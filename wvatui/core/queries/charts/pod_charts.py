"""The charts of one pod: of each metric, and of its requests.

In each function the last argument is the pod's name.
"""

from wvatui.core.metrics.metrics_table import BY_ID, Metric
from wvatui.core.queries.charts import downsample
from wvatui.core.queries.charts.chart_parts import (
    ChartSpan,
    PointList,
    fullest,
    limit_lines,
    logged,
    polled,
    view,
)
from wvatui.core.queries.charts.slots import PodPairs, Slots, pairs_of, percentiles, rates
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

_LOG_GAP_S = 150.0
_QUANTILES = ((0.95, "p95"), (0.5, "p50"))


def of_metric(metric: Metric, state: State, span: ChartSpan, pod: str | None) -> ChartView:
    """A metric of the table: a gauge with its threshold, a counter's growth, or percentiles."""
    unit = metric.drawn[1]
    limits: tuple[LimitLine, ...] = ()
    if metric.kind == "gauge":
        lines, title = _line(state, span, pod, metric, metric.called), metric.called
        what = fullest(state, [pod or ""], metric)
        limits = limit_lines(state, _model(state, pod), metric, span, what)
    elif metric.kind == "counter":
        lines, title = _growth(state, span, pod, metric), f"{metric.called} per second"
    else:
        lines, title = _percentiles(state, span, pod, metric), f"{metric.called}, p50 and p95"
    return view(state, span, title, unit, lines, limits, _note(state, pod, lines))


def waiting(state: State, span: ChartSpan, pod: str | None) -> ChartView:
    """Waiting and running requests."""
    lines = (
        *_line(state, span, pod, BY_ID["waiting"], "waiting"),
        *_line(state, span, pod, BY_ID["running"], "running"),
    )
    what = fullest(state, [pod or ""], BY_ID["waiting"])
    what = f"waiting {what}".rstrip()
    limits = limit_lines(state, _model(state, pod), BY_ID["waiting"], span, what)
    return view(state, span, "Requests", "requests", lines, limits, _note(state, pod, lines))


def _growth(
    state: State, span: ChartSpan, pod: str | None, metric: Metric
) -> tuple[SeriesView, ...]:
    slots, pairs = _slots(state, span, pod)
    values = rates(pairs, slots, metric.id) if pairs else []
    known = any(value is not None for _, value in values)
    return (SeriesView(metric.drawn[1], tuple(values)),) if known else ()


def _percentiles(
    state: State, span: ChartSpan, pod: str | None, metric: Metric
) -> tuple[SeriesView, ...]:
    slots, pairs = _slots(state, span, pod)
    if not pairs:
        return ()
    wanted = [q for q, _ in _QUANTILES]
    by_share = percentiles(state, pairs, slots, metric, wanted)
    return tuple(
        SeriesView(name, tuple(values))
        for (_, name), values in zip(_QUANTILES, by_share, strict=True)
        if any(value is not None for _, value in values)
    )


def _slots(state: State, span: ChartSpan, pod: str | None) -> tuple[Slots, PodPairs]:
    slots = Slots(span[0], span[1], state.now)
    return slots, pairs_of(state, slots, [pod or ""])


def _line(
    state: State, span: ChartSpan, pod: str | None, metric: Metric, name: str
) -> tuple[SeriesView, ...]:
    since, until, columns = span
    points: PointList = polled(state, pod or "", metric.id, since)
    gap_s = fresh_s(state.header)
    by_pod = logged(state, metric.id)
    if not points and pod is not None and pod in by_pod:
        points = sorted((p.at, p.value) for p in by_pod[pod] if since <= p.at <= until)
        gap_s = _LOG_GAP_S
    factor = metric.drawn[0]
    if factor != 1.0:
        points = [(at, value * factor) for at, value in points]
    shown = downsample.to_columns(points, since, until, columns, gap_s=gap_s)
    return (SeriesView(name, shown),) if any(v is not None for _, v in shown) else ()


def _model(state: State, pod: str | None) -> str:
    return next((item.model for item in pod_links(state) if pod in item.all_pods), "")


def _note(state: State, pod: str | None, lines: tuple[SeriesView, ...]) -> str:
    if lines:
        return ""
    watched = state.watched.get(pod or "")
    if watched is None or not len(watched.history):
        return "this pod has not answered yet"
    return "no samples in this window"
