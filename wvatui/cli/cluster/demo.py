"""Demo: live, on a simulated cluster."""

import sys
from importlib import import_module
from typing import Any

import click

from wvatui.cli.params import (
    CLUSTER,
    DURATION,
    RECORD,
    SCREEN,
    SIMULATED,
    lines_without_a_screen,
    opening,
    option,
    together,
)
from wvatui.host import console

WITHOUT_TERMINAL_S = 120.0
"""Wall seconds after which a demo without a screen ends by itself."""


_SESSION = (
    "wvatui.cli.live",
    "wvatui.kube.client",
    "wvatui.kube.stepped",
    "wvatui.sources.wiring",
    "wvatui.ui.app.start",
)


@click.command()
@together(CLUSTER, RECORD, SCREEN, DURATION, SIMULATED)
@option("--list", is_flag=True, help="Print the scenarios and exit.")
def demo(speed: float, **flags: Any) -> None:
    """Watch a simulated cluster that starts and ends with it."""
    if flags.pop("list"):
        _print_scenarios()
        return
    names = ("seed", "scenario", "wva", "autoscaler", "kubernetes", "keda")
    asked = {name: flags.pop(name) for name in names}
    opening(flags, "wvatui demo", "LIVE", "starting the simulated cluster")
    from wvatui.sim.serve import launch

    with launch(speed=speed, meanwhile=_load, **asked) as running:
        if lines_without_a_screen(flags, "" if flags["duration"] else ", for 2 minutes"):
            flags["duration"] = flags["duration"] or WITHOUT_TERMINAL_S * speed
        flags |= {"kubeconfig": str(running.kubeconfig), "context": ""}
        flags["namespace"] = flags["namespace"] or running.namespace
        from wvatui.cli import live

        # The cluster exists only for the demo, so load may be launched in it.
        code = live.watch(live.WatchRequest(**flags, allow_write=True))
    sys.exit(code)


def _load() -> None:
    """Import what the session needs: half of the time until the first picture."""
    for name in _SESSION:
        import_module(name)


def _print_scenarios() -> None:
    from wvatui.sim.scenarios import SCENARIOS

    width = max(map(len, SCENARIOS))
    for name, row in SCENARIOS.items():
        console.out(f"{name:<{width}}  {row.title}", f"{'':<{width}}  seen: {row.sight}")
