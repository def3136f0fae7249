"""Watch: live, one or more namespaces of a cluster."""

import sys
from typing import Any

import click

from wvatui.cli.comparing import COST, SLO
from wvatui.cli.outside import ENDPOINTS, credentials, outside
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
from wvatui.cli.values import argument
from wvatui.core.state.session_window import called


@click.command()
@argument("namespace_argument", metavar="[NAMESPACE]", default="")
@together(ENDPOINTS, ALL_NAMESPACES, CLUSTER, RECORD, SCREEN, SLO, COST, LOAD, DURATION)
def watch(namespace_argument: str, **flags: Any) -> None:
    """Watch a namespace live, recorded by default; several as one session: team-a,team-b, or -A.

    Without a cluster: --endpoint http://gpu-box:8000 watches a vLLM or SGLang engine anywhere.
    """
    from wvatui.analysis.compare.asked import objectives, price_list

    flags["slo"] = objectives(flags["slo"])
    flags["prices"] = price_list(flags.pop("cost"))
    engines = outside(flags, namespace_argument)
    flags["namespace"] = namespaces(namespace_argument, flags)
    lines_without_a_screen(flags)
    where = engines.words if engines is not None else called(flags["namespace"])
    opening(flags, where or "wvatui", "LIVE", "connecting")
    with credentials(flags, engines) as asked:
        from wvatui.cli import live

        sys.exit(live.watch(live.WatchRequest(**flags, outside=engines), asked))
