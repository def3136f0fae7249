"""Writes the files of a report."""

from collections.abc import Callable, Iterator
from pathlib import Path

from wvatui.analysis.compare.report import ComparisonReport, json_value
from wvatui.analysis.report.folder import LIST, listed, write_folder
from wvatui.analysis.report.helping import ReportHelp
from wvatui.analysis.report.lab.files import LAB, LAB_FOLDER
from wvatui.analysis.report.notebooks import files as notebooks
from wvatui.analysis.report.notebooks.files import NOTEBOOKS
from wvatui.analysis.report.page.html import page
from wvatui.analysis.report.page.sections import called, sections
from wvatui.analysis.report.pictures import drawing
from wvatui.analysis.report.pictures.figures import PICTURES, Picturing, figured
from wvatui.analysis.report.reported import Artifact, ReportedRun, runs_of
from wvatui.core.lines import clean

PAGE = "report.html"
ARTIFACTS: tuple[Artifact, ...] = (
    *(
        Artifact(f"pictures/{row.name}.{form}", Picturing(row.name, form), drawn=True)
        for row in PICTURES
        for form in ("svg", "png")
    ),
    *NOTEBOOKS,
)
"""Every file that a report has for each run, in the order in which they are written. Each name
occurs once."""
TOGETHER = LAB
"""Files of all runs together, where there are several."""


def write_report(
    compared: ComparisonReport,
    folder: Path,
    said: Callable[[str], None] = lambda line: None,
    helps: ReportHelp | None = None,
) -> list[Path]:
    """Write the report of one run, or of several; returns the paths of its files.

    `said`: called with a line for each step. `helps`: work already begun in other processes. Raises
    as `write_folder` does.
    """
    if helps is None:
        opened = compared.comparison.opened
        with ReportHelp() as helps:
            helps.begin([each.run.path for each in opened], opened[0].run.namespace)
            return write_report(compared, folder, said, helps)
    runs = runs_of(compared, helps)
    _begin(runs)
    paths = write_folder(folder, _files(compared, runs, said))
    return sorted(paths, key=lambda path: path != folder / PAGE)


def _begin(runs: tuple[ReportedRun, ...]) -> None:
    """Start drawing pictures in other processes."""
    if drawing.can_draw():
        for reported in runs:
            for row in PICTURES:
                figured(reported, row)
            for plot in notebooks.shown(reported):
                notebooks.plotted(plot, reported)


def _files(
    compared: ComparisonReport, runs: tuple[ReportedRun, ...], said: Callable[[str], None]
) -> Iterator[tuple[str, str | bytes]]:
    """The tables come first, while pictures are being drawn. The page is first in the list."""
    names = [PAGE]
    drawn = drawing.can_draw()
    said("making the tables")
    for name, content in _of_runs(runs, drawn=False):
        names.append(name)
        yield name, content
    said("making the page")
    remarks = [] if drawn else [drawing.INSTALL]
    yield PAGE, page(" | ".join(called(runs)), list(sections(compared, runs)), remarks)
    for name, content in _of_runs(runs, drawn=True) if drawn else ():
        names.append(name)
        yield name, content
    for together in TOGETHER if len(runs) > 1 else ():
        made = None if together.drawn and not drawn else together.make(runs)
        if made is not None:
            names.append(together.name)
            yield together.name, made
    yield LIST, listed({"kind": "wvatui report", **json_value(compared)}, names)


def _of_runs(runs: tuple[ReportedRun, ...], *, drawn: bool) -> Iterator[tuple[str, str | bytes]]:
    for below, reported in zip(subfolders(runs), runs, strict=True):
        for artifact in ARTIFACTS:
            content = artifact.make(reported) if artifact.drawn == drawn else None
            if content is not None:
                yield f"{below}{artifact.name}", content


def subfolders(runs: tuple[ReportedRun, ...]) -> list[str]:
    """Folder of each run's files, with a final `/`: for a single run the report's folder itself,
    for several one with each run's name; names that recur are numbered."""
    if len(runs) == 1:
        return [""]
    made: list[str] = []
    for reported in runs:
        name = "".join(s if s.isalnum() or s in "-_." else "_" for s in clean(reported.run.name))
        name = name.lstrip(".")[:80] or "run"
        numbered = (name, *(f"{name}-{number}" for number in range(2, len(runs) + 2)))
        made.append(next(each for each in numbered if each not in (*made, LAB_FOLDER)))
    return [f"{name}/" for name in made]
