"""The series that charts draw, reduced to their columns; unmeasured times stay empty.

Each chart is one row in `CHARTS`; those of metrics come from the rows of `METRICS`. Beyond
`BAND_ABOVE` pods a chart shows the mean and the band from minimum to maximum instead of a line per
pod. With the line of a chosen pod, or else the fullest, that applies from three pods on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from wvatui.core import structs
from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.decisions.scalers.followed import ScalerLedger
from wvatui.core.lines import clean, many
from wvatui.core.metrics.metrics_table import METRICS, Metric, MetricKind
from wvatui.core.queries.charts import downsample, itl_fit, latency_charts, pod_charts
from wvatui.core.queries.charts.chart_parts import (
    ChartSpan,
    GaugeSamples,
    asked_unit,
    chosen,
    fullest,
    limit_lines,
    lines_of,
    marks,
    model_of,
    no_samples,
    short_names,
    stepped,
    view,
)
from wvatui.core.queries.charts.gauge_slots import SlotGrid
from wvatui.core.queries.charts.metric_ratios import metric_chart, over_spec
from wvatui.core.queries.load.load_rows import offered_load
from wvatui.core.rows.cycle_rows import cadence_gap
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.state.history import HistoryPoint
from wvatui.core.state.links import Link, ready_replicas, target_of, wanted
from wvatui.core.state.ring import Ring
from wvatui.core.state.scope import decision_of, has_decision
from wvatui.core.state.state import Analysed, Decision, Rungs, State

BAND_ABOVE = 8
FEW = 2
"""Up to this many pods have a line each, even where one of them is chosen."""


def chart(
    state: State,
    name: str,
    *,
    since: float,
    until: float,
    columns: int,
    scope: str | None = None,
    pod: str | None = None,
) -> ChartView:
    """The chart `name` over [since, until], at least a second; KeyError when there is no such
    chart.

    `pod`: in a chart by pod, from three pods on, only this pod has its own line beside the band of
    all; empty: the fullest of those that exist at the end.
    """
    until = max(until, since + 1.0)
    span = (since, until, max(2, columns))
    if pod is not None and name in GAUGES:
        view = _by_pod(GAUGES[name], state, span, scope, pod)
    else:
        view = CHARTS[name](state, span, scope)
    if scope and not name.startswith("pod_"):
        view = replace(view, marks=marks(state, since, until, scope))
    return view


# --- by pod -------------------------------------------------------------------------------


def _by_pod(
    metric: Metric, state: State, span: ChartSpan, scope: str | None, pod: str | None = None
) -> ChartView:
    """A gauge, with the threshold that it is judged by; `pod` as in `chart`."""
    since, until, columns = span
    samples = GaugeSamples(metric, state, since, until, scope)
    newest, gap_s = samples.newest, samples.gap_s
    alive = [n for n, (at, _) in newest.items() if at >= min(until, state.now) - gap_s]
    lines: tuple[SeriesView, ...] = ()
    shown: Iterable[str] = newest
    if len(newest) > (BAND_ABOVE if pod is None else FEW):
        # One point per cell of the screen: a band is not drawn any finer.
        grid = SlotGrid(since, until, columns if pod is None else max(2, columns // 2))
        mean, low, high = downsample.band(
            samples.by_slot(grid), grid, gap_s=gap_s, factor=metric.drawn[0]
        )
        lines = (SeriesView(many(len(alive), asked_unit(state)), mean, "band", low, high),)
        mine = pod if pod in newest else samples.fullest_of(alive)
        shown = (mine,) if pod is not None and mine else ()
    lines += tuple(
        SeriesView(
            clean(name),
            downsample.to_columns(samples.points(name), since, until, columns, gap_s=gap_s),
        )
        for name in shown
    )
    lines = tuple(line for line in lines if any(v is not None for _, v in line.points))
    limits = limit_lines(
        state, model_of(state, scope), metric, span, fullest(state, newest, metric)
    )
    note = "" if lines else no_samples(state)
    title = metric.called if shown is not newest else f"{metric.called} by {asked_unit(state)}"
    return view(state, span, title, metric.drawn[1], lines, limits, note)


# --- replicas -----------------------------------------------------------------------------


def _replicas(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    links = chosen(state, scope)
    lines: list[SeriesView] = []
    short = short_names([state.id_of(item) for item in links])
    for item in links:
        prefix = short[state.id_of(item)]
        lines.extend(_wants_line(state, item, span, prefix))
        ring = state.ladder.get(item.key)
        if ring:
            steps = [*ring, _rungs_now(state, item, ring[-1])]
            lines.extend(_ladder_lines(steps, span, prefix, len(links) > 1))
    if not lines:
        lines = _decision_lines(state, span, scope)
    shown = max((v for line in lines for _, v in line.points if v is not None), default=0.0)
    hpa = links[0].hpa if len(links) == 1 else None
    most = over_spec(state, hpa, span, lambda each: each.max) if hpa is not None else []
    # A far-off maximum would flatten the steps that matter.
    near = lines_of("max", span, (step for step in most if step[0] <= max(4.0, 1.5 * shown)))
    note = "" if lines else "no replica numbers yet"
    return view(state, span, "Replicas", "replicas", tuple(lines), near, note)


def _wants_line(state: State, item: Link, span: ChartSpan, prefix: str) -> Iterable[SeriesView]:
    """The replicas that an HPA's metrics want, look by look, where WVA does not decide.

    A gap: they could not be read, or there was no HPA.
    """
    scaler = item.hpa or item.scaled_object or item.variant
    if scaler is None or not is_without_wva(state):
        return
    points: list[tuple[float, int | None]] = [
        (decided.at, decided.wanted)
        for key, ring in state.hpa_looks.items()
        if target_of(ring[-1].hpa) == target_of(scaler)
        for decided in state.of_session.of(ScalerLedger).of_looks(state, key)
    ]
    if points:
        rungs = state.ladder.get(item.key) or ()
        points += [(rung.at, None) for rung in rungs if rung.desired is None]
        points.sort(key=lambda point: (point[0], point[1] is not None))
        yield SeriesView(f"{prefix}wants", _steps(points, span), "step")


_RUNGS = (
    ("target", "decision"),
    ("desired", "desired"),
    ("spec", "spec"),
    ("ready", "ready"),
    ("serving", "serving"),
)


def _rungs_now(state: State, item: Link, newest: Rungs) -> Rungs:
    """The rungs that the objects tell at the moment of the State: the ladder is read at ticks."""
    decided = decision_of(state, *item.key)
    return structs.replace(
        newest,
        at=state.now,
        target=newest.target if decided is None or decided.context else decided.target,
        desired=wanted(item.hpa),
        spec=item.workload.spec if item.workload is not None else None,
        ready=ready_replicas(item, state.pods, state.gone),
    )


def _ladder_lines(
    ring: Sequence[Rungs], span: ChartSpan, prefix: str, few: bool
) -> Iterable[SeriesView]:
    for rung, title in _RUNGS:
        if few and rung not in ("target", "ready"):
            continue
        points = [(step.at, getattr(step, rung)) for step in ring]
        if any(value is not None for _, value in points):
            yield SeriesView(prefix + title, _steps(points, span), "step")


def _decision_lines(state: State, span: ChartSpan, scope: str | None) -> list[SeriesView]:
    by_variant: dict[str, list[Decision]] = {}
    for decided in state.decisions:
        if has_decision(scope, decided):
            name = state.window.id_of(decided.namespace, decided.variant)
            by_variant.setdefault(name, []).append(decided)
    lines: list[SeriesView] = []
    short = short_names(list(by_variant))
    for name in sorted(by_variant):
        prefix = short[name]
        rows = sorted(by_variant[name], key=lambda d: d.at)
        for title, points in (
            ("decision", [(d.at, d.target) for d in rows]),
            ("current", [(d.at, d.current) for d in rows]),
        ):
            if any(value is not None for _, value in points):
                lines.append(SeriesView(prefix + title, _steps(points, span), "step"))
    return lines


def _steps(
    points: list[tuple[float, int | None]], span: ChartSpan
) -> tuple[tuple[float, float | None], ...]:
    since, until, columns = span
    return downsample.steps(points, since, until, columns)


# --- utilisation and spare capacity -------------------------------------------------------


def _utilization(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    model = model_of(state, scope)
    v2 = {k: t for k, t in state.analysed.items() if t and t[-1].v2 is not None}
    gap_s = cadence_gap(state)

    if v2:
        lines = _analysis_lines(v2, span, gap_s, model, _utilization_of, "used")
        return view(
            state,
            span,
            "Model utilization",
            "ratio",
            lines,
            (
                *stepped(state, model, "scale_up", span, "up above"),
                *stepped(state, model, "scale_down", span, "down below"),
            ),
            "" if lines else "no analysis in this window",
        )
    if (metrics := metric_chart(state, span, scope)) is not None:
        return metrics
    v1 = {k: t for k, t in state.analysed.items() if t and t[-1].v1 is not None}
    lines = _analysis_lines(v1, span, gap_s, model, _spare_of, "spare KV")
    note = "" if lines else "no analysis by the controller yet"
    return view(
        state,
        span,
        "Spare KV, non-saturated",
        "ratio",
        lines,
        stepped(state, model, "kv_trigger", span, "up below") if lines else (),
        note,
    )


def _utilization_of(analysed: Analysed) -> float | None:
    return analysed.v2.utilization if analysed.v2 else None


def _spare_of(analysed: Analysed) -> float | None:
    return analysed.v1.spare_kv if analysed.v1 else None


def _analysis_lines(
    trails: dict[str, Ring[Analysed]],
    span: ChartSpan,
    gap_s: float,
    model: str,
    value: Callable[[Analysed], float | None],
    alone: str,
) -> tuple[SeriesView, ...]:
    """A line each analyzer, role or model; a single one is called `alone`: the title says of what
    it is."""
    since, until, columns = span
    models = {ring[-1].model for ring in trails.values()}
    lines = []
    for key in sorted(trails):
        ring = trails[key]
        if model and ring[-1].model != model:
            continue
        points = [(a.at, v) for a in ring if since <= a.at <= until and (v := value(a)) is not None]
        if points:
            # With one model the analyzer (or role) alone names the line.
            title = key.removeprefix(ring[-1].model).strip() if len(models) == 1 else key
            columns_ = downsample.to_columns(sorted(points), since, until, columns, gap_s=gap_s)
            lines.append(SeriesView(clean(title), columns_))
    if len(lines) == 1:
        return (replace(lines[0], name=alone),)
    return tuple(lines)


GAUGES: Mapping[str, Metric] = {
    m.chart_name: m for m in METRICS if m.chart_name and m.kind == "gauge"
}
"""The charts by pod."""
_BY_KIND: Mapping[MetricKind, Callable[[Metric, State, ChartSpan, str | None], ChartView]] = {
    "gauge": _by_pod,
    "counter": latency_charts.growth,
    "histogram": latency_charts.latency,
}


def _load(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """Offered requests per second, one step per change; a hole where a rate is not known."""
    line = SeriesView("offered", downsample.steps(list(offered_load(state)), *span), "step")
    lines = (line,) if any(value is not None for _, value in line.points) else ()
    note = "" if lines else "no load in this window"
    return view(state, span, "Offered load", "requests/s", lines, (), note)


def _lane(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """Nothing but what all charts share: changes, marks and stages of load."""
    return view(state, span, "", "", (), (), "")


CHARTS: dict[str, Callable[[State, ChartSpan, str | None], ChartView]] = {
    "lane": _lane,
    "replicas": _replicas,
    "utilization": _utilization,
    "load": _load,
    "itl_fit": itl_fit.itl_fit,
    "gateway": latency_charts.gateway,
    "pool": latency_charts.pool,
    # One chart per metric, and one per metric of a single pod, whose argument is the pod's name.
    **{m.chart_name: partial(_BY_KIND[m.kind], m) for m in METRICS if m.chart_name},
    **{f"pod_{m.chart_name}": partial(pod_charts.of_metric, m) for m in METRICS if m.chart_name},
    "pod_waiting": pod_charts.waiting,
}
"""Every chart there is."""

__all__ = ["BAND_ABOVE", "CHARTS", "HistoryPoint", "chart"]
