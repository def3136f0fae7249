"""LAB: the files of a report about all its runs, as in llm-d-lab's notebook."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from wvatui.analysis.report.lab.charts import PLOTS, LabPlot
from wvatui.analysis.report.lab.tables import (
    TABLES,
    TEXTS,
    LabTable,
    NamedRun,
    named,
    rows_of,
)
from wvatui.analysis.report.notebooks.texts import inert
from wvatui.analysis.report.pictures import charting, drawing
from wvatui.analysis.report.reported import ReportedRun
from wvatui.core.rows.views import ChartView
from wvatui.export.seed import csv_text
from wvatui.export.stamp import iso, number

LAB_FOLDER = "lab"
SUMMARY = f"{LAB_FOLDER}/LAB_REPORT.md"
NO_DATA = "NO DATA"


@dataclass(frozen=True, slots=True)
class LabFile:
    """One file. `make`: returns its content; None: no run has data for it, and the file is
    omitted."""

    name: str
    make: Callable[[Sequence[ReportedRun]], str | bytes | None]
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class LabTabling:
    """Writes one table as CSV."""

    table: LabTable

    def __call__(self, runs: Sequence[ReportedRun]) -> str | None:
        rows = rows_of(self.table, named(runs))
        return csv_text(self.table.columns, rows) if rows else None


@dataclass(frozen=True, slots=True)
class LabPlotting:
    """Makes one form (svg, png) of a picture, which is stored with the first run."""

    plot: LabPlot
    form: str

    def __call__(self, runs: Sequence[ReportedRun]) -> str | bytes | None:
        begun = plotted(self.plot, runs)
        return None if begun is None else getattr(begun.result(), self.form)


def plotted(plot: LabPlot, runs: Sequence[ReportedRun]) -> "Future[drawing.Picture] | None":
    """A picture of all runs, drawn once; None: it is empty, or matplotlib is missing."""
    drawn, key = runs[0].figures, f"lab/{plot.name}"
    if key not in drawn:
        views = shown(plot, named(runs)) if drawing.can_draw() else []
        drawn[key] = runs[0].help.calls(charting.draw, views, 0.0, _begin(runs)) if views else None
    begun: Future[drawing.Picture] | None = drawn[key]
    return begun


def shown(plot: LabPlot, runs: Sequence[NamedRun]) -> list[ChartView]:
    """Its charts that are not empty."""
    return [view for view in plot.views(runs) if charting.has_lines(view)]


def _begin(runs: Sequence[ReportedRun]) -> str:
    """What the times of all runs count from, in words."""
    by_load = all(
        r.run.load.known_by != "nothing" and r.measured.since == r.run.since for r in runs
    )
    return "load began" if by_load else "what is counted of each run began"


def _summary(runs: Sequence[ReportedRun]) -> str:
    return "\n".join([*_lines(runs), ""])


def _lines(runs: Sequence[ReportedRun]) -> Iterator[str]:
    each = named(runs)
    yield "# Runs of one load beside each other"
    yield ""
    yield "| run | name | from | to | seconds |"
    yield "|---|---|---|---|--:|"
    for name, reported in each:
        m = reported.measured
        span = (iso(m.since), iso(m.until), f"{m.until - m.since:.0f}")
        yield f"| {' | '.join(map(_cell, (name, reported.run.name, *span)))} |"
    titles = (*(plot.title for plot in PLOTS), *(table.title for table in TABLES))
    for title in dict.fromkeys(titles):
        yield from ("", f"## {title}")
        for plot in PLOTS:
            if plot.title == title:
                yield from ("", _pictured(plot, each))
        for table in TABLES:
            if table.title == title:
                yield from ("", *_table(table, each))


def _pictured(plot: LabPlot, runs: Sequence[NamedRun]) -> str:
    if not shown(plot, runs):
        return NO_DATA
    return f"![{plot.title}]({plot.name}.png)" if drawing.can_draw() else drawing.INSTALL


def _table(table: LabTable, runs: Sequence[NamedRun]) -> Iterator[str]:
    """The table as Markdown; a run without any number is shown as having no data."""
    rows = rows_of(table, runs)
    if not rows:
        yield NO_DATA
        return
    yield f"| {' | '.join(table.columns)} |"
    yield f"|{'|'.join('---' if column in TEXTS else '--:' for column in table.columns)}|"
    for name, _ in runs:
        own = [row for row in rows if row["Run"] == name]
        for row in own or [{"Run": name}]:
            cells = (_cell(row.get(column), known=bool(own)) for column in table.columns)
            yield f"| {' | '.join(cells)} |"


def _cell(value: object, *, known: bool = True) -> str:
    """A value escaped for a Markdown table. `known`: whether its row has any number."""
    if value is None:
        return "–" if known else NO_DATA
    if isinstance(value, int | float):
        return number(value, 4)
    return inert(str(value))


LAB: tuple[LabFile, ...] = (
    *(LabFile(f"{LAB_FOLDER}/{table.name}.csv", LabTabling(table)) for table in TABLES),
    LabFile(SUMMARY, _summary),
    *(
        LabFile(f"{LAB_FOLDER}/{plot.name}.{form}", LabPlotting(plot, form), drawn=True)
        for plot in PLOTS
        for form in ("svg", "png")
    ),
)
"""In the order in which they are written."""
