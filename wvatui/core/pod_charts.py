"""The charts of one pod: its KV cache, its queue, its latencies, its tokens.

In each function the last argument is the pod's name.
"""

from collections.abc import Mapping

from wvatui.core import downsample
from wvatui.core.chart_parts import Points, Span, polled, view
from wvatui.core.events import Scrape
from wvatui.core.ladder import fresh_s
from wvatui.core.limits import thresholds
from wvatui.core.replica_rows import state_links
from wvatui.core.slots import Slots, percentiles, rates
from wvatui.core.state import Point, State
from wvatui.core.trail import Trail
from wvatui.core.views import ChartView, SeriesView, Thresholds

_LOG_GAP_S = 150.0
_QUANTILES = ((0.95, "p95"), (0.5, "p50"))


def kv(state: State, span: Span, pod: str | None) -> ChartView:
    """KV cache use, with the controller's threshold."""
    limits = _limits(state, pod)
    line = _line(state, span, pod, "kv", "KV cache", state.log_kv)
    named = ((f"saturated at {limits.kv_ratio:g}{_learned(limits)}", limits.kv_ratio),)
    return view(state, span, "KV cache", "ratio", line, named, _note(state, pod, line))


def waiting(state: State, span: Span, pod: str | None) -> ChartView:
    """Requests that wait and that run."""
    limits = _limits(state, pod)
    lines = (
        *_line(state, span, pod, "waiting", "waiting", state.log_waiting),
        *_line(state, span, pod, "running", "running", {}),
    )
    named = ((f"saturated at {limits.queue:g} waiting{_learned(limits)}", limits.queue),)
    return view(state, span, "Requests", "requests", lines, named, _note(state, pod, lines))


def latency(state: State, span: Span, pod: str | None) -> ChartView:
    """Time to the first token."""
    return _percentiles(state, span, pod, "ttft", "Time to first token")


def itl(state: State, span: Span, pod: str | None) -> ChartView:
    """Time between two tokens."""
    return _percentiles(state, span, pod, "itl", "Time between tokens")


def tokens(state: State, span: Span, pod: str | None) -> ChartView:
    """Generated tokens per second."""
    slots, pairs = _slots(state, span, pod)
    values = rates([pairs], slots.times, _generated) if pairs else []
    lines: tuple[SeriesView, ...] = ()
    if any(value is not None for _, value in values):
        lines = (SeriesView("tokens/s", tuple(values)),)
    note = _note(state, pod, lines)
    return view(state, span, "Generated tokens per second", "tokens/s", lines, (), note)


def _percentiles(state: State, span: Span, pod: str | None, field: str, title: str) -> ChartView:
    slots, pairs = _slots(state, span, pod)
    lines: list[SeriesView] = []
    if pairs:
        wanted = [q for q, _ in _QUANTILES]
        found = percentiles([pairs], slots.times, field, wanted, state.bounds)
        for (_, name), values in zip(_QUANTILES, found, strict=True):
            if any(value is not None for _, value in values):
                lines.append(SeriesView(name, tuple(values)))
    note = _note(state, pod, tuple(lines))
    return view(state, span, f"{title}, p50 and p95", "ms", tuple(lines), (), note)


def _slots(
    state: State, span: Span, pod: str | None
) -> tuple[Slots, list[tuple[Scrape, Scrape] | None]]:
    since, until, _ = span
    slots = Slots(since, until, state.now)
    watched = state.watched.get(pod or "")
    if watched is None or not len(watched.history):
        return slots, []
    return slots, slots.pairs(watched.history, _gap_s(state))


def _line(
    state: State,
    span: Span,
    pod: str | None,
    column: str,
    name: str,
    logged: Mapping[str, Trail[Point]],
) -> tuple[SeriesView, ...]:
    since, until, columns = span
    points: Points = polled(state, pod or "", column, since)
    gap_s = _gap_s(state)
    if not points and pod is not None and pod in logged:
        points = sorted((p.at, p.value) for p in logged[pod] if since <= p.at <= until)
        gap_s = _LOG_GAP_S
    shown = downsample.to_columns(points, since, until, columns, gap_s=gap_s)
    return (SeriesView(name, shown),) if any(v is not None for _, v in shown) else ()


def _generated(scrape: Scrape) -> int | None:
    return scrape.generation_tokens


def _gap_s(state: State) -> float:
    return fresh_s(state.header.interval_s if state.header else 0.0)


def _limits(state: State, pod: str | None) -> Thresholds:
    links = state_links(state)
    return thresholds(state, next((item.model for item in links if pod in item.pods), ""))


def _learned(limits: Thresholds) -> str:
    return "" if limits.source == "configmap" else f", {limits.source}"


def _note(state: State, pod: str | None, lines: tuple[SeriesView, ...]) -> str:
    if lines:
        return ""
    watched = state.watched.get(pod or "")
    if watched is None or not len(watched.history):
        return "this pod has not answered yet"
    return "no samples in this window"
