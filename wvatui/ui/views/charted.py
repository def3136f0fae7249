"""Charts in a grid, with a lane of load stages and changes above each column of charts."""

from collections.abc import Sequence

from wvatui.core.queries.charts.overlaid import OVERLAID
from wvatui.ui.model.layout import Place, columns_for, grid
from wvatui.ui.model.view_model import ViewModel

LEAST = 5
"""The lines that each chart keeps below a lane."""


def charted(
    vm: ViewModel,
    names: Sequence[str],
    columns: int,
    width: int,
    height: int,
    *,
    x: int = 0,
    y: int = 0,
) -> list[Place]:
    """Places of the charts `names` (`kv`, or `pod_kv@llama-0`) in about `columns` columns.

    Above each column is a lane: load stages, if there are any, and changes, marks and errors. It is
    shortened or left out where charts would have fewer than `LEAST` lines.
    """
    if not names or width < 1 or height < 1:
        return []
    columns = columns_for(len(names), columns, width, height)
    rows = -(-len(names) // columns)
    chart, _, scope = names[0].partition("@")
    # Charts of two runs have no lane: each run has its own changes.
    lane = 0 if chart in OVERLAID else max(0, min(1 + bool(vm.stages), height - LEAST * rows))
    part = "lane:lane" if not scope or chart.startswith("pod_") else f"lane:lane@{scope}"
    parts = [f"chart:{name}" for name in names]
    return [
        *grid(parts, columns, width, height - lane, x=x, y=y + lane),
        *grid([part] * columns, columns, width, lane, x=x, y=y),
    ]
