"""Whatif: a recording under other rules, thresholds, autoscalers or a fixed number of replicas."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import NAMESPACE, option
from wvatui.cli.values import Duration, argument
from wvatui.core.lines import many
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.analysis.whatif.alternatives import FlagGroup
    from wvatui.core.whatif.trial import Tried

PIECE = 4_000
"""Events folded in one batch."""


class Asking(click.Command):
    """A click command that first removes the flags of alternatives, in their groups, from the
    command line; those of the environment and the configuration file form one more group."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from wvatui.analysis.whatif.alternatives import taken

        rest, ctx.meta["groups"] = taken(args)
        return super().parse_args(ctx, rest)

    @staticmethod
    def groups(ctx: click.Context, flags: dict[str, Any]) -> "list[FlagGroup]":
        """The requested groups; removes their flags from `flags`."""
        from wvatui.analysis.whatif.alternatives import FlagGroup

        flags.pop("or", None)
        settled = FlagGroup({name: list(flags.pop(name) or ()) for name in FlagGroup().values})
        asked: list[FlagGroup] = ctx.meta["groups"]
        return asked or ([] if settled.empty else [settled])


@click.command(cls=Asking)
@argument("file", metavar="FILE", type=click.Path())
@option(
    "--set",
    multiple=True,
    metavar="KEY=VALUE",
    envvar="WVATUI_WHATIF_SET",
    help="Another threshold, as the controller's configuration names it; several values of "
    "one key, KEY=A,B, are an alternative each.",
)
@option(
    "--rule",
    multiple=True,
    metavar="RULE",
    envvar="WVATUI_WHATIF_RULE",
    help="Another rule: v1, v2, a release such as v0.4.2 or v1@v0.8.0, own; or hpa, keda, "
    "static with the flags below.",
)
@option(
    "--hpa",
    multiple=True,
    metavar="FILE",
    envvar="WVATUI_WHATIF_HPA",
    help="A HorizontalPodAutoscaler's manifest; one that goes by WVA's decisions acts on them.",
)
@option(
    "--scaledobject",
    multiple=True,
    metavar="FILE",
    envvar="WVATUI_WHATIF_SCALEDOBJECT",
    help="A KEDA ScaledObject's manifest.",
)
@option(
    "--replicas",
    multiple=True,
    metavar="N",
    envvar="WVATUI_WHATIF_REPLICAS",
    help="A fixed number of replicas.",
)
@option(
    "--or",
    is_flag=True,
    envvar="WVATUI_WHATIF_OR",
    help="What follows belongs to another alternative.",
)
@option(
    "--limit",
    default="",
    metavar="NAME=VALUE",
    envvar="WVATUI_WHATIF_LIMIT",
    help="Show the share of time above it: kv=0.7, waiting=3, running=100, utilization=0.85.",
)
@option(
    "--boot",
    type=Duration(),
    default=None,
    envvar="WVATUI_WHATIF_BOOT",
    help="How long a new replica takes until it serves; measured by default.",
)
@NAMESPACE
@option("--model", default="", envvar="WVATUI_WHATIF_MODEL", help="Only this model, of several.")
@option(
    "--loop",
    type=click.Choice(["auto", "open", "closed", "both"]),
    default="auto",
    show_default=True,
    envvar="WVATUI_WHATIF_LOOP",
    help="Open: share the recorded load. Closed: the calibrated simulator answers it. "
    "Auto: both where that takes about a second.",
)
@option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.pass_context
def whatif(ctx: click.Context, /, file: str, **flags: Any) -> None:
    """Try other decisions on a recording: what would have happened?

    \b
    wvatui whatif FILE --set kvSpareTrigger=0.3 --hpa hpa.yaml --replicas 4
    wvatui whatif FILE --rule v1 --set kvCacheThreshold=0.7,0.8,0.9
    wvatui whatif FILE --rule v2 --or --rule v0.4.2 --set queueSpareTrigger=2

    Thresholds and rules between two --or belong together; everything else is an alternative of
    its own. The first rows are what really happened and the recording's own rule, recomputed.
    """
    _print_table(file, Asking.groups(ctx, flags), **flags)


def _print_table(
    file: str,
    groups: "Sequence[FlagGroup]",
    *,
    limit: str,
    boot: float | None,
    model: str,
    namespace: str,
    loop: str,
    output: str,
) -> None:
    """Print the results of the alternatives. Raises UsageError, ConfigError, RecordingError."""
    from wvatui.analysis.whatif.alternatives import alternatives, limit_of
    from wvatui.analysis.whatif.trying import models_of, tried
    from wvatui.cli.recordings import (
        must_be_one_namespace,
        must_speak_of,
        open_named,
        say_notices,
    )
    from wvatui.core.fold.fold import fold
    from wvatui.core.state.state import EMPTY

    asked = alternatives(groups)
    given = {} if boot is None else {"boot_s": boot}
    reader = open_named(file, namespace=namespace)
    state = EMPTY
    for batch in reader.batches(PIECE):
        state = fold(state, batch)
    must_speak_of(state, file, namespace)
    must_be_one_namespace(state, file, "whatif")
    models = models_of(state, file, model)
    above = limit_of(limit)
    progress = console.Progress(file, at_once=True)

    def heard(so_far: "Tried") -> bool:
        progress.tell(f"{many(len(so_far.rows), 'row')} computed")
        return True

    try:
        results = [
            tried(state, each, asked, given=given, limit=above, loop=loop, heard=heard)
            for each in models
        ]
    finally:
        progress.clear()
    _print(results, Path(file).name, output)
    say_notices(file, reader.notices, state)


def _print(results: "Sequence[Tried]", name: str, output: str) -> None:
    from wvatui.core.whatif import report

    if output == "json":
        models = [report.json_value(result.trial, result.rows) for result in results]
        console.out_json({"source": name, "models": models})
        return
    if output == "csv":
        rows = [row for result in results for row in report.csv_rows(result.trial, result.rows)]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        console.out_text(text.getvalue())
        return
    console.out(name)
    for result in results:
        remark = [f"  {result.remark}"] if result.remark else []
        console.out("", *report.text(result.trial, result.rows), *remark)
