"""Run: an experiment from a file."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import CLUSTER, REDACT_LOG, must_be_one, option, together
from wvatui.cli.values import argument
from wvatui.core.lines import many
from wvatui.errors import ClusterError, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wvatui.cli.launching import Asked, Proposal
    from wvatui.cli.repetition import Repeated
    from wvatui.kube.auth import Access
    from wvatui.kube.client import Client
    from wvatui.load.experiment.scaling import Checked


@click.command("run")
@argument("configs", metavar="CONFIG.yaml…", nargs=-1, required=True)
@option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    envvar="WVATUI_RUN_OUTPUT",
    help="Where the runs' folders go; by default where the (first) file says.",
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
    help="Run each this many times, in turn, each run into a folder of its own.",
)
@option("--dry-run", is_flag=True, help="Check everything and print the plan, but create nothing.")
@option("--yes", is_flag=True, help="Do not ask before jobs are created.")
@together(CLUSTER)
@REDACT_LOG
@option("--headless", is_flag=True, help="Draw nothing; print a line for what happens.")
@option("--theme", default="", help="Theme of the screen.")
@option("--ascii", is_flag=True, help="Draw with ASCII characters only.")
def run_experiment(configs: tuple[str, ...], **flags: Any) -> None:
    """Run an experiment from a file: its load jobs, recorded into a folder.

    Several files, and several runs of one, take turns (A B A B), each after the replicas are back
    where they were, and end with a comparison. The same command goes on after an interruption.

    \b
    Exit code 1: a stage failed or was skipped; 5: not all of the folder could be written.
    """
    from wvatui.cli.launching import Asked
    from wvatui.cli.live import WatchRequest

    output, repeat = flags.pop("output"), flags.pop("repeat")
    given = {name: flags.pop(name) for name in ("dry_run", "yes")}
    flags["label"] = flags["label"] or ""
    sys.exit(_run(Asked("a run", **given, watch=WatchRequest(**flags)), configs, output, repeat))


def _run(asked: "Asked", configs: "Sequence[str]", output: Path | None, repeat: int) -> int:
    """Check the experiment, ask the user and run it; returns the exit code, 1 when a stage failed
    or was skipped."""
    from wvatui.cli.repetition import Repetition

    must_be_one(asked.watch.namespace, "a run")
    sides: list[Repeated] = []
    for config in configs:
        sides.append(_read(asked, config, output, repeat))
        output = output or sides[0].base
    if len(sides) * repeat > 1:
        from wvatui.cli.matrix import run_matrix

        return run_matrix(asked, sides, lambda times: _checked(asked, sides, times))
    checks = _checked(asked, sides, [1])
    return 0 if checks is None else Repetition(asked, sides[0], 0, checks[0]).run()


def _read(asked: "Asked", config: str, output: Path | None, repeat: int) -> "Repeated":
    """The experiment in a file, after its plan was printed."""
    from wvatui.cli.repetition import Repeated
    from wvatui.load.experiment.config import find_config, read_experiment
    from wvatui.load.experiment.plan import plan, timeline

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
    return runs


def _place(asked: "Asked", runs: "Repeated") -> str:
    """The folders in which the runs will be recorded, for the plan."""
    label = f"-{asked.watch.label}" if asked.watch.label else ""
    times = f"-r1 … -r{runs.repeat}" if runs.repeat > 1 else ""
    path = runs.base / runs.planned.experiment.name
    return f"  recorded into {path}-YYYYmmdd-HHMMSS{label}{times}"


def _checked(
    asked: "Asked", sides: "Sequence[Repeated]", times: "Sequence[int]"
) -> "list[Checked] | None":
    """The checked sides of the matrix; None: only a plan was asked for.

    `times`: how often each side is still to be run. A plan alone needs no cluster.
    """
    from wvatui.cli.launching import Proposal, agreed
    from wvatui.clock import WallClock
    from wvatui.load.experiment.checks import check, namespaces

    async def look(client: "Client", access: "Access") -> "tuple[Proposal, list[Checked]]":
        checks = [await check(client, WallClock(), side.planned) for side in sides]
        count = sum(
            often * sum(not stage.skipped for stage in side.planned.stages)
            for side, often in zip(sides, times, strict=True)
        )
        experiments = [side.planned.experiment for side in sides]
        scalers = [str(each) for experiment in experiments for each in experiment.scalers]
        places = [place for side in sides for place in namespaces(side.planned)]
        places += [experiment.namespace for experiment in experiments if experiment.scalers]
        proposal = Proposal(
            ", ".join((many(count, "job"), *scalers)),
            tuple(dict.fromkeys(places)),
            access.context,
            notes=tuple(dict.fromkeys(words for each in checks for words in each.notes)),
            warnings=tuple(dict.fromkeys(words for each in checks for words in each.warnings)),
        )
        return proposal, checks

    try:
        return agreed(asked, look)
    except (ClusterError, UsageError) as error:
        if not asked.dry_run or not _without_cluster(asked, error):
            raise
        console.say(f"not checked against a cluster: {error.message}")
        return None


def _without_cluster(asked: "Asked", error: ClusterError | UsageError) -> bool:
    """Whether the error means that there is no cluster to ask, rather than one that refuses."""
    named = asked.watch.kubeconfig or asked.watch.context
    return not named if isinstance(error, UsageError) else type(error) is ClusterError
