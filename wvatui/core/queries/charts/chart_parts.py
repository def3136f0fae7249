"""What all charts share: their window, their names, and the marks and gaps behind their data."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.limits import in_force, threshold_changes, thresholds_over
from wvatui.core.lines import clean, told_apart
from wvatui.core.memo import WindowMemo
from wvatui.core.metrics.metrics_table import Metric
from wvatui.core.metrics.scrape_fields import NUMBERS
from wvatui.core.metrics.track import Track
from wvatui.core.queries.charts.downsample import SlotStats
from wvatui.core.queries.charts.gauge_slots import SlotGrid, SlotMemory, SlotReader, SlotRule
from wvatui.core.queries.load.load_rows import stages
from wvatui.core.queries.pods.pod_links import pod_links
from wvatui.core.rows.cycle_rows import cadence_gap
from wvatui.core.rows.header_view import unit_of
from wvatui.core.rows.load_views import StageBand
from wvatui.core.rows.views import ChartView, LimitLine, SeriesView
from wvatui.core.state.history import HistoryPoint, Minute
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link
from wvatui.core.state.ring import Ring
from wvatui.core.state.scope import has_decision, has_link, model_in
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State

PointList = Sequence[tuple[float, float]]
ChartSpan = tuple[float, float, int]
"""(since, until, columns)."""


def short_names(names: list[str]) -> dict[str, str]:
    """Names of variants for a legend: without the start that all of them share."""
    if len(names) < 2:
        return dict.fromkeys(names, "")
    return {name: f"{clean(short)} " for name, short in told_apart(names).items()}


def model_of(state: State, scope: str | None) -> str:
    """The model within a scope (of any variant, without one); empty when none is known."""
    links: tuple[Link, ...] = state_links(state)
    named = (item.model for item in links if has_link(scope, item))
    return model_in(scope) or next(named, "")


def chosen(state: State, scope: str | None) -> tuple[Link, ...]:
    """The variants within a scope."""
    return tuple(item for item in state_links(state) if has_link(scope, item))


def polled_pods(state: State, link: Link) -> list[str]:
    """Names of its replicas, and of its ended pods whose pages were read."""
    return sorted((*link.pods, *(name for name in link.ended if name in state.watched)))


def view(
    state: State,
    span: ChartSpan,
    title: str,
    unit: str,
    lines: tuple[SeriesView, ...],
    limits: tuple[LimitLine, ...],
    note: str,
) -> ChartView:
    """A chart with the marks and gaps of its window behind its lines."""
    since, until, _ = span
    return ChartView(
        title=title,
        unit=unit,
        since=since,
        until=until,
        series=lines,
        thresholds=limits,
        marks=marks(state, since, until),
        gaps=tuple(
            (max(gap.since, since), min(gap.until, until))
            for gap in state.gaps
            if gap.until >= since and gap.since <= until
        ),
        note=note,
        stages=stages_in(state, since, until),
    )


def asked_unit(state: State) -> str:
    """What one line of a chart by replica stands for, as `HeaderView.unit`."""
    return unit_of(state.header.endpoints if state.header is not None else ())


def no_pods(state: State) -> str:
    """Why there are no pods, in words; an import does not get any later."""
    imported = state.header is not None and state.header.imported
    return "no pods in what was imported" if imported else "no model pods found yet"


def no_samples(state: State) -> str:
    """Why nothing of any pod is shown, in words."""
    if not state.pods and not state.log_kv:
        return no_pods(state)
    if not state.watched and not state.log_kv:
        return "no samples yet: no pod has answered"
    return "no samples in this window"


class StagesInWindow(WindowMemo[tuple[float, float], tuple[StageBand, ...]]):
    """The cached stages of one State, by window: all charts of a screen share one."""


def stages_in(state: State, since: float, until: float) -> tuple[StageBand, ...]:
    """The stages of load that lie in the window, cut to it."""

    def cut() -> tuple[StageBand, ...]:
        return tuple(
            replace(band, since=max(band.since, since), until=min(band.until, until))
            for band in stages(state)
            if band.until >= since and band.since <= until
        )

    return state.of_state.of(StagesInWindow).once((since, until), cut)


ChartMarks = tuple[tuple[float, str, str], ...]
"""(time, kind, text) of what happened, ascending."""


class MarksInWindow(WindowMemo[tuple[float, float, str | None], ChartMarks]):
    """The cached marks of one State, by window and scope."""


def marks(state: State, since: float, until: float, scope: str | None = None) -> ChartMarks:
    """Moves and notes within the window."""
    window = since, until, scope
    return state.of_state.of(MarksInWindow).once(window, lambda: _marks(state, *window))


def _marks(state: State, since: float, until: float, scope: str | None) -> ChartMarks:
    moved = [
        (d.at, f"scale-{d.direction}", f"{'?' if d.before is None else d.before}→{d.after}")
        for d in scaling_decisions(state)
        if d.changes and not d.context and since <= d.at <= until and has_decision(scope, d)
    ]
    moved += [(m.marks, "mark", clean(m.note)) for m in state.marks if since <= m.marks <= until]
    moved += [
        (at, "setting", text)
        for at, text in threshold_changes(state, scope)
        if since <= at <= until
    ]
    return tuple(sorted(moved))


def polled(state: State, pod: str, column: str, since: float) -> Track:
    """(time, value) of a gauge of one pod from `since` on; old minutes by their means, each in its
    middle."""
    watched = state.watched.get(pod)
    if watched is None:
        return Track()
    history = watched.history
    newer = history.track(column, since)
    if not history.old or history.old[-1].at + 30.0 < since:
        return newer
    mean = f"{column}_mean"
    track = Track.of(
        (minute.at + 30.0, value)
        for minute in history.old
        if minute.at + 30.0 >= since and (value := getattr(minute, mean)) is not None
    )
    track.add(newer, since)
    return track


def logged(state: State, column: str) -> Mapping[str, Ring[HistoryPoint]]:
    """The controller's own samples of a gauge, by pod; empty when it logs none."""
    series: Mapping[str, Mapping[str, Ring[HistoryPoint]]] = {
        "kv": state.log_kv,
        "waiting": state.log_waiting,
    }
    return series.get(column, {})


