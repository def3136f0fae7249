"""Load: one load in a recorded session of its own."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import CLUSTER, LOOK, NO_MOUSE, RECORD, option, together
from wvatui.cli.values import Duration, FiniteNumber, argument
from wvatui.config import paths
from wvatui.errors import UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.load.make.order import Option, Order

LAUNCH = together(
    option(
        "--target",
        default="",
        envvar="WVATUI_LOAD_TARGET",
        help="Base URL of the requests; the likeliest service of the namespace by default.",
    ),
    option(
        "--model",
        default="",
        envvar="WVATUI_LOAD_MODEL",
        help="The model's name; the only one that the target serves by default.",
    ),
    option("--prompt-tokens", type=click.IntRange(1), default=None, help="Tokens of a prompt."),
    option("--output-tokens", type=click.IntRange(1), default=None, help="Tokens of an answer."),
    option("--yes", is_flag=True, help="Do not ask before jobs are created."),
    option(
        "--dry-run", is_flag=True, help="Check everything and print the plan, but create nothing."
    ),
    option("--keep-load", is_flag=True, help="Leave the load running when the session ends."),
    option("--headless", is_flag=True, help="Draw nothing; print a line for what happens."),
    LOOK,
    NO_MOUSE,
)
"""Flags of every verb that launches load."""


@click.command()
@argument("name", metavar="PROFILE|FILE", default="")
@together(LAUNCH)
@option(
    "--rate",
    type=FiniteNumber(0, min_open=True),
    default=None,
    help="Requests per second at the peak.",
)
@option(
    "--duration",
    type=Duration(),
    default=None,
    envvar="WVATUI_LOAD_DURATION",
    help="How long the load lasts (such as 30m).",
)
@option(
    "--tail",
    type=Duration(),
    default="60s",
    show_default=True,
    help="How long to keep recording after the load.",
)
@option("--list", is_flag=True, help="Print the profiles and exit.")
@together(CLUSTER, RECORD)
def load(name: str, **flags: Any) -> None:
    """Launch load: a profile, or a manifest of a Job or a Tekton PipelineRun.

    Shows the object after a dry run of the server and asks once; recorded like a session. Whatever
    ends it, what it made is deleted.

    \b
    Exit code 1: the load failed, or was not wanted.
    """
    if flags.pop("list"):
        _print_loads()
        return
    if not name:
        hint = "wvatui load --list tells what there is"
        raise UsageError("which load? a profile or the path of a manifest", hint=hint)
    from wvatui.cli import launching, live
    from wvatui.load.make.order import Order, named

    asked = {key: flags.pop(key) for key in ("yes", "dry_run")}
    tail_s = flags.pop("tail")
    keys = ("rate", "duration", "prompt_tokens", "output_tokens", "target", "model")
    order = [flags.pop(key) for key in keys]

    def choose(options: "Sequence[Option]") -> "Sequence[Order]":
        # The screen's list begins with the load launched last, which has no name to choose it by.
        option = named([each for each in options if each.kind != "recent"], name)
        return [Order(option, *order)]

    watch = live.WatchRequest(**flags)
    asked_for = launching.Asked("a load", **asked, watch=watch)
    sys.exit(launching.launched(asked_for, choose, tail_s=tail_s).code)


def _print_loads() -> None:
    """Print the names of the profiles, the user's own first."""
    from wvatui.load.make.launcher import BUILT_IN
    from wvatui.load.profiles.profiles import OwnManifest, own_profiles

    rows = []
    for own in own_profiles(paths.config_file()):
        title = own.title or str(own.path) if isinstance(own, OwnManifest) else own.title
        rows.append((own.name, "yours", title))
    rows += [(profile.name, profile.kind, profile.title) for profile in BUILT_IN]
    width = max(len(name) for name, _, _ in rows)
    for name, kind, title in rows:
        console.out(f"{name:<{width}}  {kind:<8}  {title}")
