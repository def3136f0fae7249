"""Sessions: what has been recorded."""

from pathlib import Path

import click

from wvatui.cli.options import FORM
from wvatui.cli.params import option
from wvatui.config import paths


@click.command()
@FORM
@option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where to look; the sessions folder by default.",
)
def sessions(output: str, folder: Path | None) -> None:
    """List what has been recorded, newest first."""
    from wvatui.cli import offline

    offline.print_sessions(folder or paths.sessions_dir(), output)
