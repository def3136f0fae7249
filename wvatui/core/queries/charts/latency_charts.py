"""Latency, throughput and the gateway over time: the charts of the latency view.

Latencies are p50 and p95 over slots of the window (see `slots`): for each variant, for each model
where there are many variants, for each pod where one variant with few pods is chosen. Where no pod
was polled, the controller's own means are shown, and marked as such.
"""

from collections.abc import Callable, Sequence

from wvatui.core.events import Epp
from wvatui.core.kube_object import bare, qualified
from wvatui.core.lines import clean
from wvatui.core.metrics.metrics_table import Metric
from wvatui.core.queries.charts import downsample
from wvatui.core.queries.charts.chart_parts import (
    ChartSpan,
    PointList,
    chosen,
    no_pods,
    polled_pods,
    short_names,
    view,
)
from wvatui.core.queries.charts.slots import Slots, SlotValue, pairs_of, percentiles, rates
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.rows.cycle_rows import cadence_gap
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView
from wvatui.core.state.history import summary_names
from wvatui.core.state.links import Link
from wvatui.core.state.scope import has_decision, has_link
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import Measured, State

FEW = 8
"""Most lines that a chart can distinguish by colour."""
BOTH = 2
"""Up to this many groups show p50 beside p95."""
ChartGroup = tuple[str, list[str]]
"""(name in the legend, pods)."""


