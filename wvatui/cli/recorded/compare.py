"""Compare: runs beside each other, with verdicts."""

from typing import Any

import click

from wvatui.cli.comparing import COMPARED, measured
from wvatui.cli.params import option
from wvatui.errors import CheckFailed, UsageError
from wvatui.host import console


@click.command()
@click.argument("runs", metavar="[LABEL=]RUN…", nargs=-1, type=click.Path())
@COMPARED
@option(
    "-o",
    "--output",
    type=click.Choice(["text", "md", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="Output format.",
)
def compare(runs: tuple[str, ...], output: str, **asked: Any) -> None:
    """Compare runs side by side, aligned on the start of their load.

    A RUN is a recording, a controller's log, a bundle.json or a run folder. LABEL= stands for the
    label of a run that has none. The first group is what the others are held against. Exit code 1:
    a verdict is FAIL.
    """
    if len(runs) < 2:
        raise UsageError("compare needs two runs", hint="wvatui compare A B [C …]")
    report = measured(runs, **asked)
    if output == "json":
        from wvatui.analysis.compare.report import json_value

        console.out_json(json_value(report))
    else:
        from wvatui.analysis.compare.writing import FORMS

        console.out_text(FORMS[output](report))
    for name, run in zip(report.comparison.names, report.comparison.runs, strict=True):
        for notice in run.notices:
            console.say(f"{name}: {notice}")
    if report.failed:
        failed = ", ".join(dict.fromkeys(f"{v.rule} ({v.group})" for v in report.failed))
        raise CheckFailed(f"FAIL: {failed}")
