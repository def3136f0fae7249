"""Explain: why each target."""

import click

from wvatui.cli.options import FORM
from wvatui.cli.params import option


@click.command()
@click.argument("file", metavar="FILE")
@option("--at", default="", help="The cycle at a moment: 12m30s, 14:05:00 (UTC), 50%.")
@option(
    "--cycle",
    type=click.IntRange(1),
    default=None,
    help="The cycle of this number, counted from 1.",
)
@option(
    "--changes",
    is_flag=True,
    help="Every cycle that changed a target or is not explained (the default).",
)
@option("--summary", is_flag=True, help="How many cycles are explained, and why others are not.")
@FORM
def explain(
    file: str, at: str, cycle: int | None, changes: bool, summary: bool, output: str
) -> None:
    """Say why each target: the decision recomputed from what the controller had.

    FILE is a recording or a log of the WVA controller. One sentence a cycle, with --at or --cycle
    the whole arithmetic: each quantity recomputed by the release's rule and held against the log.
    """
    from wvatui.cli import explaining

    explaining.explain(file, at=at, number=cycle, changes=changes, summary=summary, form=output)
