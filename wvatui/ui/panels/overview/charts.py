"""The charts: which a session has, which window of time they show, and how one is drawn."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from wvatui.core.queries.charts import charts
from wvatui.core.queries.charts.gauge_slots import HAIR
from wvatui.core.queries.charts.overlaid import OVERLAID, overlaid
from wvatui.core.queries.charts.sources import has_source
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView
from wvatui.ui.chart.frame import FrameStyle, lane, render
from wvatui.ui.draw.line import Line
from wvatui.ui.model.view_model import ViewModel

ORDER = ("kv", "replicas", "waiting", "utilization")
"""The charts of the overview, the most important first."""
_WITHOUT_WVA = ("utilization", "replicas", "gateway", "kv", "pool", "waiting")
"""The charts of the overview where an HPA or KEDA decides by its own metrics."""
_OF_ENGINES = ("kv", "waiting", "running", "tokens", "ttft", "itl")
"""The charts of the overview for engines outside a cluster, which nothing scales."""
_WITHOUT_PODS = ("replicas", "utilization", "kv", "waiting")
WINDOW_S = 3600.0
"""The longest window that is shown unless the viewer chooses one, in seconds."""
LEAST_S = 120.0
SPANS_S = (
    *(30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0),
    *(3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0, 172_800.0),
)
"""The windows of zooming, in seconds."""
_LEFT_OUT = ("spec", "serving")
"""Rungs that only the table shows: five lines of nearly the same value would be hard to read."""


WINDOW_READS = (session_rows.header, health_rows.health)
"""The queries that `window` calls."""


def window(vm: ViewModel, columns: int) -> tuple[float, float]:
    """The window of all charts, as (since, until) in UTC epoch seconds: the session so far, at most
    the last hour, or what the viewer chose.

    The end moves by whole columns, so that a chart without new data does not change.
    """
    view_state = vm.view_state
    folded = vm.ask(session_rows.header).now
    now = folded if vm.status.frozen else vm.status.shown_at
    now = min(now, folded) if folded else now
    started = vm.status.started_at
    so_far = now - started
    if not view_state.window_s and view_state.until is None and so_far < LEAST_S:
        return started, started + LEAST_S
    # A log is shown whole: its first change may be hours before its end.
    most = so_far if vm.log_only else WINDOW_S
    span = view_state.window_s or _round_up(min(most, max(LEAST_S, so_far)))
    step = span / max(1, columns)
    until = now if view_state.until is None else view_state.until
    # Rounding must not end the window before `until`: a decision of that moment belongs to it.
    until = max(until, math.ceil(until / step - HAIR) * step)
    return until - span, until


def _round_up(span: float) -> float:
    """`span` rounded up to a minute, above ten minutes to five, so that scales change seldom."""
    unit = 60.0 if span <= 600.0 else 300.0
    return math.ceil(span / unit - HAIR) * unit


def zoomed(span: float, inwards: bool) -> float:
    """The next shorter or longer window, seconds."""
    if inwards:
        return next((s for s in reversed(SPANS_S) if s < span - 1e-6), SPANS_S[0])
    return next((s for s in SPANS_S if s > span + 1e-6), SPANS_S[-1])


def view(vm: ViewModel, name: str, width: int) -> ChartView:
    """The series of one chart for a widget of `width` cells, with two columns of dots per cell.

    `name` may end with a pod: `pod_kv@llama-0`.
    """
    columns = max(2, 2 * (width - 8))
    since, until = window(vm, columns // 2)
    chart, _, pod = name.partition("@")
    if chart in OVERLAID:
        return _overlaid(vm, chart, since, until, columns)
    drawn = vm.ask(
        charts.chart,
        chart,
        since=since,
        until=until,
        columns=columns,
        scope=pod or vm.scope,
        pod=vm.view_state.pod,
    )
    if chart == "lane":
        return replace(drawn, marks=tuple(sorted((*drawn.marks, *_errors(vm, since, until)))))
    if chart == "replicas":
        kept = tuple(s for s in drawn.series if not s.name.endswith(_LEFT_OUT))
        drawn = replace(drawn, series=kept or drawn.series)
    if any(line.style == "band" for line in drawn.series):
        named = (s if s.name in vm.keys or s.style == "band" else _tail(s) for s in drawn.series)
        drawn = replace(drawn, series=tuple(named))
    if limits := _objectives(vm, chart):
        drawn = replace(drawn, thresholds=(*drawn.thresholds, *limits))
    if vm.scope_name and not pod:
        drawn = replace(drawn, title=f"{drawn.title}, {vm.scope_name}")
    if vm.log_only and not drawn.series:
        drawn = replace(drawn, note="not in this controller's log")
    return drawn


def _tail(line: SeriesView) -> SeriesView:
    """The series of a pod without a number, named by the end of the pod's name."""
    return replace(line, name=f"pod {line.name[-5:]}")