_LATE_S = 600.0
"""How long before a pod's newest sample its samples are compared with those of other pods whose
newest ones are equal, seconds."""


class GaugeSamples:
    """The samples of a gauge in a window by pod, read as far as they are asked for: the polled
    ones, or the controller's own where no pod was polled.

    `newest` has the newest one of each pod, in the unit of the page; `gap_s` is how many seconds
    without a sample make a hole.
    """

    def __init__(
        self, metric: Metric, state: State, since: float, until: float, scope: str | None = None
    ) -> None:
        self._metric, self._state = metric, state
        self._since, self._until = since, until
        self._logged: dict[str, Track] = {}
        self.gap_s = fresh_s(state.header)
        pods = _gauge_pods(state, scope)
        self.newest = {name: last for name in pods if (last := self._newest(name)) is not None}
        if not self.newest and not any(polled(state, name, metric.id, since) for name in pods):
            self._logged = _logged_by_pod(state, metric.id, since, until, scope)
            self.newest = {name: track[-1] for name, track in self._logged.items()}
            self.gap_s = cadence_gap(state)

    def _newest(self, name: str) -> tuple[float, float] | None:
        watched = self._state.watched.get(name)
        last = watched.history.last if watched is not None else None
        if last is None or last.at < self._since:
            return None
        value = NUMBERS[self._metric.id](last)
        if value is not None and last.at <= self._until:
            return last.at, value
        # In most windows it is among those of the last minute.
        for begin in (max(self._since, min(self._until, last.at) - 60.0), self._since):
            track = self._read(name, begin)
            if track:
                return track[-1]
        return None

    def _read(self, name: str, since: float) -> Track:
        track = self._logged.get(name)
        if track is None:
            track = polled(self._state, name, self._metric.id, since)
        return track[bisect_left(track.times, since) : bisect_right(track.times, self._until)]

    def points(self, name: str) -> Track:
        """(time, value) of one pod in the window, in the drawn unit."""
        track, factor = self._read(name, self._since), self._metric.drawn[0]
        return track if factor == 1.0 else Track(track.times, (v * factor for v in track.values))

    def fullest_of(self, pods: Iterable[str]) -> str:
        """The pod with the highest newest sample; of several, the one that was higher before."""
        values = {name: self.newest[name][1] for name in pods}
        highest = max(values.values(), default=0.0)
        first = [name for name, value in values.items() if value == highest]
        return first[0] if len(first) == 1 else max(first, key=self._highest_of_late, default="")

    def _highest_of_late(self, name: str) -> float:
        return max(self._read(name, max(self._since, self.newest[name][0] - _LATE_S)).values)

    def by_slot(self, grid: SlotGrid) -> list[dict[int, SlotStats]]:
        """The samples of each pod by the slots of a grid over the window, in the page's unit."""
        rule, last = _stats_of(self._metric.id), grid.first + grid.columns - 1
        memory = self._state.of_session.of(SlotMemory)
        reader = SlotReader(memory, rule, grid, self._since)
        rows = []
        for name, (at, value) in self.newest.items():
            if self._logged:
                track = self._logged[name]
                slots = rule.of_samples(track.times, track.values, grid)
            else:
                slots = reader.slots(self._state.watched[name].history)
            if grid.slot(at) > last:  # a sample at the very end of the window belongs to it
                rule.put(slots, last, _stats((value,)))
            rows.append(slots)
        return rows


