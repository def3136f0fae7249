"""Export: CSV of a session."""

import click

from wvatui.cli.options import REDACT_LOG
from wvatui.cli.params import option


@click.command()
@click.argument("file", metavar="FILE")
@option("--at", default="", help="The moment: 12m30s, 14:05:00 (UTC), 50%; the end by default.")
@option("--table", "table", default="", help="A whole table as a series; all: every table.")
@option(
    "-o",
    "--output",
    default="",
    envvar="WVATUI_EXPORT_OUTPUT",
    help="Folder for tables, or file for the snapshot.",
)
@option(
    "--format",
    type=click.Choice(["wvatui", "seed"]),
    default="wvatui",
    show_default=True,
    help="seed: the metrics.csv that older experiment scripts wrote.",
)
@REDACT_LOG
def export(file: str, at: str, table: str, output: str, format: str, redact_log: bool) -> None:
    """Print a CSV snapshot of one moment, or write whole tables."""
    from wvatui.cli import offline

    if format == "seed":
        offline.export_seed(file, output=output, only=not (at or table))
    else:
        offline.export(file, at=at, table=table, output=output, redact_log=redact_log)
