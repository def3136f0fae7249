"""PICTURES: the figures of a run in a report, whatever the autoscaler: one row per figure."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from wvatui.analysis.report.pictures import charting, drawing
from wvatui.analysis.report.pictures.drawing import Picture
from wvatui.analysis.report.pictures.waterfall import WaterfallView, draw_waterfall, waterfall
from wvatui.analysis.report.reported import ReportedRun
from wvatui.analysis.runs.run import Run
from wvatui.core.lines import clean
from wvatui.core.queries.charts.chart_parts import chosen
from wvatui.core.queries.charts.charts import chart
from wvatui.core.rows.views import ChartView
from wvatui.core.state.scope import of_model

COLUMNS = 300
"""Columns to which lines are reduced; extremes are kept."""
POLLED = "the pods' metrics pages, polled"
LOG = "the controller's log"
OBJECTS = "objects of the Kubernetes API"
PICKER = "the endpoint picker's metrics page, polled"
MOST_VARIANTS = 6
"""Most variants whose ladders are drawn."""


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One figure. `views`: makes its charts, one below the other, over all of a run; `source`:
    names where the numbers come from."""

    name: str
    title: str
    views: Callable[[Run], list[ChartView]] | Callable[[Run], list[WaterfallView]]
    source: Callable[[Run], str]


@dataclass(frozen=True, slots=True)
class Figured:
    """A figure of a run. `note`: what is missing from it, and why. `drawing`: None where there is
    nothing to draw, or no matplotlib. `since`, `until`: its window, UTC epoch seconds."""

    row: PictureRow
    views: tuple[ChartView | WaterfallView, ...]
    note: str
    source: str
    since: float
    until: float
    drawing: "Future[Picture] | None"

    @property
    def picture(self) -> Picture | None:
        """The picture; waits until it is drawn."""
        return None if self.drawing is None else self.drawing.result()


@dataclass(frozen=True, slots=True)
class Picturing:
    """Makes one form (svg, png) of a figure of a run."""

    name: str
    form: str

    def __call__(self, reported: ReportedRun) -> str | bytes | None:
        row = next(row for row in PICTURES if row.name == self.name)
        made = figured(reported, row).picture
        return None if made is None else getattr(made, self.form)


def figured(reported: ReportedRun, row: PictureRow) -> Figured:
    """A figure of a run, drawn once, without charts that have no line."""
    if row.name not in reported.figures:
        run = reported.run
        views = row.views(run)
        shown = tuple(view for view in views if _shows(view))
        notes = (_lacks(view, bool(shown)) for view in views if view not in shown)
        note = "; ".join(dict.fromkeys(filter(None, notes)))
        begun = _begun(shown, reported) if shown and drawing.can_draw() else None
        reported.figures[row.name] = Figured(
            *(row, shown, note, row.source(run) if shown else ""),
            *(run.state.first_at, run.until, begun),
        )
    made: Figured = reported.figures[row.name]
    return made


def _lacks(view: ChartView | WaterfallView, beside: bool) -> str:
    """Why a chart is missing; by its title where there are others `beside` it.

    The screen's words for a running session contain "not yet"; here the session is over.
    """
    note = view.note.replace(" yet", "")
    if beside and isinstance(view, ChartView):
        return f"{view.title}: {note or 'nothing of it was recorded'}"
    return note


def _shows(view: ChartView | WaterfallView) -> bool:
    return charting.has_lines(view) if isinstance(view, ChartView) else bool(view.events)


def _begun(views: Sequence[ChartView | WaterfallView], reported: ReportedRun) -> "Future[Picture]":
    falls = [view for view in views if isinstance(view, WaterfallView)]
    if falls:
        return reported.help.calls(draw_waterfall, falls[0])
    charts = [view for view in views if isinstance(view, ChartView)]
    return reported.help.calls(charting.draw, charts, *zero_of(reported.run))


def zero_of(run: Run) -> tuple[float, str]:
    """The moment from which a run's time is counted (UTC epoch seconds), and what began then, in
    words."""
    if run.load.known_by == "nothing":
        return run.state.first_at, "the recording began"
    return run.load.since, "load began"


# --- charts ----------------------------------------------------------------------------------


