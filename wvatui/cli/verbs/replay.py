"""Replay: a recording, or a controller's log."""

import os
import sys
from typing import Any

import click

from wvatui.cli.options import REDACT_LOG, SCREEN, opening
from wvatui.cli.params import option, together


@click.command()
@click.argument("file", metavar="FILE", default="-")
@together(SCREEN)
@option(
    "--speed",
    type=click.FloatRange(0, 1000),
    default=1.0,
    show_default=True,
    envvar="WVATUI_REPLAY_SPEED",
    help="Speed; 0: as fast as it folds.",
)
@option("--at", default="", help="Begin at this moment: 12m30s, 14:05:00 (UTC) or 50%.")
@option("--paused", is_flag=True, help="Begin paused.")
@option("--skip-idle/--no-skip-idle", default=True, help="Skip stretches without anything new.")
@option("--follow", is_flag=True, help="Go on with a file that is still being written.")
@option("--read-only", is_flag=True, help="Write no file, whatever is pressed.")
@REDACT_LOG
def replay(file: str, **flags: Any) -> None:
    """Replay a recording or a controller's log.

    Any release's log, also packed with gzip or zstd; - reads a pipe.
    """
    if file != "-":
        opening(flags, os.path.basename(file), "REPLAY", "opening")
    from wvatui.cli import offline

    sys.exit(offline.replay(file, **flags))
