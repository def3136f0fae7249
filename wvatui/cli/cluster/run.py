"""Run: an experiment from a file."""

import sys
from pathlib import Path
from typing import Any

import click

from wvatui.cli.options import CLUSTER, REDACT_LOG
from wvatui.cli.params import option, together


@click.command("run")
@click.argument("config", metavar="CONFIG.yaml")
@option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    envvar="WVATUI_RUN_OUTPUT",
    help="Where the run's folder goes; by default where the file says.",
)
@option(
    "--label",
    type=click.Choice(["wva", "hpa", "none"]),
    default=None,
    help="What drives the replicas: part of the folder's name.",
)
@option(
    "--repeat",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Run it so many times, each into a folder of its own.",
)
@option("--dry-run", is_flag=True, help="Check everything, print the plan, and make nothing.")
@option("--yes", is_flag=True, help="Do not ask before jobs are made.")
@together(CLUSTER)
@REDACT_LOG
@option("--headless", is_flag=True, help="Draw nothing; print a line for what happens.")
@option("--theme", default="", help="Theme of the screen.")
@option("--ascii", is_flag=True, help="Draw with ASCII characters only.")
def run_experiment(config: str, **flags: Any) -> None:
    """Run an experiment from a file: its load jobs, recorded into a folder.

    \b
    Exit code 1: a stage failed or was skipped; 5: not all of the folder could be written.
    """
    from wvatui.cli import creating, experiments, live

    own = {name: flags.pop(name) for name in ("output", "repeat")}
    given = {name: flags.pop(name) for name in ("dry_run", "yes")}
    flags["label"] = flags["label"] or ""
    asked = creating.Asked("a run", **given, watch=live.WatchRequest(**flags))
    sys.exit(experiments.run(asked, config, **own))
