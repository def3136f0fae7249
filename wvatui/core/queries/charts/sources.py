"""Whether a session has a source for the numbers of a chart, or for the lines of a log.

Charts without a source are not drawn, and their room goes to others. While a live session waits for
its first answers, every polled source counts as present, so that nothing moves when they arrive.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.events import Scrape
from wvatui.core.metrics import histogram
from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.queries.charts.chart_parts import logged
from wvatui.core.state.history import History
from wvatui.core.state.looks import HpaLook
from wvatui.core.state.session_window import is_outside
from wvatui.core.state.state import State


def has_source(state: State, chart: str) -> bool:
    """Whether there is, or may still be, a source for the chart's numbers. A chart of one pod is
    named with it: `pod_kv@llama-0`. A chart without a row in `SOURCES` always has a source."""
    name, asked = chart.partition("@")[0], state.of_state.of(_Asked)
    if name not in asked:
        asked[name] = name not in SOURCES or SOURCES[name](state)
    return asked[name]


class _Asked(dict[str, bool]):
    """The cached answers for one State, by chart."""


def has_log(state: State) -> bool:
    """Whether the log of a controller was read, or is awaited."""
    return bool(state.totals.lines) or (_is_watched(state) and not is_without_wva(state))


def has_decisions(state: State) -> bool:
    """Whether anything may decide about sizes; outside a cluster nothing does."""
    return not is_outside(state.header)


def _is_watched(state: State) -> bool:
    """Whether a cluster is or was watched; what an import lacks will not arrive later."""
    head = state.header
    return head is None or not (head.imported or head.endpoints)


def _is_awaited(state: State) -> bool:
    """Whether pods are polled, but none has answered yet."""
    asks = state.header is not None and state.header.interval_s > 0
    is_live = _is_watched(state) or is_outside(state.header)
    return asks and is_live and not any(len(w.history) for w in state.watched.values())


def _measured(metric: Metric, state: State) -> bool:
    """Whether a page of a pod had the metric, or the controller logged it."""
    if any(_had(metric, watched.history) for watched in state.watched.values()):
        return True
    return bool(logged(state, metric.id)) or _is_awaited(state)


def _had(metric: Metric, history: History) -> bool:
    """Whether one of the scrapes that are kept whole had it; a restarted engine may not have all of
    its histograms yet."""
    if _has(metric, history.open):
        return True
    minutes = reversed(history.full)
    return any(m.kept(f"has {metric.id}", partial(_has, metric, m)) for m in minutes)


def _has(metric: Metric, looks: Sequence[Scrape]) -> bool:
    values = (getattr(look, metric.id) for look in reversed(looks))
    if metric.kind == "histogram":
        return any(histogram.read(value) is not None for value in values)
    return any(value is not None for value in values)


def _or_logged(metric: Metric, field: str, state: State) -> bool:
    """As `_measured`, for metrics whose means the controller logs for each variant."""
    if _measured(metric, state):
        return True
    means = (ring[-1].metrics for ring in state.measured.values() if ring)
    return any(getattr(mean, field, None) is not None for mean in means)


def _replicas(state: State) -> bool:
    return bool(state.ladder or state.decisions or state.hpa_looks) or _is_watched(state)


def _analysed(state: State) -> bool:
    """Whether WVA logged an analysis, or an HPA its metrics; while its log is awaited, too."""
    if any(state.analysed.values()) or any(look.hpa.metrics for look in _looks(state)):
        return True
    return state.header is not None and _is_watched(state) and not state.totals.cycles


def _looks(state: State) -> list[HpaLook]:
    return [ring[-1] for ring in state.hpa_looks.values() if ring]


def _picker(state: State) -> bool:
    return any(state.epp.values())


_BY_ID = {metric.id: metric for metric in METRICS}
_MEANS = {"ttft": "ttft_ms", "itl": "itl_ms", "success": "arrival_per_min"}
"""By metric: the field with the mean that the controller logs."""
SOURCES: Mapping[str, Callable[[State], bool]] = {
    "replicas": _replicas,
    "utilization": _analysed,
    "load": lambda state: bool(state.jobs),
    "gateway": _picker,
    "pool": _picker,
    "itl_fit": partial(_measured, _BY_ID["itl"]),
    **{
        f"{of}{metric.chart_name}": partial(_or_logged, metric, _MEANS[metric.id])
        if metric.id in _MEANS and not of
        else partial(_measured, metric)
        for metric in METRICS
        if metric.chart_name
        for of in ("", "pod_")
    },
}
"""By name in `charts.CHARTS`: whether there is a source for the chart."""
