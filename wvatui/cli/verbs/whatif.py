"""Whatif: a recording under other rules, thresholds, autoscalers or a fixed number of replicas."""

from typing import Any

import click

from wvatui.analysis.whatif.groups import FlagGroup, taken
from wvatui.cli.params import Duration, option


class Asking(click.Command):
    """Takes the flags of alternatives out of the command line, in their groups, before the rest
    is read; those of the environment and the configuration file are one group of their own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest, ctx.meta["groups"] = taken(args)
        return super().parse_args(ctx, rest)

    @staticmethod
    def groups(ctx: click.Context, flags: dict[str, Any]) -> list[FlagGroup]:
        """The groups asked for; takes their flags out of `flags`."""
        flags.pop("or", None)
        settled = FlagGroup({name: list(flags.pop(name) or ()) for name in FlagGroup().values})
        asked: list[FlagGroup] = ctx.meta["groups"]
        return asked or ([] if settled.empty else [settled])


@click.command(cls=Asking)
@click.argument("file", metavar="FILE")
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
    help="So many replicas, always.",
)
@option(
    "--or",
    is_flag=True,
    envvar="WVATUI_WHATIF_OR",
    help="What follows belongs to further alternatives.",
)
@option(
    "--limit",
    default="",
    metavar="NAME=VALUE",
    envvar="WVATUI_WHATIF_LIMIT",
    help="Tell the share of time above it: kv=0.7, waiting=3, running=100, utilization=0.85.",
)
@option(
    "--boot",
    type=Duration(),
    default=None,
    envvar="WVATUI_WHATIF_BOOT",
    help="How long a new replica takes to serve; measured by default.",
)
@option("--model", default="", envvar="WVATUI_WHATIF_MODEL", help="Only this model, of several.")
@option(
    "--loop",
    type=click.Choice(["auto", "open", "closed", "both"]),
    default="auto",
    show_default=True,
    envvar="WVATUI_WHATIF_LOOP",
    help="Open: share the recorded load. Closed: let the calibrated simulator answer it. "
    "Auto: both where that takes about a second.",
)
@option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Form of the answer.",
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
    from wvatui.cli import alternatives

    alternatives.print_table(file, Asking.groups(ctx, flags), **flags)