def gateway(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """The requests that the endpoint picker queues, and those it has in flight."""
    columns = (("running", "in flight"), ("queue", "queued"))
    return _picker(state, span, "Gateway: requests in flight and queued", "requests", columns)


def pool(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """How full the pool of pods is, as the endpoint picker computes it; above 1: overloaded."""
    columns = (("saturation", "pool"),)
    return _picker(state, span, "Gateway: saturation of the pool", "ratio", columns)


# --- by variant, model or pod -------------------------------------------------------------


def groups(state: State, scope: str | None) -> tuple[str, list[ChartGroup]]:
    """(how pods are grouped, in words; the pods of each group)."""
    links = chosen(state, scope)
    pods = {item.key: polled_pods(state, item) for item in links}
    others = [
        (name, item.model)
        for item in pod_links(state)
        if not item.name and has_link(scope, item)
        for name in polled_pods(state, item)
    ]
    if scope and len(links) == 1 and 2 <= len(pods[links[0].key]) <= FEW:
        return "pod", [(name, [name]) for name in pods[links[0].key]]
    if not links:
        return "", [("", sorted(state.watched))]
    if len(links) + bool(others) <= FEW:
        names = {item.key: state.id_of(item) for item in links}
        rest = [("no variant", [name for name, _ in others])] * bool(others)
        short = short_names([*names.values(), *(name for name, _ in rest)])
        return "variant", [*((short[names[key]].strip(), pods[key]) for key in pods), *rest]
    models: dict[str, list[str]] = {}
    for item in links:
        models.setdefault(item.model, []).extend(pods[item.key])
    for name, model in others:
        models.setdefault(model, []).append(name)
    if len(models) <= FEW:
        return "model", list(models.items())
    return "", [("", [name for names in models.values() for name in names])]


def latency(metric: Metric, state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """The chart of a histogram: its 95th percentile, with the median where there is room."""
    since, until, _ = span
    slots = Slots(since, until, state.now)
    kind, chart_groups = groups(state, scope)
    both = len(chart_groups) <= BOTH and kind != "pod"
    wanted = ((0.95, "p95"), (0.5, "p50")) if both else ((0.95, "p95"),)
    lines: list[SeriesView] = []
    for name, pods in chart_groups:
        pairs = pairs_of(state, slots, pods)
        if not pairs:
            continue
        series = percentiles(state, pairs, slots, metric, [q for q, _ in wanted])
        for (_, quantile), recent in zip(wanted, series, strict=True):
            values = recent
            if quantile == "p95" and len(pairs) == 1:
                values = _with_older(state, span, pods, summary_names(metric)[0], recent)
            if any(value is not None for _, value in values):
                lines.append(SeriesView(_name(name, quantile, kind, len(wanted)), tuple(values)))
    title, unit = metric.called, metric.drawn[1]
    if lines:
        title = title if both else f"{title}, p95"
        targets = _targets(state, scope, metric.id)
        return view(state, span, _by(title, kind, chart_groups), unit, tuple(lines), targets, "")
    logged = _measured(state, span, scope, metric)
    return logged or view(state, span, title, unit, (), (), why_empty(state, "latencies"))


def _name(name: str, quantile: str, kind: str, wanted: int) -> str:
    """The name of a line; a pod keeps its own name, which determines its number and colour."""
    if kind == "pod" and wanted == 1:
        return clean(name)
    return clean(f"{name} {quantile}".strip()) if wanted > 1 or not name else clean(name)


def _by(title: str, kind: str, chart_groups: Sequence[ChartGroup]) -> str:
    return f"{title} by {kind}" if kind and len(chart_groups) > 1 else title


def growth(metric: Metric, state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """The chart of a counter's growth; if no pod counts requests, of the controller's arrivals."""
    since, until, _ = span
    slots = Slots(since, until, state.now)
    kind, chart_groups = groups(state, scope)
    lines: list[SeriesView] = []
    for name, pods in chart_groups:
        recent = rates(pairs_of(state, slots, pods), slots, metric.id)
        values = _with_older(state, span, pods, summary_names(metric)[0], recent)
        if any(value is not None for _, value in values):
            lines.append(SeriesView(clean(name or "total"), tuple(values)))
    title = _by(f"{metric.called}/s", kind, chart_groups)
    if not lines and metric.id == "success" and (arrivals := _arrivals(state, span, scope)):
        return arrivals
    note = "" if lines else why_empty(state, "counts")
    return view(state, span, title, metric.drawn[1], tuple(lines), (), note)


def _with_older(
    state: State, span: ChartSpan, pods: list[str], field: str, recent: list[SlotValue]
) -> list[SlotValue]:
    """`recent`, preceded by the summarised time before: sums over the pods per minute.

    Percentiles of several pods are not known there, as histograms are only kept for two hours.
    """
    since, until, columns = span
    sums: dict[float, float] = {}
    end = 0.0
    for name in pods:
        watched = state.watched.get(name)
        for minute in watched.history.old if watched is not None else ():
            value = getattr(minute, field)
            middle = minute.at + 30.0
            if since <= middle <= until and value is not None:
                sums[middle] = sums.get(middle, 0.0) + value
                end = max(end, minute.at + 60.0)
    if not sums:
        return recent
    older = downsample.to_columns(sorted(sums.items()), since, until, columns, gap_s=150.0)
    return [*older, *(value for value in recent if value[0] > end)]


def why_empty(state: State, what: str) -> str:
    """Why there are no lines, in words."""
    if not state.pods and not state.watched:
        return no_pods(state)
    if not any(len(w.history) for w in state.watched.values()):
        return "no samples yet: no pod has answered"
    return f"no {what} in this window"


def _targets(state: State, scope: str | None, field: str) -> tuple[LimitLine, ...]:
    """Latency targets in the controller's log for the shown variants."""
    links: tuple[Link, ...] = chosen(state, scope)
    keys = {state.id_of(item) for item in links}
    if state.window.several:
        keys |= {qualified(item.namespace, item.model) for item in links}
    else:
        keys |= {item.model for item in links}
    wanted = [slo for key, slo in state.slo.items() if key in keys]
    values = {v for slo in wanted if (v := getattr(slo, f"{field}_ms", None)) is not None}
    return tuple(LimitLine(f"target {value:g} ms", value) for value in sorted(values)[:2])


# --- as the controller measured it --------------------------------------------------------


def _measured(state: State, span: ChartSpan, scope: str | None, metric: Metric) -> ChartView | None:
    """Means that the controller logged for each variant; None where it logged none."""

    def mean_ms(measured: Measured) -> float | None:
        # The controller writes 0 where nothing was observed; no latency is 0.
        return getattr(measured.metrics, f"{metric.id}_ms", None) or None

    lines = _logged(state, span, scope, mean_ms)
    if not lines:
        return None
    return view(
        state,
        span,
        f"{metric.called}, the controller's mean",
        "ms",
        lines,
        _targets(state, scope, metric.id),
        "",
    )


def _arrivals(state: State, span: ChartSpan, scope: str | None) -> ChartView | None:
    def per_second(measured: Measured) -> float | None:
        per_min = measured.metrics.arrival_per_min
        return None if per_min is None else per_min / 60.0

    lines = _logged(state, span, scope, per_second)
    title = "Arriving requests/s, by the controller"
    return view(state, span, title, "requests/s", lines, (), "") if lines else None


def _logged(
    state: State,
    span: ChartSpan,
    scope: str | None,
    value: Callable[[Measured], float | None],
) -> tuple[SeriesView, ...]:
    since, until, columns = span
    id_of, decided = state.window.id_of, state.deciding.values()
    mine = {id_of(d.namespace, d.variant) for d in decided if has_decision(scope, d)}
    mine.add((scope if state.window.several else bare(scope)) if scope else "")
    names = [name for name in sorted(state.measured) if not scope or name in mine]
    short = short_names(names)
    lines = []
    for name in names[:FEW]:
        points: PointList = [
            (m.at, v)
            for m in state.measured[name]
            if since <= m.at <= until and (v := value(m)) is not None
        ]
        if points:
            shown = downsample.to_columns(
                sorted(points), since, until, columns, gap_s=cadence_gap(state)
            )
            lines.append(SeriesView(short[name].strip() or "mean", shown))
    return tuple(lines)


# --- the gateway --------------------------------------------------------------------------


def _picker(
    state: State, span: ChartSpan, title: str, unit: str, columns: Sequence[tuple[str, str]]
) -> ChartView:
    since, until, width = span
    gap_s = fresh_s(state.header)
    trails = {pod: ring for pod, ring in sorted(state.epp.items()) if ring}
    lines = []
    for pod, ring in trails.items():
        looks: list[Epp] = [e for e in ring if since <= e.at <= until]
        for field, name in columns:
            points = [(e.at, v) for e in looks if (v := getattr(e, field)) is not None]
            if points:
                label = name if len(trails) == 1 else f"{pod[-5:]} {name}"
                shown = downsample.to_columns(points, since, until, width, gap_s=gap_s)
                lines.append(SeriesView(clean(label), shown))
    if lines:
        return view(state, span, title, unit, tuple(lines), (), "")
    note = "nothing measured in this window" if trails else "no endpoint picker was read"
    return view(state, span, title, unit, (), (), note)