def _charts(run: Run, names: Iterable[str], scope: str | None = None) -> list[ChartView]:
    since, until = run.state.first_at, run.until
    return [
        chart(run.state, name, since=since, until=until, columns=COLUMNS, scope=scope)
        for name in names
    ]


def _by_model(*names: str) -> Callable[[Run], list[ChartView]]:
    """Makes the charts over all variants; where there are several models, one set for each
    model."""

    def views(run: Run) -> list[ChartView]:
        models = sorted({link.model for link in chosen(run.state, None) if link.model})
        if len(models) < 2:
            return _charts(run, names)
        return [
            replace(view, title=f"{view.title}: {clean(model)}")
            for model in models
            for view in _charts(run, names, of_model(model))
        ]

    return views


_TOLD = ("wants", "decision", "desired", "spec", "ready", "current")


def _against_load(run: Run) -> list[ChartView]:
    """The offered load, and below it the wanted and the ready replicas."""
    load, replicas = _charts(run, ("load", "replicas"))
    if not run.stages:
        load = replace(load, note="no load job is in the recording")
    named = {series.name: series for series in replicas.series}
    if set(named) <= {*_TOLD, "serving"}:
        asks = next((name for name in _TOLD[:4] if name in named), "")
        has = next((name for name in ("ready", "current", "spec") if name in named), "")
        kept = tuple(named[name] for name in dict.fromkeys((asks, has)) if name)
        replicas = replace(replicas, series=kept)
    return [load, replace(replicas, stages=replicas.stages or load.stages)]


def _ladders(run: Run) -> list[ChartView]:
    """The ladder of each variant; a log alone has none."""
    if not run.state.ladder:
        return []
    links = chosen(run.state, None)
    if len(links) < 2:
        return _charts(run, ("replicas",))
    few = f" (the first {MOST_VARIANTS} of {len(links)})" if len(links) > MOST_VARIANTS else ""
    return [
        replace(view, title=f"{view.title}: {clean(run.state.id_of(link))}{few}")
        for link in links[:MOST_VARIANTS]
        for view in _charts(run, ("replicas",), run.state.id_of(link))
    ]


# --- sources ---------------------------------------------------------------------------------


def _size_source(run: Run) -> str:
    told = [OBJECTS] if run.state.ladder else []
    return " and ".join([*told, *([LOG] if run.state.deciding else [])]) or LOG


def _load_source(run: Run) -> str:
    load = "plans of load jobs" if run.stages else ""
    return ", ".join(part for part in (load, _size_source(run)) if part)


def _steps_source(run: Run) -> str:
    pods = ["lives of pods"] if run.state.lifecycles else []
    return ", ".join([_size_source(run), *pods])


def _targets_source(run: Run) -> str:
    return LOG if run.state.analysed else "status of HPAs and triggers of KEDA"


def _of_pods(field: str) -> Callable[[Run], str]:
    """Names the source of a metric: pods' own pages, or the controller's log alone."""

    def source(run: Run) -> str:
        has = any(getattr(look, field) is not None for own in run.looks.values() for look in own)
        return POLLED if has else LOG

    return source


PICTURES: tuple[PictureRow, ...] = (
    PictureRow("replicas", "Replicas against load", _against_load, _load_source),
    PictureRow("ladder", "The replica ladder", _ladders, _size_source),
    PictureRow("targets", "Metrics against targets", _by_model("utilization"), _targets_source),
    PictureRow("waterfall", "Changes of replicas, step by step", waterfall, _steps_source),
    PictureRow("kv", "KV cache", _by_model("kv"), _of_pods("kv")),
    PictureRow("queue", "Waiting requests", _by_model("waiting"), _of_pods("waiting")),
    PictureRow("gateway", "Gateway", lambda r: _charts(r, ("gateway", "pool")), lambda r: PICKER),
    PictureRow("running", "Running requests", _by_model("running"), _of_pods("running")),
    PictureRow("ttft", "Time to first token", _by_model("ttft"), _of_pods("ttft")),
    PictureRow("itl", "Time between tokens", _by_model("itl"), _of_pods("itl")),
    PictureRow("e2e", "End-to-end request latency", _by_model("e2e"), _of_pods("e2e")),
    PictureRow("tokens", "Generated tokens", _by_model("tokens"), _of_pods("generation_tokens")),
    PictureRow("requests", "Requests", _by_model("requests"), _of_pods("success")),
)
"""In the order in which they are shown."""
