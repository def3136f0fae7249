"""PLOTS: the notebooks' plots, one row per file, and the charts in each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wvatui.analysis.report.notebooks.told import MODEL, SampleRound, Told, TunerStep
from wvatui.core.lines import clean, many
from wvatui.core.metrics.metrics_table import METRICS
from wvatui.core.queries.charts.chart_parts import (
    ChartSpan,
    limit_lines,
    model_of,
    short_names,
    view,
)
from wvatui.core.queries.charts.charts import chart
from wvatui.core.queries.scaling.predictions import observations, pairs_of, predictions
from wvatui.core.rows.cycle_rows import cadence_gap
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView
from wvatui.core.state.session_window import fresh_s

COLUMNS = 600
"""Columns to which the steps of replicas are reduced."""
MOST_PODS = 10
"""Most pods with a line of their own."""
BINS = 25
"""Bins of a histogram, as in the notebooks."""
NIS_APART_S = 90.0
"""Rejections of the tuner closer than this, in seconds, form one group, as in the notebooks."""
Views = list[ChartView]


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One plot. `name`: of its file. `what`: what it shows, in words."""

    name: str
    model: bool
    """Whether it belongs to the notebook for the model-based mode, rather than to the other one."""
    what: str
    views: Callable[[Told], Views]


def plots_of(told: Told) -> Iterator[PlotRow]:
    """The plots of the notebook for a run's mode."""
    return (row for row in PLOTS if row.model == (told.mode == MODEL))


# --- lines ----------------------------------------------------------------------------------------


def _view(
    told: Told,
    title: str,
    unit: str,
    lines: Iterable[SeriesView],
    limits: tuple[LimitLine, ...] = (),
) -> ChartView:
    return view(told.run.state, _span(told), title, unit, tuple(lines), limits, "")


def _span(told: Told) -> ChartSpan:
    return told.run.state.first_at, told.run.until, COLUMNS


def _holed(
    told: Told, points: Sequence[tuple[float, float | None]]
) -> tuple[tuple[float, float | None], ...]:
    """The points with a gap where two are too far apart to be joined."""
    state = told.run.state
    limit_s = cadence_gap(state)
    if told.sampled_by == "polls":
        limit_s = fresh_s(state.header)
    made: list[tuple[float, float | None]] = list(points[:1])
    for before, point in pairwise(points):
        if point[0] - before[0] > limit_s:
            made.append((before[0], None))
        made.append(point)
    return tuple(made)


def _band(told: Told, rounds: Sequence[SampleRound], name: str) -> SeriesView:
    """The mean over the pods in each round, with a band from the least to the most."""
    means = _holed(told, [(at.at, at.mean) for at in rounds])
    least = iter(at.least for at in rounds)
    most = iter(at.most for at in rounds)
    return SeriesView(
        name,
        means,
        "band",
        tuple(None if value is None else next(least) for _, value in means),
        tuple(None if value is None else next(most) for _, value in means),
    )


def _kv(told: Told) -> Views:
    lines = [_band(told, told.kv_rounds, "mean over pods")]
    return [_view(told, "KV cache", "ratio", lines, _limit(told, "kv"))]


def _queue(told: Told) -> Views:
    rounds = told.queue_rounds
    total = _holed(told, [(at.at, at.total) for at in rounds])
    lines = [_band(told, rounds, "mean over pods"), SeriesView("all pods together", total)]
    return [_view(told, "Waiting requests", "requests", lines, _limit(told, "waiting"))]


def _limit(told: Told, column: str) -> tuple[LimitLine, ...]:
    """The controller's limit for a column, with how it is known."""
    state = told.run.state
    metric = next(metric for metric in METRICS if metric.id == column)
    return limit_lines(state, model_of(state, None), metric, _span(told))


def _pods_kv(told: Told) -> Views:
    by_pod: dict[str, list[tuple[float, float]]] = {}
    for at, pod, kv in told.kv:
        by_pod.setdefault(pod, []).append((at, kv))
    peaks = {pod: max(value for _, value in points) for pod, points in by_pod.items()}
    shown = sorted(peaks, key=lambda pod: -peaks[pod])[:MOST_PODS]
    # In the order in which they were logged.
    lines = [
        SeriesView(clean(pod), _holed(told, points))
        for pod, points in by_pod.items()
        if pod in shown
    ]
    few = f", the {MOST_PODS} fullest of {len(peaks)} pods" if len(peaks) > MOST_PODS else ""
    return [_view(told, f"KV cache by pod{few}", "ratio", lines, _limit(told, "kv"))]


