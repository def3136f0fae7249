"""Load: one load in a recorded session of its own."""

import sys
from typing import Any

import click

from wvatui.cli.options import CLUSTER, LOOK, RECORD
from wvatui.cli.params import Duration, option, together
from wvatui.errors import UsageError

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
    option("--yes", is_flag=True, help="Do not ask before jobs are made."),
    option("--dry-run", is_flag=True, help="Check everything, print the plan, and make nothing."),
    option("--keep-load", is_flag=True, help="Leave the load running when the session ends."),
    option("--headless", is_flag=True, help="Draw nothing; print a line for what happens."),
    LOOK,
)
"""Flags of every verb that launches load by itself."""


@click.command()
@click.argument("name", metavar="PROFILE|FILE", default="")
@together(LAUNCH)
@option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=None,
    help="Requests per second at the highest.",
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
    help="How long to go on recording after the load.",
)
@option("--list", is_flag=True, help="Print the profiles and end.")
@together(CLUSTER, RECORD)
def load(name: str, **flags: Any) -> None:
    """Launch load: a profile, or a manifest of a Job or a Tekton PipelineRun.

    Shows the object after a dry run of the server and asks once; recorded like a session. Whatever
    ends it, what it made is deleted.

    \b
    Exit code 1: the load failed, or was not wanted.
    """
    from wvatui.cli import creating, live, loading

    if flags.pop("list"):
        loading.print_loads()
        return
    if not name:
        raise UsageError("which load? a profile or the path of a manifest", hint="see: --list")
    asked = {key: flags.pop(key) for key in ("yes", "dry_run")}
    names = ("target", "model", "rate", "prompt_tokens", "output_tokens")
    order = {key: flags.pop(key) for key in names} | {
        "duration_s": flags.pop("duration"),
        "tail_s": flags.pop("tail"),
    }
    watch = live.WatchRequest(**flags)
    sys.exit(loading.load(creating.Asked("a load", **asked, watch=watch), name, **order))
