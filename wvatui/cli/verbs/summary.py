"""Summary: a session's numbers."""

import click

from wvatui.cli.options import FORM


@click.command()
@click.argument("file", metavar="FILE")
@FORM
def summary(file: str, output: str) -> None:
    """Print a session's numbers: decisions, peaks, errors."""
    from wvatui.cli import offline

    offline.print_summary(file, output)
