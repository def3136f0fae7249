"""Pods by time slots: the highest value in each slot, for a strip with one line per pod.

Two hundred pods over eight hours are a million samples, and a screen is redrawn every second.
Sealed minutes never change, so the slot values of each are computed once and cached while they are
being drawn; a redraw only reads the open minute and joins the rest.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import chain

from wvatui.core.events import Scrape
from wvatui.core.explain.limits import thresholds
from wvatui.core.lines import clean
from wvatui.core.metrics.metrics_table import METRICS, Metric
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.queries.charts.chart_parts import (
    asked_unit,
    limit_of,
    logged,
    no_samples,
    polled_pods,
)
from wvatui.core.queries.pods.replica_rows import pod_links
from wvatui.core.rows.views import HeatRow, HeatView
from wvatui.core.state.history import History, Minute
from wvatui.core.state.links import Link
from wvatui.core.state.ring import Ring
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

HAIR = 1e-6
"""Tolerance, as a share of a slot: epoch seconds as floats are exact to 2.4e-7 s only."""

HeatSlots = dict[int, float]
"""The highest value by number of the slot."""


class _Grid:
    """Slots of one length, numbered so that a window that moves by whole slots keeps them."""

    def __init__(self, since: float, until: float, columns: int) -> None:
        self.step = (until - since) / columns
        nearest = round(since / self.step)
        # Rounded, so that the last digits of a float do not make a new grid every second.
        self.origin = round(since - nearest * self.step, 3)
        self.first = nearest
        self.columns = columns

    @property
    def key(self) -> tuple[float, float]:
        return (round(self.step, 6), self.origin)

    def slot(self, at: float) -> int:
        return math.floor((at - self.origin) / self.step + HAIR)

    def starts(self, slot: int) -> float:
        return self.origin + slot * self.step


class _Known:
    """Cached slot values of some rows. `thing`: the last of these rows, compared by identity;
    `start`: the time from which on they were read."""

    __slots__ = ("slots", "start", "thing")

    def __init__(self, thing: object, start: float, slots: HeatSlots) -> None:
        self.thing = thing
        self.start = start
        self.slots = slots


class _Memory:
    """A cache of the slot values of sealed minutes that the last few redraws used.

    Minutes are compared by identity, so that pods of the same name in other sessions do not mix.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], dict[int, _Known]] = {}

    def begin(self, key: tuple[object, ...]) -> tuple[dict[int, _Known], dict[int, _Known]]:
        """(cached values for `key`, the mapping for the values that this redraw uses)."""
        before = self._kept.pop(key, {})
        now: dict[int, _Known] = {}
        self._kept[key] = now
        while len(self._kept) > 4:
            self._kept.pop(next(iter(self._kept)))
        return before, now


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
    grid = _Grid(since, until, columns)
    rows = _polled_rows(state, metric, grid, since, until, scope)
    if not _measured(rows):
        rows = _logged_rows(state, metric, grid, scope) or rows
    limits = {row.limit for row in rows}
    source = thresholds(state).known[row.limit].source if row.limit else ""
    return HeatView(
        metric=metric,
        title=f"{row.called} by {asked_unit(state)}",
        unit=row.unit,
        since=since,
        until=until,
        columns=columns,
        rows=tuple(rows),
        threshold=limits.pop() if len(limits) == 1 else None,
        threshold_source=source,
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
    state: State, metric: str, grid: _Grid, since: float, until: float, scope: str | None
) -> list[HeatRow]:
    gap_s = fresh_s(state.header.interval_s if state.header else 0.0)
    reader = _Reader(state.of_session.of(_Memory), metric, grid, since)
    rows: list[HeatRow] = []
    for item in pod_links(state):
        if not has_link(scope, item):
            continue
        limit = limit_of(thresholds(state, item.model), STRIPS[metric])
        for name in polled_pods(state, item):
            row = _pod_row(state, item, name, limit)
            if not _was_there(row, since, until):
                continue
            watched = state.watched.get(name)
            if watched is not None:
                row = _with(
                    row, _spread(reader.slots(watched.history), grid, gap_s, state.now, row.gone)
                )
            rows.append(row if row.values else _with(row, (None,) * grid.columns))
    return rows


def _pod_row(state: State, item: Link, name: str, limit: float | None) -> HeatRow:
    pod = state.pods[name]
    return HeatRow(
        pod=clean(name),
        variant=clean(item.name),
        values=(),
        born=pod.created_at,
        gone=state.gone.get(name),
        limit=limit,
    )


def _was_there(row: HeatRow, since: float, until: float) -> bool:
    return (row.gone is None or row.gone >= since) and (row.born is None or row.born <= until)


def _with(row: HeatRow, values: tuple[float | None, ...]) -> HeatRow:
    return HeatRow(row.pod, row.variant, values, row.born, row.gone, row.limit)


Minutes = tuple[tuple[Scrape, ...], ...]


