"""Runs into the files of a report."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from wvatui.analysis.compare.report import ComparisonReport, json_value
from wvatui.analysis.report.artifacts import ARTIFACTS, TOGETHER
from wvatui.analysis.report.folder import LIST, listed, write_folder
from wvatui.analysis.report.lab.files import LAB_FOLDER
from wvatui.analysis.report.notebooks import files as notebooks
from wvatui.analysis.report.page.html import page
from wvatui.analysis.report.page.sections import called, sections
from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.pictures.figures import PICTURES, figured
from wvatui.analysis.report.reported import ReportedRun, runs_of
from wvatui.core.lines import clean
from wvatui.host.workers import Workers, cores, in_place

PAGE = "report.html"


def write_report(
    compared: ComparisonReport, folder: Path, said: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Write the report of one run, or of several beside each other; the paths of its files.

    `said`: told what is being made, a line each. Raises what `write_folder` raises.
    """
    with ExitStack() as ends:
        if cores() > 1:
            draws, searches = (ends.enter_context(Workers(1)).call for _ in range(2))
        else:
            draws = searches = in_place
        runs = runs_of(compared, draws, searches)
        _begin(runs)
        return write_folder(folder, _files(compared, runs, said))


def _begin(runs: tuple[ReportedRun, ...]) -> None:
    """Begin what may go on beside everything else."""
    for reported in runs:
        _ = reported.search
    if drawing.can_draw():
        for reported in runs:
            for row in PICTURES:
                figured(reported, row)
            for plot in notebooks.shown(reported):
                notebooks.plotted(plot, reported)


def _files(
    compared: ComparisonReport, runs: tuple[ReportedRun, ...], said: Callable[[str], None]
) -> Iterator[tuple[str, str | bytes]]:
    names = [PAGE]
    drawn = drawing.can_draw()
    remarks = [] if drawn else [drawing.INSTALL]
    title = " | ".join(called(runs))
    said("making the page")
    yield PAGE, page(title, list(sections(compared, runs)), remarks)
    for below, reported in zip(subfolders(runs), runs, strict=True):
        said(f"{reported.run.name}: making {'pictures and tables' if drawn else 'tables'}")
        for artifact in ARTIFACTS:
            content = None if artifact.drawn and not drawn else artifact.make(reported)
            if content is not None:
                names.append(f"{below}{artifact.name}")
                yield names[-1], content
    for together in TOGETHER if len(runs) > 1 else ():
        content = None if together.drawn and not drawn else together.make(runs)
        if content is not None:
            names.append(together.name)
            yield together.name, content
    yield LIST, listed({"kind": "wvatui report", **json_value(compared)}, names)


def subfolders(runs: tuple[ReportedRun, ...]) -> list[str]:
    """Where the files of each run lie, with `/` at the end: of one run in the folder itself, of
    several each in one of its name; names that recur are numbered."""
    if len(runs) == 1:
        return [""]
    made: list[str] = []
    for reported in runs:
        name = "".join(s if s.isalnum() or s in "-_." else "_" for s in clean(reported.run.name))
        name = name.lstrip(".")[:80] or "run"
        numbered = (name, *(f"{name}-{number}" for number in range(2, len(runs) + 2)))
        made.append(next(each for each in numbered if each not in (*made, LAB_FOLDER)))
    return [f"{name}/" for name in made]
