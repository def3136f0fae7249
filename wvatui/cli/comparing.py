"""What `compare` and `report` share: which runs, which part of them, objectives, prices, gates."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import NAMESPACE, Duration, option, together

if TYPE_CHECKING:
    from wvatui.analysis.compare.report import ComparisonReport
    from wvatui.analysis.runs.run import Run


class UntilTime(Duration):
    """A duration, or `load`: until the load ends."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return value if value == "load" else super().convert(value, param, ctx)


COMPARED = together(
    option("--from", type=Duration(), default=0.0, help="Count from this time of load on."),
    option(
        "--to",
        type=UntilTime(),
        default=None,
        help="Count up to this time of load; load: up to its end. By default to the recording's"
        " end.",
    ),
    option(
        "--stage", default="", help="Count this stage of load alone: its number, or of its name."
    ),
    option(
        "--whole", is_flag=True, help="Count all of the recordings, before the load begins, too."
    ),
    option("--stages", is_flag=True, help="Also a table for each stage of load."),
    option(
        "--slo",
        multiple=True,
        metavar="NAME=LIMIT,…",
        help="Tell how many requests met objectives: ttft_p95=2s,itl_p95=80ms,error=1%.",
    ),
    option(
        "--cost",
        multiple=True,
        metavar="ACCELERATOR=PRICE,…",
        help="What a replica costs an hour: H100=3.2, or a price alone for all others.",
    ),
    option(
        "--group-by",
        type=click.Choice(["label", "name", "folder", "decider", "model", "settings"]),
        default="label",
        show_default=True,
        help="What repetitions of one thing have in common.",
    ),
    option(
        "--gate",
        multiple=True,
        metavar="CONDITION",
        help="A verdict of your own: 'ttft_p99<=+10%', 'cost<=-5%', 'gap<=60'.",
    ),
    NAMESPACE,
)
"""Their flags."""


def reported(
    named: tuple[str, ...], said: Callable[[str], None] = lambda line: None, **asked: Any
) -> "ComparisonReport":
    """Runs by their paths beside each other, as the flags ask. `said`: told of each that was read.

    Raises UsageError, RecordingError.
    """
    from wvatui.analysis.compare import asked as words
    from wvatui.analysis.compare import comparison, verdicts
    from wvatui.analysis.compare.report import reported as judged

    objectives = words.objectives(asked["slo"])
    prices = words.prices(asked["cost"])
    keys = [row.key for row in comparison.all_rows(objectives)]
    gates = words.gates(asked["gate"], keys)
    narrowing = comparison.RunPart(asked["from"], asked["to"], asked["stage"], asked["whole"])
    compared = comparison.compare(
        [_opened(each, asked["namespace"], said) for each in named],
        narrowing=narrowing,
        objectives=objectives,
        prices=prices,
        group_by=asked["group_by"],
        with_stages=asked["stages"],
    )
    return judged(compared, verdicts.verdicts(compared, gates))


def _opened(named: str, namespace: str, said: Callable[[str], None]) -> "Run":
    from wvatui.cli.recordings import opened_run

    run = opened_run(named, namespace)
    said(f"{run.name}: read, {run.state.events} events")
    return run
