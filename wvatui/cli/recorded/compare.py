"""Compare: runs beside each other, with verdicts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.comparing import COMPARED, measured
from wvatui.cli.params import option
from wvatui.cli.values import argument
from wvatui.errors import CheckFailed, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.analysis.compare.verdicts import GateVerdict


@click.command()
@argument("runs", metavar="[LABEL=]RUN…", nargs=-1, type=click.Path())
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
    label of a run that has none. The first group is what the others are held against.

    Every other group fails where p99 of TTFT or E2E is more than 10 % above the first one's, its
    share of errors is above it, or its requests per replica-hour are more than 15 % below. --gate
    adds conditions. Exit code 1: one of these is FAIL. A --gate that has NO DATA is named,
    and does not change the exit code.
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
    if report.not_judged:
        console.say(f"not judged, NO DATA: {_named(report.not_judged)}")
    if report.failed:
        raise CheckFailed(f"FAIL: {_named(report.failed)}")


def _named(verdicts: "Iterable[GateVerdict]") -> str:
    return ", ".join(dict.fromkeys(f"{each.rule} ({each.group})" for each in verdicts))
