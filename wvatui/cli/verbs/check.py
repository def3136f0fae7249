"""Check: why nothing happens in a namespace, or in a recording."""

import sys
from typing import Any

import click

from wvatui.cli.options import CLUSTER, FORM, one_namespace
from wvatui.cli.params import Duration, option, together
from wvatui.errors import UsageError


@click.command()
@click.argument("what", metavar="[NAMESPACE | FILE]", default="")
@FORM
@option(
    "--look",
    type=Duration(),
    default="20s",
    show_default=True,
    help="How long to look; patterns such as a hot pod need a minute.",
)
@option("--at", default="", help="With a recording: this moment alone, such as 12m30s or 50%.")
@together(CLUSTER)
def check(what: str, output: str, look: float, at: str, **flags: Any) -> None:
    """Say why nothing happens: blockers, with evidence and what to do.

    \b
    Looks at a namespace for a moment, changes nothing and records nothing; or reads a recording
    or a controller's log (a name with a dot or a slash in it).
    Exit code 0: nothing found; 1: something was; 3: the cluster cannot be reached.
    """
    from wvatui.cli import check as verb
    from wvatui.cli import live

    if verb.is_file(what):
        sys.exit(verb.recording(what, at, output))
    if at:
        raise UsageError("--at is a moment of a recording: name a file")
    flags["namespace"] = one_namespace(what, flags["namespace"])
    request = live.WatchRequest(**flags, no_record=True, headless=True)
    sys.exit(verb.cluster(request, look, output))
