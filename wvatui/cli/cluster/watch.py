"""Watch: live, a namespace of a cluster."""

import sys
from contextlib import closing
from typing import Any

import click

from wvatui.cli.params import (
    CLUSTER,
    DURATION,
    LOAD,
    RECORD,
    SCREEN,
    one_namespace,
    opening,
    together,
)


@click.command()
@click.argument("namespace_argument", metavar="[NAMESPACE]", default="")
@together(CLUSTER, RECORD, SCREEN, LOAD, DURATION)
def watch(namespace_argument: str, **flags: Any) -> None:
    """Watch a namespace live, recorded by default."""
    flags["namespace"] = one_namespace(namespace_argument, flags["namespace"])
    opening(flags, flags["namespace"] or "wvatui", "LIVE", "connecting")
    from wvatui.kube.auth import CredentialChild

    # It works while the rest is loaded.
    with closing(CredentialChild(flags["kubeconfig"], flags["context"])) as asked:
        from wvatui.cli import live

        sys.exit(live.watch(live.WatchRequest(**flags), asked))
