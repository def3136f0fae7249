"""How ITL grows with the requests in flight: points, a line fitted to them, the controller's line.

    ITL = alpha + beta × batch        (WVA v0.4.1 docs/tutorials/parameter-estimation.md:175-291)

Both are drawn over the same points, each with how much of them it explains.
"""

from bisect import bisect_right
from itertools import pairwise
from math import inf

from wvatui.core.lines import clean, many
from wvatui.core.log.facts import Tuner
from wvatui.core.metrics.histogram import delta, read
from wvatui.core.queries.charts.chart_parts import ChartSpan, chosen, model_of, short_names
from wvatui.core.queries.charts.latency_charts import why_empty
from wvatui.core.queries.pods.pod_links import watched_of
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.rules.wva.model.perf import LinearFit, explained, regression
from wvatui.core.state.history import scrape_at
from wvatui.core.state.state import State

ACROSS = "running"
LEAST_X = 4.0
MOST_LINES = 3
"""Most lines of the controller that are drawn, one per variant."""


def itl_fit(state: State, span: ChartSpan, scope: str | None) -> ChartView:
    """The chart of observations in the window. Its x axis is not time but running requests."""
    since, until, _ = span
    points = itl_points(state, model_of(state, scope), since, until)
    most = max((x for x, _ in points), default=0.0)
    end = max(LEAST_X, most * 1.02)
    title = "ITL over running requests of a pod"
    if not points:
        note = why_empty(state, "tokens")
        return ChartView(title, "ms", 0.0, end, (), note=note, across=ACROSS)
    lines = [SeriesView("observed", tuple(sorted(points)), "points")]
    legend = []
    fitted = regression(points)
    if fitted is None:
        legend.append(
            f"no line: {many(len(points), 'point')}, all at about {points[0][0]:.3g} running"
        )
    else:
        lines.append(_line("fit", fitted.line, end))
        legend.append(f"fit {_words(fitted.line, fitted.r2)}, {len(points)} points")
    for name, line in _controllers(state, scope):
        lines.append(_line(name, line, end))
        legend.append(f"{name} {_words(line, explained(line, points))}")
    return ChartView(title, "ms", 0.0, end, tuple(lines), across=ACROSS, legend=tuple(legend))


def _controllers(state: State, scope: str | None) -> list[tuple[str, LinearFit]]:
    """The controller's own lines from its log, by variant."""
    names = {state.id_of(item) for item in chosen(state, scope)}
    tuned = {
        name: tuner
        for name, tuner in state.tuner.items()
        if tuner.alpha is not None and tuner.beta is not None and (not names or name in names)
    }
    short = short_names(sorted(tuned))
    return [(clean(f"WVA {short[name]}".rstrip()), _of(tuned[name])) for name in sorted(tuned)][
        :MOST_LINES
    ]


def _of(tuner: Tuner) -> LinearFit:
    return LinearFit(tuner.alpha or 0.0, tuner.beta or 0.0)


def _line(name: str, line: LinearFit, end: float) -> SeriesView:
    """The line from 0 running requests to the edge, cut where it would be negative."""
    points = [(0.0, line.base), (end, line.base + line.slope * end)]
    if line.slope and points[0][1] * points[1][1] < 0:
        zero = (-line.base / line.slope, 0.0)
        points = [zero, points[1]] if line.base < 0 else [points[0], zero]
    return SeriesView(name, tuple(points))


def _words(line: LinearFit, r2: float | None) -> str:
    """`8.41 + 0.222 × running, r² 0.97`, ending with what matters least, as its end may be cut."""
    sign = "+" if line.slope >= 0 else "-"
    formula = f"{line.base:.3g} {sign} {abs(line.slope):.3g} × running"
    # A line that is worse than the mean explains nothing; by how much does not matter.
    if r2 is None:
        return formula
    return f"{formula}, r² {max(0.0, r2):.2f}" if r2 > -0.005 else f"{formula}, r² below 0"


POINTS = 1_500
"""Most points, approximately: as many as a chart can show."""
APART_S = 120.0
"""Scrapes further apart than this, seconds, do not show the requests in flight between them."""


def itl_points(
    state: State, model: str = "", since: float = 0.0, until: float = inf, points: int = POINTS
) -> tuple[tuple[float, float], ...]:
    """(mean running requests of a pod, mean ITL in ms) between two scrapes of it.

    `model`: only pods that serve it; "" for all. The line: `rules.wva.model.perf`.
    """
    measured: list[tuple[float, float]] = []
    pods = watched_of(state, model)
    for watched in pods.values():
        rows = watched.history.since(since)
        rows = rows[: bisect_right(rows, until, key=scrape_at)]
        # Histograms are totals: the next scrape includes the observations of skipped ones.
        step = max(1, len(rows) * max(1, len(pods)) // points)
        rows = rows[::step]
        for older, newer in pairwise(rows):
            if older.running is None or newer.running is None or newer.at - older.at > APART_S:
                continue
            old, new = read(older.itl), read(newer.itl)
            counts = delta(old, new) if old is not None and new is not None else None
            if old is None or new is None or not counts or counts is new[2]:
                continue
            answers, total_s = sum(counts), new[1] - old[1]
            if answers and total_s >= 0:
                measured.append(((older.running + newer.running) / 2, 1000.0 * total_s / answers))
    return tuple(measured)
