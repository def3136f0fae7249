"""Serve: the screen in a browser."""

import sys
from pathlib import Path
from typing import Any

import click

from wvatui.cli.params import (
    ALL_NAMESPACES,
    CLUSTER,
    DURATION,
    LOOK,
    RECORD,
    SIMULATED,
    all_verbs,
    namespaces,
    of_verbs,
    option,
    together,
)
from wvatui.cli.values import argument

SERVED = together(
    option(
        "--replay",
        type=click.Path(path_type=Path),
        default=None,
        envvar="WVATUI_SERVE_REPLAY",
        help="Show this recording instead of a cluster.",
    ),
    option(
        "--demo",
        is_flag=True,
        envvar="WVATUI_SERVE_DEMO",
        help="Watch a simulated cluster that starts and ends with it.",
    ),
    option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        envvar="WVATUI_SERVE_HOST",
        help="Listen there; anything but this machine is open to everybody who can reach it.",
    ),
    option(
        "--port",
        type=click.IntRange(0, 65535),
        default=9820,
        show_default=True,
        envvar="WVATUI_SERVE_PORT",
        help="Port; 0: any that is free.",
    ),
    option(
        "--max-viewers",
        type=click.IntRange(1, 100),
        default=8,
        show_default=True,
        help="How many may watch at once; each is a process of its own.",
    ),
    option(
        "--allow-actions",
        is_flag=True,
        help="Let viewers write snapshots on this machine; by default they only look.",
    ),
)


@click.command("serve")
@argument("namespace_argument", metavar="[NAMESPACE]", default="")
@together(SERVED, LOOK, ALL_NAMESPACES, CLUSTER, RECORD, DURATION, SIMULATED)
def serve_screen(namespace_argument: str, **flags: Any) -> None:
    """Show the same screen in a browser on this machine.

    A namespace (recorded once, however many look), a recording or the demo; needs `pip install
    'wvatui[serve]'`. Closing the browser ends nothing; ctrl+c here ends everything.
    """
    from wvatui import serving

    own = {name: flags.pop(name) for name in serving.OWN if name in flags}
    everywhere = flags.pop("all_namespaces")
    given = {"namespace": own["namespace"], "all_namespaces": everywhere}
    own["namespace"] = namespaces(namespace_argument, given)
    if own["demo"] and not own["namespace"]:
        from wvatui.sim.objects.objects import NAMESPACE

        own["namespace"] = NAMESPACE
    settled = {flag.variable for verb in of_verbs(all_verbs()).values() for flag in verb.values()}
    sys.exit(serving.serve(serving.Wanted(**own, watching=flags, settled=frozenset(settled))))
