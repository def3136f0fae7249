"""Pictures of several runs under the same load: one line per run, aligned on its start."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from operator import add

from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.report.lab.tables import LATENCIES, NamedRun
from wvatui.core.metrics.histogram import grown
from wvatui.core.metrics.scrape_fields import histogram_pair
from wvatui.core.queries.charts.chart_parts import short_names
from wvatui.core.queries.load.load_rows import offered_load
from wvatui.core.queries.pods.replica_time import believed_steps, ladder_steps
from wvatui.core.queries.pods.window import quantile_ms
from wvatui.core.queries.scaling.predictions import observations
from wvatui.core.rows.cycle_rows import cadence_gap
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.state.session_window import fresh_s

STEP_S = 60.0
"""Length of the stretches over which quantiles are computed, seconds."""
KnownPoints = list[tuple[float, float | None]]


@dataclass(frozen=True, slots=True)
class LabPlot:
    """One picture of all runs. `name`: of its file; `like`: names of the `PICTURES` that show the
    same for a single run, whose sources are named below this one."""

    name: str
    title: str
    like: tuple[str, ...]
    views: Callable[[Sequence[NamedRun]], list[ChartView]]


def _chart(
    title: str,
    unit: str,
    runs: Sequence[NamedRun],
    lines: Callable[[str, MeasuredRun], list[SeriesView]],
) -> ChartView:
    """A chart of all runs; times count from the start of each run's measured part."""
    until = max((each.measured.until - each.measured.since for _, each in runs), default=0.0)
    series = [line for name, each in runs for line in lines(name, each.measured)]
    return ChartView(title, unit, 0.0, until, tuple(series))


def _replicas_against_load(runs: Sequence[NamedRun]) -> list[ChartView]:
    return [
        _chart("Offered load", "requests/s", runs, _offered),
        _chart("Replicas", "replicas", runs, _replicas),
    ]


def _offered(name: str, m: MeasuredRun) -> list[SeriesView]:
    return _stepped(name, m, list(offered_load(m.run.state)))


def _replicas(name: str, m: MeasuredRun) -> list[SeriesView]:
    """Ready replicas of all variants; from a log alone, the controller's current replicas."""
    state = m.run.state
    steps = ladder_steps(state) or believed_steps(state)
    changes = [(at, key, count) for key, own in steps.items() for at, count in own]
    now: dict[object, int | None] = {}
    points: KnownPoints = []
    for at, key, count in sorted(changes, key=lambda change: change[0]):
        now[key] = count
        known = [each for each in now.values() if each is not None]
        points.append((at, sum(known) if known else None))
    return _stepped(name, m, points)


def _stepped(
    name: str, m: MeasuredRun, points: Sequence[tuple[float, float | None]]
) -> list[SeriesView]:
    """Values that hold until the next one, cut to the run's measured part."""
    before = [value for at, value in points if at <= m.since]
    cut: KnownPoints = [(0.0, before[-1])] if before else []
    cut += [(at - m.since, value) for at, value in points if m.since < at <= m.until]
    if cut:
        cut.append((m.until - m.since, cut[-1][1]))
    return [SeriesView(name, tuple(cut), "step")] if any(v is not None for _, v in cut) else []


def _kv_and_queue(runs: Sequence[NamedRun]) -> list[ChartView]:
    told = {id(each.measured): each.told for _, each in runs}
    return [
        _chart(
            "KV cache, mean over pods",
            "ratio",
            runs,
            lambda name, m: _joined(name, m, [(r.at, r.mean) for r in told[id(m)].kv_rounds]),
        ),
        _chart(
            "Waiting requests, all pods",
            "requests",
            runs,
            lambda name, m: _joined(name, m, [(r.at, r.total) for r in told[id(m)].queue_rounds]),
        ),
    ]


def _joined(name: str, m: MeasuredRun, points: Sequence[tuple[float, float]]) -> list[SeriesView]:
    """Samples, with a gap where two are too far apart."""
    state = m.run.state
    polled = fresh_s(state.header)
    limit_s = cadence_gap(state) if state.log_kv or state.log_waiting else polled
    made: KnownPoints = []
    for at, value in points:
        if m.since <= at <= m.until:
            if made and at - m.since - made[-1][0] > limit_s:
                made.append((made[-1][0], None))
            made.append((at - m.since, value))
    return [SeriesView(name, tuple(made))] if made else []


def _latency(runs: Sequence[NamedRun]) -> list[ChartView]:
    return [
        _chart(
            title,
            "ms",
            runs,
            lambda name, m, histogram=histogram: [*_minutes(name, m, histogram)],  # type: ignore[misc]
        )
        for title, histogram in LATENCIES
    ]


def _minutes(name: str, m: MeasuredRun, histogram: str) -> Iterator[SeriesView]:
    """Quantiles of the growth of all pods' histograms in each minute."""
    minutes: dict[tuple[int, int], list[float]] = {}
    for looks in m.looks:
        for older, newer in pairwise(chain(*looks)):
            growth = grown(*histogram_pair(older, newer, histogram))
            if growth is not None:
                layout, counts = growth
                key = (max(0, int((older.at - m.since) // STEP_S)), layout)
                minutes[key] = list(map(add, minutes.get(key, [0.0] * len(counts)), counts))
    if not minutes:
        yield from _logged(name, m, f"{histogram}_ms")
    layouts = {layout for _, layout in minutes}
    if len(layouts) != 1:
        return  # different bucket layouts cannot be added
    points: dict[int, KnownPoints] = {50: [], 90: []}
    for number in range(1 + max(minute for minute, _ in minutes)):
        for percent, own in points.items():
            took = None
            for layout in layouts:
                counts = minutes.get((number, layout), ())
                if sum(counts) > 0:
                    took = quantile_ms(percent / 100, layout, counts, m.run.state.bounds)
            own.append(((number + 0.5) * STEP_S, took))
    for percent, own in points.items():
        if any(value is not None for _, value in own):
            yield SeriesView(f"{name} P{percent} of each minute", tuple(own))


def _logged(name: str, m: MeasuredRun, field: str) -> Iterator[SeriesView]:
    """Means that the controller observed of each variant, where no pod was polled.

    The controller logs 0 where nothing was served, which is no latency.
    """
    state = m.run.state
    for variant, short in short_names(sorted(state.measured)).items():
        points = [
            (row.at - m.since, getattr(row.metrics, field, None) or None)
            for row in observations(state, variant)
            if m.since <= row.at <= m.until
        ]
        if any(value is not None for _, value in points):
            yield SeriesView(f"{name} {short}mean, by the controller's log", tuple(points))


PLOTS: tuple[LabPlot, ...] = (
    LabPlot(
        "replicas_against_load", "Replicas against load", ("replicas",), _replicas_against_load
    ),
    LabPlot("kv_cache_and_queue", "KV cache and queue", ("kv", "queue"), _kv_and_queue),
    LabPlot("latency", "Latency", ("ttft",), _latency),
)
"""In the order in which they are shown."""