def _replicas(told: Told) -> Views:
    since, until = told.run.state.first_at, told.run.until
    return [chart(told.run.state, "replicas", since=since, until=until, columns=COLUMNS)]


def _measured(told: Told, name: str) -> Iterator[SeriesView]:
    """The controller's observations of each variant. It logs 0 where nothing was served, which is
    no latency."""
    state = told.run.state
    for variant, prefix in short_names(sorted(state.measured)).items():
        rows = observations(state, variant)
        points = [(row.at, getattr(row.metrics, name) or None) for row in rows]
        if any(value is not None for _, value in points):
            yield SeriesView(f"{prefix}observed", _holed(told, points))


def _itl(told: Told) -> Views:
    return [_latency(told, 0)]


def _ttft(told: Told) -> Views:
    return [_latency(told, 1)]


def _latency(told: Told, which: int) -> ChartView:
    title, name = (("ITL", "itl_ms"), ("TTFT", "ttft_ms"))[which]
    return _view(told, title, "ms", _measured(told, name), _slo(told, which))


def _slo(told: Told, which: int) -> tuple[LimitLine, ...]:
    target = told.slo[which]
    return () if target is None else (LimitLine(f"SLO {target:g} ms", target),)


def _arrival(told: Told) -> Views:
    """Arrival rates; the controllers that log them count requests per minute."""
    state = told.run.state
    lines = []
    for variant, prefix in short_names(sorted(state.measured)).items():
        points = [
            (row.at, None if rate is None else rate / 60)
            for row in observations(state, variant)
            for rate in (row.metrics.arrival_per_min,)
        ]
        if any(value for _, value in points):
            lines.append(SeriesView(f"{prefix}arrival rate", _holed(told, points), "step"))
    return [_view(told, "Arrival rate", "requests/s", lines)]


def _saturated(told: Told) -> Views:
    by_model = {
        model: [(logged.at, logged.v1) for logged in ring if logged.v1 is not None]
        for model, ring in told.run.state.analysed.items()
    }
    lines = [
        SeriesView(f"{prefix}{title}", tuple((at, getattr(v1, name)) for at, v1 in own), "step")
        for model, prefix in short_names(
            sorted(each for each in by_model if by_model[each])
        ).items()
        for own in (by_model[model],)
        for title, name in (("all replicas", "total"), ("not saturated", "non_saturated"))
    ]
    return [_view(told, "Replicas as analysed", "replicas", lines)]


def _together(*parts: Callable[[Told], Views]) -> Callable[[Told], Views]:
    """Puts charts of one window below each other."""
    return lambda told: [each for part in parts for each in part(told)]


# --- the model's ----------------------------------------------------------------------------------


def _predicted(told: Told) -> Views:
    """Each prediction, at the time of the observation with which it is compared."""
    views = []
    for which, (title, name) in enumerate((("ITL", "itl_ms"), ("TTFT", "ttft_ms"))):
        state = told.run.state
        lines = list(_measured(told, name))
        for variant, prefix in short_names(sorted(state.predicted)).items():
            points = [(o.at, getattr(p.prediction, name)) for p, o in pairs_of(state, variant)]
            lines.append(SeriesView(f"{prefix}predicted", _holed(told, points)))
        views.append(_view(told, title, "ms", lines, _slo(told, which)))
    return views


def _expected_itl(told: Told) -> Views:
    """The optimiser's expectation at a decision, and the observation at that time."""
    state = told.run.state
    lines = list(_measured(told, "itl_ms"))
    for variant, prefix in short_names(sorted(state.predicted)).items():
        points = [(row.at, row.prediction.itl_ms) for row in predictions(state, variant)]
        lines.append(SeriesView(f"{prefix}expected of the decision", _holed(told, points)))
    return [_view(told, "ITL", "ms", lines, _slo(told, 0))]


def _errors(told: Told) -> Views:
    """A histogram of the errors of predictions."""
    views = []
    for title, name in (("ITL", "itl_ms"), ("TTFT", "ttft_ms")):
        pairs = [(getattr(p.prediction, name), getattr(o.metrics, name)) for p, o in told.pairs]
        errors = [was - expected for expected, was in pairs if None not in (expected, was)]
        steps = binned(errors)
        lines = [SeriesView(many(len(errors), "pair"), steps, "step")] if errors else []
        chart_view = _view(told, f"Errors of the predicted {title}", "pairs", lines)
        views.append(
            replace(
                chart_view,
                marks=(),
                gaps=(),
                stages=(),
                since=steps[0][0],
                until=steps[-1][0],
                across="observed minus predicted, ms",
            )
        )
    return views


