"""NOTEBOOKS: the files of the older experiments' notebooks, as a report has them for each run."""

from concurrent.futures import Future
from dataclasses import dataclass

from wvatui.analysis.report.notebooks.plots import PLOTS, PlotRow, plots_of
from wvatui.analysis.report.notebooks.tables import TABLES, NotebookTable, table_text, tables_of
from wvatui.analysis.report.notebooks.texts import model_report, summary_text
from wvatui.analysis.report.notebooks.told import LOG, MODEL, stamp
from wvatui.analysis.report.pictures import charting, drawing
from wvatui.analysis.report.pictures.figures import zero_of
from wvatui.analysis.report.reported import Artifact, ReportedRun


@dataclass(frozen=True, slots=True)
class Tabling:
    """Writes one table of a run."""

    table: NotebookTable

    def __call__(self, reported: ReportedRun) -> str | None:
        return table_text(self.table, reported.told)


@dataclass(frozen=True, slots=True)
class Plotting:
    """Makes one form (svg, png) of a plot of a run."""

    name: str
    form: str

    def __call__(self, reported: ReportedRun) -> str | bytes | None:
        row = next((row for row in shown(reported) if row.name == self.name), None)
        begun = None if row is None else plotted(row, reported)
        return None if begun is None else getattr(begun.result(), self.form)


def plotted(row: PlotRow, reported: ReportedRun) -> "Future[drawing.Picture] | None":
    """A plot, drawn once; None: it is empty."""
    key = f"plots/{row.name}"
    if key not in reported.figures:
        views = [view for view in row.views(reported.told) if charting.has_lines(view)]
        begun = (
            reported.help.calls(charting.draw, views, *_counted_from(reported)) if views else None
        )
        reported.figures[key] = begun
    made: Future[drawing.Picture] | None = reported.figures[key]
    return made


def _counted_from(reported: ReportedRun) -> tuple[float, str]:
    """The moment from which a plot counts minutes, UTC epoch seconds, and its description with its
    source."""
    zero, _ = zero_of(reported.run)
    by = LOG if reported.told.sampled_by in ("", LOG) else "log and polls"
    return zero, f"{stamp(zero)[:19]} UTC, by {by}"


def shown(reported: ReportedRun) -> list[PlotRow]:
    """The plots for the run's mode."""
    return list(plots_of(reported.told)) if reported.told.is_of_controller else []


def _summary(reported: ReportedRun) -> str:
    told = reported.told
    files = [(table.path, table.what) for table in tables_of(told)]
    if told.mode == MODEL:
        files.append((REPORT, "Averages and counts"))
    plots = [
        (f"plots/{row.name}.png", row.what)
        for row in shown(reported)
        if drawing.can_draw() and any(map(charting.has_lines, row.views(told)))
    ]
    return summary_text(told, files, plots)


def _model_report(reported: ReportedRun) -> str | None:
    return model_report(reported.told) if reported.told.mode == MODEL else None


REPORT = "processed/analysis_report.txt"
NOTEBOOKS: tuple[Artifact, ...] = (
    *(Artifact(table.path, Tabling(table)) for table in TABLES),
    Artifact(REPORT, _model_report),
    Artifact("ANALYSIS_SUMMARY.md", _summary),
    *(
        Artifact(f"plots/{name}.{form}", Plotting(name, form), drawn=True)
        for name in dict.fromkeys(row.name for row in PLOTS)
        for form in ("svg", "png")
    ),
)
"""A file for which a run has no data is omitted."""
