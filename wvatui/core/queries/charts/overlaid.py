"""Charts of two runs overlaid: one line per run, both on the time axis of the first.

Each line is for the whole run, so that runs with different pods and variants can be compared. If a
run did not measure something, its line is empty and the title says so.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.queries.charts import downsample
from wvatui.core.queries.charts.chart_parts import ChartSpan, PointList, gauge_points
from wvatui.core.queries.charts.downsample import ChartColumn
from wvatui.core.queries.charts.slots import Slots, pairs_of, percentiles, rates
from wvatui.core.queries.load.load_rows import offered_load
from wvatui.core.queries.pods.replica_time import believed_steps, ladder_steps
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

NAMES = ("A", "B")
"""What the two runs are called in charts."""
NO_DATA = "no data"
BY_LOG = "by the log"
HoleyPoints = Sequence[tuple[float, float | None]]
"""(time, value), ascending; None: not known from then on."""


def overlaid(
    state: State,
    other: State,
    shift_s: float,
    name: str,
    *,
    since: float,
    until: float,
    columns: int,
) -> ChartView:
    """The chart `name` of two runs over [since, until] of the first one's clock.

    `shift_s`: seconds by which the second run's times precede the same time of load in the first.
    Raises KeyError when there is no such chart.
    """
    chart = OVERLAID[name]
    its = _line(chart, other, (since - shift_s, until - shift_s, columns))
    lines = (
        _line(chart, state, (since, until, columns)),
        tuple((at + shift_s, value) for at, value in its),
    )
    words = [
        chart.source(run) if any(value is not None for _, value in line) else NO_DATA
        for run, line in zip((state, other), lines, strict=True)
    ]
    is_empty = set(words) == {NO_DATA}
    said = [f"{name}: {word}" for name, word in zip(NAMES, words, strict=True) if word]
    return ChartView(
        title=chart.title if is_empty or not said else f"{chart.title} ({', '.join(said)})",
        unit=chart.unit,
        since=since,
        until=until,
        series=tuple(
            SeriesView(name, line, "step" if chart.holds else "line")
            for name, line in zip(NAMES, lines, strict=True)
        ),
        note="neither run has data here" if is_empty else "",
    )


@dataclass(frozen=True, slots=True)
class OverlaidChart:
    """One row. `holds`: a value holds until the next one. `source`: where the numbers of a run come
    from, in words, if that is not the usual source."""

    title: str
    unit: str
    line: Callable[[State, ChartSpan], HoleyPoints]
    holds: bool = False
    source: Callable[[State], str] = lambda _: ""


def _line(chart: OverlaidChart, state: State, span: ChartSpan) -> ChartColumn:
    """The line of one run; it ends with the run, even where a value would hold longer."""
    points = tuple(chart.line(state, span))
    known = tuple(point for point in points if point[0] <= state.now)
    cut = chart.holds and len(known) < len(points) and known
    return (*known, (state.now, known[-1][1])) if cut else known


def summed(series: Iterable[HoleyPoints]) -> list[tuple[float, float | None, int]]:
    """(time, sum, number of values) at each change, of values that each hold until their next one;
    the sum is None while none is known."""
    changes = sorted(
        ((at, number, value) for number, points in enumerate(series) for at, value in points),
        key=lambda change: change[0],
    )
    now: dict[int, float] = {}
    out: list[tuple[float, float | None, int]] = []
    for at, number, value in changes:
        if value is None:
            now.pop(number, None)
        else:
            now[number] = value
        if out and out[-1][0] == at:
            out.pop()
        out.append((at, sum(now.values()) if now else None, len(now)))
    return out


def _held(points: PointList, gap_s: float) -> list[tuple[float, float | None]]:
    """Samples that each hold until the next one, but no longer than `gap_s`."""
    out: list[tuple[float, float | None]] = []
    for at, value in points:
        if out and at - out[-1][0] > gap_s:
            out.append((out[-1][0] + gap_s, None))
        out.append((at, value))
    return [*out, (out[-1][0] + gap_s, None)] if out else out


def _replicas(state: State, span: ChartSpan) -> HoleyPoints:
    """Ready replicas of all variants, as `replica_time` counts them."""
    steps = believed_steps(state) if _replicas_source(state) else ladder_steps(state)
    return downsample.steps([(at, total) for at, total, _ in summed(steps.values())], *span)


def _replicas_source(state: State) -> str:
    """The source of the replicas: for a log alone, the controller's view of the current ones."""
    ladder = ladder_steps(state).values()
    return "" if any(value is not None for steps in ladder for _, value in steps) else BY_LOG