class _Reader:
    """Reads one metric from histories, by the slots of a grid; cached values are not read again.

    `known`: values cached before, `used`: values used now, both by the identity of the last object
    that was read for them.
    """

    def __init__(self, memory: _Memory, metric: str, grid: _Grid, since: float) -> None:
        self._metric, self._grid, self._since = metric, grid, since
        self._known, self._used = memory.begin((metric, *grid.key))

    def slots(self, history: History) -> HeatSlots:
        """The highest value of each slot; those of sealed minutes come from the cache."""
        slots = self._sealed(history.full) if history.full else {}
        old = history.old
        if old and old[-1].at + 60.0 >= self._since:
            entry = self._known.get(id(old))
            if entry is None or entry.thing is not old:
                entry = _Known(old, 0.0, _of_old(old, self._metric, self._grid))
            self._used[id(old)] = entry
            slots = _raise(dict(entry.slots), slots)
        return _raise(dict(slots), _of_scrapes(history.open, self._metric, self._grid))

    def _sealed(self, full: Minutes) -> HeatSlots:
        """The slots of sealed minutes: the cached ones up to a minute, and those after it."""
        metric, grid = self._metric, self._grid
        oldest, last = full[0][0].at, full[-1]
        # Minutes that are not shown are not read, unless they were for an earlier window.
        begin = max(0, bisect_left(full, grid.starts(grid.slot(self._since)), key=_ends))
        start = full[begin][0].at if begin < len(full) else last[0].at
        slots: HeatSlots = {}
        for index in range(len(full) - 1, -1, -1):
            entry = self._known.get(id(full[index]))
            if entry is None or entry.thing is not full[index]:
                continue
            if entry.start <= start:
                if entry.start >= oldest and index == len(full) - 1:
                    self._used[id(last)] = entry
                    return entry.slots
                begin, start, slots = index + 1, entry.start, dict(entry.slots)
                if entry.start < oldest:
                    start = oldest
                    _forget(slots, full, metric, grid)
            break
        _raise(slots, _of_scrapes(list(chain.from_iterable(full[begin:])), metric, grid))
        self._used[id(last)] = _Known(last, start, slots)
        return slots


def _forget(slots: HeatSlots, full: Minutes, metric: str, grid: _Grid) -> None:
    """Remove values of earlier minutes, which have been summarised by now."""
    edge = grid.slot(full[0][0].at)
    for slot in [slot for slot in slots if slot <= edge]:
        del slots[slot]
    for chunk in full:
        if grid.slot(chunk[0].at) > edge:
            break
        _raise(slots, _of_scrapes(chunk, metric, grid))


def _ends(chunk: tuple[Scrape, ...]) -> float:
    return chunk[-1].at


def _raise(slots: HeatSlots, more: HeatSlots) -> HeatSlots:
    for slot, value in more.items():
        before = slots.get(slot)
        if before is None or value > before:
            slots[slot] = value
    return slots


def _of_scrapes(rows: Sequence[Scrape], metric: str, grid: _Grid) -> HeatSlots:
    """The highest value of each slot that the rows (ascending in time) fall into."""
    slots: HeatSlots = {}
    if not rows:
        return slots
    number = JUDGED[metric]
    values = [value for value in map(number, rows) if value is not None]
    if len(values) < len(rows):
        rows = [row for row in rows if number(row) is not None]
    times = [row.at for row in rows]
    begin = 0
    while begin < len(times):
        slot = grid.slot(times[begin])
        end = max(begin + 1, bisect_left(times, grid.starts(slot + 1), begin))
        highest = max(values[begin:end])
        slots[slot] = max(highest, slots.get(slot, highest))
        begin = end
    return slots


def _of_old(minutes: Ring[Minute], metric: str, grid: _Grid) -> HeatSlots:
    """Summarised minutes: each fills the slots that it covers, or the one of its middle."""
    name = f"{metric}_judged_max" if STRIPS[metric].judged is not None else f"{metric}_max"
    slots: HeatSlots = {}
    for minute in minutes:
        value = getattr(minute, name)
        if value is None:
            continue
        if grid.step >= 60.0:
            first = last = grid.slot(minute.at + 30.0)
        else:
            first, last = grid.slot(minute.at), grid.slot(minute.at + 59.999)
        for slot in range(first, last + 1):
            before = slots.get(slot)
            if before is None or value > before:
                slots[slot] = value
    return slots


def _spread(
    slots: HeatSlots, grid: _Grid, gap_s: float, now: float, gone: float | None
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


def _logged_rows(state: State, metric: str, grid: _Grid, scope: str | None) -> list[HeatRow]:
    table = logged(state, metric)
    limit = limit_of(thresholds(state), STRIPS[metric])
    known = sorted({item.variant for item in state.deciding.values()}, key=len, reverse=True)
    rows: list[HeatRow] = []
    for name in sorted(table):
        owner = next((v for v in known if name.startswith(v)), known[0] if len(known) == 1 else "")
        if scope and owner not in {
            d.variant for d in state.deciding.values() if has_decision(scope, d)
        }:
            continue
        slots: HeatSlots = {}
        for point in table[name]:
            slot = grid.slot(point.at)
            slots[slot] = max(point.value, slots.get(slot, point.value))
        values = _spread(slots, grid, LOG_GAP_S, state.now, None)
        if any(value is not None for value in values):
            rows.append(HeatRow(clean(name), clean(owner), values, limit=limit))
    return rows
