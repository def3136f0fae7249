"""Coverage: what a recording can support, and what not."""

from dataclasses import asdict

import click

from wvatui.cli.params import FORM, NAMESPACE
from wvatui.cli.values import argument
from wvatui.host import console


@click.command()
@argument("run", metavar="RUN", type=click.Path())
@NAMESPACE
@FORM
def coverage(run: str, namespace: str, output: str) -> None:
    """Show what a recording can support: saturation, scaling, density, gaps, clocks, decisions.

    A RUN is a recording, a controller's log, a bundle.json or a run folder. The exit code is 0
    whatever is FAIL: `compare` says which verdicts that takes away.
    """
    from wvatui.analysis.compare.coverage import counted, counted_words, lines
    from wvatui.analysis.compare.coverage import coverage as coverage_of
    from wvatui.analysis.compare.measured import MeasuredRun
    from wvatui.analysis.runs.run import open_run
    from wvatui.cli.recordings import say_notices

    opened = open_run(run, namespace=namespace, heard=console.Progress(run))
    measured = MeasuredRun(opened, opened.since, opened.until)
    rows = coverage_of(measured)
    if output == "json":
        newest = {steps[-1].kv for steps in measured.limits.values()}
        more = {
            "saturation_threshold": newest.pop() if len(newest) == 1 else None,  # else by model
            "warnings": list(opened.notices),
        }
        console.out_json(
            {"run": opened.name, "rows": [asdict(row) for row in rows], **counted(rows), **more}
        )
        return
    console.out(f"{opened.name}: {counted_words(rows)}", *lines(rows))
    say_notices(run, list(opened.notices))
