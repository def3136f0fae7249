"""Report: runs as one page, with the pictures and tables that belong to it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.comparing import COMPARED, files_of, reported
from wvatui.cli.params import option
from wvatui.cli.values import argument
from wvatui.errors import UsageError
from wvatui.host import console, private

if TYPE_CHECKING:
    from wvatui.analysis.compare.report import ComparisonReport


@click.command()
@argument("runs", metavar="[LABEL=]RUN…", nargs=-1)
@option("-o", "--output", default="", help="The folder to write; by default RUN-report, here.")
@option(
    "--format",
    type=click.Choice(["page", "benchmark-report"]),
    default="page",
    show_default=True,
    help="benchmark-report: one run as a report of llm-d-benchmark, version 0.2.1, in JSON;"
    " -o then names a file, else it is printed.",
)
@option("--open", is_flag=True, envvar="WVATUI_OPEN", help="Show it in the browser.")
@COMPARED
def report(runs: tuple[str, ...], output: str, format: str, open: bool, **asked: Any) -> None:
    """Write a run, or several side by side, as one page with pictures and tables.

    A RUN is a recording, a controller's log, a bundle.json or a run folder. LABEL= stands for the
    label of a run that has none. The folder holds report.html, which needs no other file, and the
    pictures as SVG and PNG. Files of an earlier report in it are replaced, those of others never.
    The flags of `compare` say what is counted; pictures show all of the runs. Verdicts do not
    change the exit code: `compare` is for that.
    """
    if not runs:
        raise UsageError("report needs a run", hint="wvatui report RUN -o FOLDER")
    if output == "-" and format == "page":
        raise UsageError(
            "-o -: a page lies in a folder with its pictures: name one; what can be printed is"
            " --format benchmark-report"
        )
    from wvatui.analysis.report.helping import ReportHelp
    from wvatui.analysis.report.pictures import drawing
    from wvatui.analysis.report.writing import PAGE, write_report

    if format == "benchmark-report":
        compared = reported(runs, console.err, **asked)
        path = _benchmark_report(compared, output)
        if open and path is not None:
            click.launch(path.resolve().as_uri())
        elif open:
            console.say("--open: nothing to open: the report was printed; -o names a file for it")
        return
    with ReportHelp() as helps:
        helps.begin(files_of(runs), asked["namespace"])
        compared = reported(runs, console.err, **asked)
        opened = compared.comparison.runs
        folder = Path(output or f"{opened[0].name}-report")
        for path in write_report(compared, folder, console.err, helps):
            console.err(str(path))
    for run in opened:
        for notice in run.notices:
            console.say(f"{run.name}: {notice}")
    if not drawing.can_draw():
        console.say(drawing.INSTALL)
    if open:
        click.launch((folder / PAGE).resolve().as_uri())


def _benchmark_report(compared: "ComparisonReport", output: str) -> Path | None:
    """Write the benchmark report and return its path; None where it is printed."""
    from wvatui.analysis.report.benchmark.report import report_text

    measured = compared.comparison.opened
    if len(measured) != 1:
        raise UsageError(
            f"a benchmark report is of one run, not of {len(measured)}",
            hint="wvatui report RUN --format benchmark-report",
        )
    text = report_text(measured[0])
    if output in ("", "-"):
        console.out_text(text)
        return None
    path = Path(output)
    with private.told(path), private.writing(path) as file:
        file.write(text)
    console.err(str(path))
    return path