def _stats_of(column: str) -> SlotRule[SlotStats]:
    return SlotRule(column, NUMBERS[column], _stats, _both, partial(_stats_of_old, column))


def _stats(values: Sequence[float]) -> SlotStats:
    return len(values), sum(values), min(values), max(values)


def _both(before: SlotStats, after: SlotStats) -> SlotStats:
    return (
        before[0] + after[0],
        before[1] + after[1],
        min(before[2], after[2]),
        max(before[3], after[3]),
    )


def _stats_of_old(column: str, minutes: Iterable[Minute], grid: SlotGrid) -> dict[int, SlotStats]:
    """Old minutes, as `polled` has them: each by its mean, in its middle."""
    means = ((minute.at + 30.0, getattr(minute, f"{column}_mean")) for minute in minutes)
    track = Track.of((at, mean) for at, mean in means if mean is not None)
    return _stats_of(column).of_samples(track.times, track.values, grid)


def gauge_points(
    metric: Metric, state: State, since: float, until: float
) -> tuple[dict[str, Track], float]:
    """(samples of a gauge in a window by pod, seconds without a sample that make a hole)."""
    samples = GaugeSamples(metric, state, since, until)
    return {name: samples.points(name) for name in samples.newest}, samples.gap_s


def _gauge_pods(state: State, scope: str | None) -> list[str]:
    links = [item for item in pod_links(state) if has_link(scope, item)]
    listed = [name for item in links for name in polled_pods(state, item)]
    return listed or sorted(state.watched)


def _logged_by_pod(
    state: State, column: str, since: float, until: float, scope: str | None
) -> dict[str, Track]:
    """The controller's own samples, where no pod was polled."""
    table = logged(state, column)
    owners = [d.variant for d in state.deciding.values() if scope and has_decision(scope, d)]
    series: dict[str, Track] = {}
    for name in sorted(table):
        points = [(p.at, p.value) for p in table[name] if since <= p.at <= until]
        mine = not owners or any(name.startswith(owner) for owner in owners)
        if points and (not scope or mine or len(state.deciding) < 2):
            series[name] = Track.of(sorted(points))
    return series


def fullest(state: State, pods: Iterable[str], metric: Metric) -> str:
    """A remark, if a threshold applies to a pod's fullest engine and not to the number shown."""
    looks = (
        watched.history.last for pod in pods if (watched := state.watched.get(pod)) is not None
    )
    apart = any(look.judged and metric.id in look.judged for look in looks if look is not None)
    return "in one engine" if apart else ""


def limit_lines(
    state: State, model: str, metric: Metric, span: ChartSpan, what: str = ""
) -> tuple[LimitLine, ...]:
    """The values of a gauge's threshold within a chart, the last with how it is known."""
    if not metric.limit:
        return ()
    source = in_force(thresholds_over(state, model), span[1]).known[metric.limit].source
    known = "" if source == "configured" else source
    name = ", ".join(filter(None, ("saturated", what, known)))
    return stepped(state, model, metric.limit, span, name)


def stepped(
    state: State, model: str, threshold: str, span: ChartSpan, name: str = "", where: str = ""
) -> tuple[LimitLine, ...]:
    """The values of a threshold (a field of Thresholds; empty: none) within a chart. `where`: the
    namespace of the model; empty: any."""
    if not threshold:
        return ()
    over = thresholds_over(state, model, where)
    ends = [*(at for at, _ in over[1:]), math.inf]
    steps = zip(over, ends, strict=True)
    return lines_of(name, span, ((getattr(then, threshold), at, end) for (at, then), end in steps))


def lines_of(
    name: str, span: ChartSpan, steps: Iterable[tuple[float, float, float]]
) -> tuple[LimitLine, ...]:
    """The lines of a limit, given as (value, since, until), within a chart; the last has the
    name."""
    since, until, _ = span
    lines: list[LimitLine] = []
    for value, begin, end in steps:
        if begin > until or end <= since:
            continue
        if lines and lines[-1].value == value and lines[-1].until == begin:
            begin = lines.pop().since
        lines.append(LimitLine("", float(value), begin, end))
    return (*lines[:-1], *(line._replace(name=name) for line in lines[-1:]))
