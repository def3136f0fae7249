"""Demo: live, on a simulated cluster."""

import sys
from typing import Any

import click

from wvatui.cli.options import CLUSTER, DURATION, RECORD, SCREEN, SIMULATED, opening
from wvatui.cli.params import option, together
from wvatui.host import console


@click.command()
@together(CLUSTER, RECORD, SCREEN, DURATION, SIMULATED)
@option("--list", is_flag=True, help="Print the scenarios and end.")
def demo(seed: int, speed: float, scenario: str, wva: str, autoscaler: str, **flags: Any) -> None:
    """Watch a simulated cluster that starts and ends with it."""
    if flags.pop("list"):
        from wvatui.sim.scenarios import SCENARIOS

        width = max(map(len, SCENARIOS))
        for name, row in SCENARIOS.items():
            console.out(f"{name:<{width}}  {row.title}", f"{'':<{width}}  seen: {row.sight}")
        return
    opening(flags, "wvatui demo", "LIVE", "starting the simulated cluster")
    from wvatui.cli import live

    cluster = live.SimulatedTarget(seed, speed, scenario, wva, autoscaler)
    sys.exit(live.demo(live.WatchRequest(**flags), cluster))