def binned(values: Sequence[float], bins: int = BINS) -> tuple[tuple[float, float], ...]:
    """A histogram: (lower edge, count) of equally wide bins from the least to the most value, with
    a zero added at both ends.

    A bin includes its lower edge, the last one both edges.
    """
    least, most = min(values, default=0.0), max(values, default=0.0)
    width = (most - least) / bins or 1.0 / bins
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value - least) / width))] += 1
    steps = [(least + n * width, float(count)) for n, count in enumerate(counts)]
    return ((least, 0.0), *steps, (least + bins * width, 0.0))


_PARAMETERS = (
    ("alpha", "ms"),
    ("beta", "ms a request"),
    ("gamma", "ms"),
    ("delta", "ms a token and request"),
)


def _tuner(told: Told) -> Views:
    """Each parameter, and where the tuner's NIS gate prevented a change."""
    by_variant: dict[str, list[TunerStep]] = {}
    for step in told.tuner:
        by_variant.setdefault(step.tuner.variant, []).append(step)
    short = short_names(sorted(by_variant))
    views = []
    for name, unit in _PARAMETERS:
        lines = []
        for variant, steps in sorted(by_variant.items()):
            values: dict[float, float] = {}
            rejected: dict[float, float] = {}
            for step in steps:
                if (value := getattr(step.tuner, name)) is not None:
                    values[step.at] = value
                if step.tuner.accepted is False and values:
                    rejected[step.at] = values[max(values)]
            if values:
                lines.append(SeriesView(f"{short[variant]}{name}", _holed(told, [*values.items()])))
            if rejected:
                title = f"{short[variant]}{_rejections(steps)}"
                lines.append(SeriesView(title, tuple(rejected.items()), "points"))
        views.append(_view(told, name, unit, lines))
    return [replace(each, marks=()) for each in views]


def _rejections(steps: Sequence[TunerStep]) -> str:
    """How often the gate rejected a step, and in how many groups of close rejections."""
    times = [step.at for step in steps if step.tuner.accepted is False]
    groups = 1 + sum(b - a > NIS_APART_S for a, b in pairwise(times))
    return f"rejected by NIS: {many(len(times), 'step')} in {many(groups, 'group')}"


PLOTS: tuple[PlotRow, ...] = (
    PlotRow("kv_cache_utilization", False, "KV cache timeline", _kv),
    PlotRow("queue_length", False, "Queue length timeline", _queue),
    PlotRow("latencies", False, "TTFT and ITL latencies", _together(_ttft, _itl)),
    PlotRow("arrival_rate", False, "Request arrival rate over time", _arrival),
    PlotRow("replica_scaling", False, "Replica scaling behavior", _replicas),
    PlotRow("scaling_kv_context", False, "Scaling beside the KV cache", _together(_replicas, _kv)),
    PlotRow(
        "scaling_queue_context", False, "Scaling beside the queues", _together(_replicas, _queue)
    ),
    PlotRow(
        "combined_summary",
        False,
        "Combined multi-panel summary",
        _together(_replicas, _kv, _queue, _ttft, _itl, _arrival, _saturated),
    ),
    PlotRow("per_pod_kv_cache", False, "Per-pod KV cache utilization", _pods_kv),
    PlotRow("predicted_vs_observed", True, "ITL/TTFT over time", _predicted),
    PlotRow("prediction_error_distribution", True, "Error histograms", _errors),
    PlotRow("scaling_behavior", True, "Replica scaling timeline", _replicas),
    PlotRow(
        "scaling_itl_context",
        True,
        "Scaling beside the ITL that was expected of it",
        _together(_replicas, _expected_itl),
    ),
    PlotRow(
        "scaling_with_observed_itl",
        True,
        "Scaling beside the observed ITL",
        _together(_replicas, _itl),
    ),
    PlotRow("scaling_ttft_context", True, "Scaling beside the TTFT", _together(_replicas, _ttft)),
    PlotRow("tuner_parameters", True, "Parameters of the performance model", _tuner),
    PlotRow("kv_cache_utilization", True, "KV cache timeline", _kv),
    PlotRow("queue_length", True, "Queue length timeline", _queue),
    PlotRow("arrival_rate", True, "Request arrival rate over time", _arrival),
)
"""In the order in which they are listed."""