def _gauge_source(state: State) -> str:
    return "" if state.watched else BY_LOG


def _total(metric: Metric, state: State, span: ChartSpan) -> HoleyPoints:
    """A gauge: the sum over all pods."""
    return _gauge(metric, state, span, lambda total, count: total)


def _mean(metric: Metric, state: State, span: ChartSpan) -> HoleyPoints:
    """A gauge: the mean over all pods."""
    return _gauge(metric, state, span, lambda total, count: total / count)


def _gauge(
    metric: Metric, state: State, span: ChartSpan, of: Callable[[float, int], float]
) -> HoleyPoints:
    since, until, _ = span
    series, gap_s = gauge_points(metric, state, since - fresh_s(state.header), until)
    held = (_held(points, gap_s) for points in series.values())
    points = [(at, of(total, count)) for at, total, count in summed(held) if total is not None]
    return downsample.to_columns(points, *span, gap_s=gap_s)


def _slots(state: State, span: ChartSpan) -> Slots:
    return Slots(span[0], span[1], state.now)


def _p95(metric: Metric, state: State, span: ChartSpan) -> HoleyPoints:
    """The 95th percentile over the requests of all pods."""
    slots = _slots(state, span)
    pairs = pairs_of(state, slots, state.watched)
    return percentiles(state, pairs, slots, metric, [0.95])[0] if pairs else ()


def _growth(metric: Metric, state: State, span: ChartSpan) -> HoleyPoints:
    """How fast a counter grows, in all pods together."""
    slots = _slots(state, span)
    return rates(pairs_of(state, slots, state.watched), slots, metric.id)


def _gateway(state: State, span: ChartSpan) -> HoleyPoints:
    """The requests that all endpoint pickers together queue."""
    gap_s = fresh_s(state.header)
    held = (
        _held([(look.at, look.queue) for look in ring if look.queue is not None], gap_s)
        for ring in state.epp.values()
    )
    points = [(at, total) for at, total, _ in summed(held) if total is not None]
    return downsample.to_columns(points, *span, gap_s=gap_s)


def _offered(state: State, span: ChartSpan) -> HoleyPoints:
    return downsample.steps(list(offered_load(state)), *span)


_METRICS = {metric.id: metric for metric in METRICS}


def _of(
    title: str,
    id_: str,
    line: Callable[[Metric, State, ChartSpan], HoleyPoints],
    source: Callable[[State], str] = lambda _: "",
) -> OverlaidChart:
    metric = _METRICS[id_]
    return OverlaidChart(title, metric.drawn[1], partial(line, metric), source=source)


OVERLAID: dict[str, OverlaidChart] = {
    "beside_replicas": OverlaidChart(
        "Ready replicas", "replicas", _replicas, holds=True, source=_replicas_source
    ),
    "beside_waiting": _of("Waiting requests, all pods", "waiting", _total, _gauge_source),
    "beside_kv": _of("KV cache use, mean of pods", "kv", _mean, _gauge_source),
    "beside_ttft": _of("TTFT p95, by the servers", "ttft", _p95),
    "beside_itl": _of("ITL p95, by the servers", "itl", _p95),
    "beside_tokens": _of("Generated tokens/s, all pods", "generation_tokens", _growth),
    "beside_offered": OverlaidChart("Offered load", "requests/s", _offered, holds=True),
    "beside_gateway": OverlaidChart("Queue of the gateway", "requests", _gateway),
}
"""The overlaid charts, in the order in which they get room."""
