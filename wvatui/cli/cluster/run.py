"""Run: an experiment from a file."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import CLUSTER, REDACT_LOG, must_be_one, option, together
from wvatui.errors import ClusterError, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.cli.launching import Asked, Proposal
    from wvatui.cli.repetition import Repeated
    from wvatui.kube.auth import Access
    from wvatui.kube.client import Client
    from wvatui.load.experiment.checks import Checked


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
    from wvatui.cli.launching import Asked
    from wvatui.cli.live import WatchRequest

    own = {name: flags.pop(name) for name in ("output", "repeat")}
    given = {name: flags.pop(name) for name in ("dry_run", "yes")}
    flags["label"] = flags["label"] or ""
    sys.exit(_run(Asked("a run", **given, watch=WatchRequest(**flags)), config, **own))


def _run(asked: "Asked", config: str, *, output: Path | None, repeat: int) -> int:
    """Check, ask and run; the exit code: 1 when a stage failed or was skipped."""
    from wvatui.cli.repetition import Repeated, Repetition
    from wvatui.load.experiment.config import find_config, read_experiment
    from wvatui.load.experiment.plan import plan, timeline

    must_be_one(asked.watch.namespace, "a run")
    watch, experiment = asked.watch, read_experiment(find_config(config))
    experiment = replace(
        experiment,
        namespace=watch.namespace or experiment.namespace,
        controller_namespace=watch.controller_namespace or experiment.controller_namespace,
    )
    runs = Repeated(plan(experiment), output, repeat)
    console.out(*timeline(runs.planned), _place(asked, runs))
    for words in experiment.warnings:
        console.say(f"warning: {words}")
    checked = _checked(asked, runs)
    if checked is None:
        return 0
    code = 0
    for number in range(1, repeat + 1):
        repetition = Repetition(asked, runs, number if repeat > 1 else 0, checked)
        code = max(code, repetition.run())
        if repetition.interrupted:
            break
    return code


def _place(asked: "Asked", runs: "Repeated") -> str:
    """Where the runs will be recorded, for the plan."""
    label = f"-{asked.watch.label}" if asked.watch.label else ""
    times = f"-r1 … -r{runs.repeat}" if runs.repeat > 1 else ""
    path = runs.base / runs.planned.experiment.name
    return f"  recorded into {path}-YYYYmmdd-HHMMSS{label}{times}"


def _checked(asked: "Asked", runs: "Repeated") -> "Checked | None":
    """What the checks found; None: only a plan was asked for, which needs no cluster."""
    from wvatui.cli.launching import Proposal, agreed
    from wvatui.clock import WallClock
    from wvatui.load.experiment.checks import check, namespaces

    planned = runs.planned

    async def look(client: "Client", access: "Access") -> "tuple[Proposal, Checked]":
        checked = await check(client, WallClock(), planned)
        count = sum(not stage.skipped for stage in planned.stages) * runs.repeat
        proposal = Proposal(
            "1 job" if count == 1 else f"{count} jobs",
            namespaces(planned),
            access.context,
            notes=checked.notes,
            warnings=checked.warnings,
        )
        return proposal, checked

    try:
        return agreed(asked, look)
    except (ClusterError, UsageError) as error:
        if not asked.dry_run or not _without_cluster(asked, error):
            raise
        console.say(f"not checked against a cluster: {error.message}")
        return None


def _without_cluster(asked: "Asked", error: ClusterError | UsageError) -> bool:
    """Whether there is no cluster to ask, rather than one that refuses."""
    named = asked.watch.kubeconfig or asked.watch.context
    return not named if isinstance(error, UsageError) else type(error) is ClusterError