def _objectives(vm: ViewModel, chart: str) -> tuple[LimitLine, ...]:
    """The objectives for the metric of a chart."""
    metric = chart.removeprefix("pod_")
    asked = (each for each in vm.view_state.slo if each.metric == metric)
    return tuple(LimitLine(f"SLO {each.quantile}", each.limit) for each in asked)


def _errors(vm: ViewModel, since: float, until: float) -> Iterator[tuple[float, str, str]]:
    """Errors of the log that are known at the moment shown, as marks of a chart."""
    for event in vm.events:
        if event.kind == "error" and since <= event.at <= until and event.shown_at <= vm.state_now:
            yield event.at, event.kind, event.text


def _overlaid(vm: ViewModel, name: str, since: float, until: float, columns: int) -> ChartView:
    """A chart that overlays two runs; empty while the other run is being read."""
    runs = vm.beside
    if runs is None:
        title, unit = OVERLAID[name].title, OVERLAID[name].unit
        return ChartView(title, unit, since, until, (), note="the run beside this one is read")
    mine, its = runs.states
    return overlaid(mine, its, runs.shift_s, name, since=since, until=until, columns=columns)


def frame_style(vm: ViewModel) -> FrameStyle:
    """The viewer's choices for charts: numbers of pods, clock, cursor. Two runs beside each other
    only have the time since the start of load in common, so it is their clock."""
    if vm.beside is not None and vm.view_state.view == "beside" and not vm.view_state.detail:
        return FrameStyle({}, vm.view_state.cursor, "t+", vm.beside.first.load_since)
    return FrameStyle(vm.keys, vm.view_state.cursor, vm.view_state.clock, vm.status.started_at)


def lines(name: str, view_: ChartView, vm: ViewModel, width: int, height: int) -> list[Line]:
    """The lines of one chart or lane. Drawing is slow, so callers draw only when `view` returns
    something new."""
    draw = lane if name.partition("@")[0] == "lane" else render
    return draw(view_, width, height, vm.symbols, frame_style(vm))


@lru_cache(maxsize=16)
def pages(shown: int, names: tuple[str, ...] = ORDER) -> tuple[tuple[str, ...], ...]:
    """The charts in groups of `shown`, which `c` pages through; no charts give one empty group."""
    size = max(1, shown)
    return tuple(names[i : i + size] for i in range(0, max(1, len(names)), size))


def order(vm: ViewModel) -> tuple[str, ...]:
    """The charts of the overview that have a source, the most important first."""
    if vm.log_only and not vm.replicas:
        return with_source(vm, _WITHOUT_PODS)
    if vm.ask(session_rows.header).endpoints:
        return with_source(vm, _OF_ENGINES)
    return with_source(vm, ORDER if vm.ask(session_rows.header).with_wva else _WITHOUT_WVA)


def with_source(vm: ViewModel, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the charts `names` for which the session has a source. If none has one: the first,
    which then says so; in an import, none."""
    sourced = tuple(name for name in names if vm.answer(has_source, vm.all_known, name))
    return sourced or (() if vm.ask(session_rows.header).imported else tuple(names[:1]))


def known(vm: ViewModel, names: Sequence[str]) -> tuple[str, ...]:
    """The charts `names`; in an import, where no more data can come, those that have a source."""
    return with_source(vm, names) if vm.ask(session_rows.header).imported else tuple(names)


def count(vm: ViewModel) -> int:
    """The number of charts of the overview."""
    return len(order(vm))
