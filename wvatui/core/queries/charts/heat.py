"""Pods by time slots: the highest value in each slot, for a strip with one line per pod."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise

from wvatui.core.explain.limits import in_force, thresholds_over
from wvatui.core.lines import clean
from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.queries.charts.chart_parts import (
    asked_unit,
    logged,
    model_of,
    no_samples,
    polled_pods,
    stepped,
)
from wvatui.core.queries.charts.gauge_slots import SlotGrid, SlotMemory, SlotReader, SlotRule
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.rows.views import HeatRow, HeatView
from wvatui.core.state.history import Minute
from wvatui.core.state.links import Link
from wvatui.core.state.scope import has_decision, has_link
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

STRIPS: Mapping[str, Metric] = {
    metric.id: metric
    # What can be saturated comes first.
    for metric in sorted(METRICS, key=lambda metric: not metric.limit)
    if metric.kind == "gauge" and metric.heat
}
"""Metrics that a heat strip can show, in the order in which the user steps through them."""
LOG_GAP_S = 150.0
"""How long one of the controller's samples, which come once a cycle, counts, seconds."""


def heat(
    state: State,
    metric: str,
    since: float,
    until: float,
    columns: int,
    scope: str | None = None,
) -> HeatView:
    """The strip of `metric` (a key of `STRIPS`; KeyError when not) in `columns` equal slots."""
    row = STRIPS[metric]
    columns = max(1, columns)
    if until <= since:
        until = since + columns
    grid = SlotGrid(since, until, columns)
    rows = _polled_rows(state, metric, grid, since, until, scope)
    if not _measured(rows):
        rows = _logged_rows(state, metric, grid, scope) or rows
    limits = {row.limits[-1] for row in rows if row.limits}
    known = in_force(thresholds_over(state, model_of(state, scope)), until).known
    return HeatView(
        metric=metric,
        title=f"{row.called} by {asked_unit(state)}",
        unit=row.unit,
        since=since,
        until=until,
        columns=columns,
        rows=tuple(rows),
        threshold=limits.pop() if len(limits) == 1 else None,
        threshold_source=known[row.limit].source if row.limit else "",
        gaps=tuple(
            (max(gap.since, since), min(gap.until, until))
            for gap in state.gaps
            if gap.source in ("", "pods") and gap.until >= since and gap.since <= until
        ),
        note="" if _measured(rows) else no_samples(state),
    )


def _measured(rows: Sequence[HeatRow]) -> bool:
    return any(value is not None for row in rows for value in row.values)


# --- from polled pods


def _polled_rows(
    state: State, metric: str, grid: SlotGrid, since: float, until: float, scope: str | None
) -> list[HeatRow]:
    gap_s = fresh_s(state.header)
    reader = SlotReader(state.of_session.of(SlotMemory), _rule(metric), grid, since)
    rows: list[HeatRow] = []
    for item in pod_links(state):
        if not has_link(scope, item):
            continue
        limits = _limits(state, metric, grid, item.model, item.namespace)
        for name in polled_pods(state, item):
            row = _pod_row(state, item, name, limits)
            if not _was_there(row, since, until):
                continue
            watched = state.watched.get(name)
            if watched is not None:
                row = _with(
                    row, _spread(reader.slots(watched.history), grid, gap_s, state.now, row.gone)
                )
            rows.append(row if row.values else _with(row, (None,) * grid.columns))
    return rows


def _limits(
    state: State, metric: str, grid: SlotGrid, model: str, where: str = ""
) -> tuple[float, ...]:
    """The threshold in force in each slot, the lower one where it changed within the slot; empty:
    the metric has none."""
    begins = [grid.since + grid.step * number for number in range(grid.columns + 1)]
    span = begins[0], begins[-1], grid.columns
    lines = stepped(state, model, STRIPS[metric].limit, span, where=where)
    if len(lines) < 2:
        return tuple(line.value for line in lines) * grid.columns
    return tuple(
        min(line.value for line in lines if line.since < end and line.until > begin)
        for begin, end in pairwise(begins)
    )


def _pod_row(state: State, item: Link, name: str, limits: tuple[float, ...]) -> HeatRow:
    pod = state.pods[name]
    return HeatRow(
        pod=clean(name),
        variant=clean(item.name),
        values=(),
        born=pod.created_at,
        gone=state.gone.get(name),
        limits=limits,
    )


def _was_there(row: HeatRow, since: float, until: float) -> bool:
    return (row.gone is None or row.gone >= since) and (row.born is None or row.born <= until)


def _with(row: HeatRow, values: tuple[float | None, ...]) -> HeatRow:
    return HeatRow(row.pod, row.variant, values, row.born, row.gone, row.limits)


def _rule(metric: str) -> SlotRule[float]:
    """The highest of the numbers that thresholds are compared with."""
    return SlotRule(f"heat {metric}", JUDGED[metric], max, max, partial(_of_old, metric))


def _of_old(metric: str, minutes: Iterable[Minute], grid: SlotGrid) -> dict[int, float]:
    """Summarised minutes: each fills the slots that it covers, or the one of its middle."""
    name = f"{metric}_judged_max" if STRIPS[metric].judged is not None else f"{metric}_max"
    slots: dict[int, float] = {}
    for minute in minutes:
        value = getattr(minute, name)
        if value is None:
            continue
        if grid.step >= 60.0:
            first = last = grid.slot(minute.at + 30.0)
        else:
            first, last = grid.slot(minute.at), grid.slot(minute.at + 59.999)
        for slot in range(first, last + 1):
            slots[slot] = max(value, slots.get(slot, value))
    return slots


def _spread(
    slots: dict[int, float], grid: SlotGrid, gap_s: float, now: float, gone: float | None
) -> tuple[float | None, ...]:
    """The values as a list. Where slots are shorter than the spacing of scrapes, a value holds
    until the next one, for `gap_s` at most; a longer silence stays empty."""
    first, columns = grid.first, grid.columns
    out = [slots.get(first + column) for column in range(columns)]
    end = now if gone is None else min(now, gone)
    last = min(columns - 1, grid.slot(end) - first)
    if last > 0 and out[last] is None and end - grid.starts(last + first) <= gap_s:
        # The last slot has just begun: the value before holds until the first scrape in it.
        out[last] = out[last - 1]
    reach = math.floor(gap_s / grid.step)
    if reach < 1:
        return tuple(out)
    value: float | None = None
    left = 0
    for column in range(last + 1):
        if out[column] is not None:
            value, left = out[column], reach
        elif left > 0:
            out[column] = value
            left -= 1
    return tuple(out)


# --- from the controller's log alone


def _logged_rows(state: State, metric: str, grid: SlotGrid, scope: str | None) -> list[HeatRow]:
    table = logged(state, metric)
    known = sorted({item.variant for item in state.deciding.values()}, key=len, reverse=True)
    rows: list[HeatRow] = []
    for name in sorted(table):
        owner = next((v for v in known if name.startswith(v)), known[0] if len(known) == 1 else "")
        if scope and owner not in {
            d.variant for d in state.deciding.values() if has_decision(scope, d)
        }:
            continue
        slots: dict[int, float] = {}
        for point in table[name]:
            slot = grid.slot(point.at)
            slots[slot] = max(point.value, slots.get(slot, point.value))
        values = _spread(slots, grid, LOG_GAP_S, state.now, None)
        if any(value is not None for value in values):
            model = next((d.model for d in state.deciding.values() if d.variant == owner), "")
            limits = _limits(state, metric, grid, model)
            rows.append(HeatRow(clean(name), clean(owner), values, limits=limits))
    return rows
