"""Watch: live, one or more namespaces of a cluster."""

import sys
from contextlib import closing
from typing import Any

import click

from wvatui.cli.params import (
    ALL_NAMESPACES,
    CLUSTER,
    DURATION,
    LOAD,
    RECORD,
    SCREEN,
    lines_without_a_screen,
    namespaces,
    opening,
    together,
)
from wvatui.core.state.session_window import called


@click.command()
@click.argument("namespace_argument", metavar="[NAMESPACE]", default="")
@together(ALL_NAMESPACES, CLUSTER, RECORD, SCREEN, LOAD, DURATION)
def watch(namespace_argument: str, **flags: Any) -> None:
    """Watch a namespace live, recorded by default; several as one session: team-a,team-b, or -A."""
    flags["namespace"] = namespaces(namespace_argument, flags)
    lines_without_a_screen(flags)
    opening(flags, called(flags["namespace"]) or "wvatui", "LIVE", "connecting")
    from wvatui.kube.auth import CredentialChild

    # It works while the rest is loaded.
    with closing(CredentialChild(flags["kubeconfig"], flags["context"])) as asked:
        from wvatui.cli import live

        sys.exit(live.watch(live.WatchRequest(**flags), asked))
