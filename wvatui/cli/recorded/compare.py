"""Compare: runs beside each other, with verdicts."""

from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import NAMESPACE, Duration, option
from wvatui.errors import CheckFailed, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.analysis.compare.report import ComparisonReport


class UntilTime(Duration):
    """A duration, or `load`: until the load ends."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return value if value == "load" else super().convert(value, param, ctx)


@click.command()
@click.argument("runs", metavar="[LABEL=]RUN…", nargs=-1)
@option("--from", type=Duration(), default=0.0, help="Count from this time of load on.")
@option(
    "--to",
    type=UntilTime(),
    default=None,
    help="Count up to this time of load; load: up to its end. By default to the recording's end.",
)
@option("--stage", default="", help="Count this stage of load alone: its number, or of its name.")
@option("--whole", is_flag=True, help="Count all of the recordings, before the load begins, too.")
@option("--stages", is_flag=True, help="Also a table for each stage of load.")
@option(
    "--slo",
    multiple=True,
    metavar="NAME=LIMIT,…",
    help="Tell how many requests met objectives: ttft_p95=2s,itl_p95=80ms,error=1%.",
)
@option(
    "--cost",
    multiple=True,
    metavar="ACCELERATOR=PRICE,…",
    help="What a replica costs an hour: H100=3.2, or a price alone for all others.",
)
@option(
    "--group-by",
    type=click.Choice(["label", "name", "folder", "decider", "model", "settings"]),
    default="label",
    show_default=True,
    help="What repetitions of one thing have in common.",
)
@option(
    "--gate",
    multiple=True,
    metavar="CONDITION",
    help="A verdict of your own: 'ttft_p99<=+10%', 'cost<=-5%', 'gap<=60'.",
)
@NAMESPACE
@option(
    "-o",
    "--output",
    type=click.Choice(["text", "md", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="Form of the answer.",
)
def compare(runs: tuple[str, ...], output: str, **asked: Any) -> None:
    """Put runs beside each other, aligned on the start of their load.

    A RUN is a recording, a controller's log, a bundle.json or a run folder. LABEL= stands for the
    label of a run that has none. The first group is what the others are held against. Exit code 1:
    a verdict is FAIL.
    """
    if len(runs) < 2:
        raise UsageError("compare needs two runs", hint="wvatui compare A B [C …]")
    report = _reported(runs, **asked)
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


def _reported(named: tuple[str, ...], **asked: Any) -> "ComparisonReport":
    from wvatui.analysis.compare import asked as words
    from wvatui.analysis.compare import comparison, verdicts
    from wvatui.analysis.compare.report import reported
    from wvatui.cli.recordings import opened_run

    objectives = words.objectives(asked["slo"])
    prices = words.prices(asked["cost"])
    keys = [row.key for row in comparison.all_rows(objectives)]
    gates = words.gates(asked["gate"], keys)
    narrowing = comparison.RunPart(asked["from"], asked["to"], asked["stage"], asked["whole"])
    compared = comparison.compare(
        [opened_run(each, asked["namespace"]) for each in named],
        narrowing=narrowing,
        objectives=objectives,
        prices=prices,
        group_by=asked["group_by"],
        with_stages=asked["stages"],
    )
    return reported(compared, verdicts.verdicts(compared, gates))
