"""A pod with a different value for each metric, and the places where each value must be shown."""

from collections.abc import Iterator
from typing import Any

import msgspec

from tests.core.queries.few_pods import START, folded, look, namespace
from wvatui.core import events as ev
from wvatui.core.metrics import metrics_table
from wvatui.core.metrics.metrics_table import Metric
from wvatui.core.queries.charts import charts, heat
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.core.queries.pods import pod_detail
from wvatui.core.state.history import summary_names
from wvatui.core.state.state import State
from wvatui.export.tables import TABLES

EVERY_S = 15
LONG_S = 3 * 3600
BUCKET_S = 0.1
LE = tuple(round(BUCKET_S * n, 1) for n in range(1, 40))


def own(metric: Metric) -> float:
    """The value of a metric as a chart draws it: that of a gauge, the growth of a counter per
    second, or the upper bound of the bucket that has all observations of a histogram."""
    place = metrics_table.METRICS.index(metric) + 2
    if metric.kind == "histogram":
        return place * BUCKET_S * metric.drawn[0]
    return place / 100 if metric.unit == "ratio" else float(place)


def _field(metric: Metric, at: int) -> object:
    if metric.kind == "gauge":
        return own(metric) if metric.unit == "ratio" else int(own(metric))
    if metric.kind == "counter":
        total = int(own(metric)) * at
        return {"stop": total} if metric.by else total
    counts = [0] * (len(LE) + 1)
    counts[metrics_table.METRICS.index(metric) + 1] = at
    return msgspec.Raw(msgspec.json.encode([0, 0.5 * at, *counts]))


def looks() -> list[ev.Scrape]:
    found = []
    for at in range(0, LONG_S, EVERY_S):
        values: dict[str, Any] = {m.id: _field(m, at) for m in metrics_table.METRICS}
        found.append(look("a", at, **values))
    return found


def state() -> State:
    bounds = ev.Bounds(START, id=0, le=LE)
    return folded(*namespace("a", interval_s=15.0), bounds, *looks(), now=LONG_S)


def astray(metrics: tuple[Metric, ...]) -> list[str]:
    """Messages for the places that do not show the value of a metric; empty: all do."""
    shown = state()
    return [
        words for metric in metrics for words in (*_drawn(shown, metric), *_told(shown, metric))
    ]


def _is_own(metric: Metric, value: float | None) -> bool:
    if value is None:
        return False
    if metric.kind == "histogram":
        width = BUCKET_S * metric.drawn[0]
        return own(metric) - width < value <= own(metric)
    return abs(value - own(metric)) < 1e-6


def _drawn(shown: State, metric: Metric) -> Iterator[str]:
    """Messages about charts over three hours, of which the first is kept by minutes, and the heat
    strip."""
    for name, variant in ((metric.chart_name, None), (f"pod_{metric.chart_name}", "a")):
        view = charts.chart(
            shown, name, since=START, until=START + LONG_S, columns=400, scope=variant
        )
        points = view.series[0].points if view.series else ()
        factor = metric.drawn[0] if metric.kind == "gauge" else 1.0
        values = [value / factor for _, value in points if value is not None]
        if not values or not all(_is_own(metric, value) for value in values):
            yield f"{metric.id}: chart {name} draws {sorted(set(values))[:3]}"
        elif variant is None and points[0][0] > START + 60:
            yield f"{metric.id}: chart {name} forgets old minutes"
    if metric.id in STRIPS:
        strip = heat.heat(shown, metric.id, START, START + LONG_S, 180)
        if {value for value in strip.rows[0].values if value is not None} != {own(metric)}:
            yield f"{metric.id}: heat strip"


def _told(shown: State, metric: Metric) -> Iterator[str]:
    """Messages about a pod's last page, an old minute of its history, and the table of scrapes."""
    history = shown.watched["a"].history
    for name in summary_names(metric):
        if not name.endswith("judged_max") and not _is_own(metric, getattr(history.old[1], name)):
            yield f"{metric.id}: minute's {name} is {getattr(history.old[1], name)}"
    samples = [row for row in pod_detail.pod_detail(shown, "a").samples if row.name == metric.title]
    table = TABLES["scrapes"]()
    last = looks()[-1]
    table.event(last)
    row = {name: value for name, value in table.rows[0].items() if name.startswith(metric.id)}
    ended = (last.at - START) * own(metric)
    if metric.kind == "histogram":
        wanted: set[object] = {0.5 * (last.at - START), int(last.at - START)}
        page = 0.5
    else:
        wanted = {ended if metric.kind == "counter" else own(metric)}
        page = ended if metric.kind == "counter" else own(metric)
    if [row.value for row in samples] != [page]:
        yield f"{metric.id}: the pod's page says {samples}"
    if not wanted <= set(row.values()):
        yield f"{metric.id}: the table of looks says {row}"
