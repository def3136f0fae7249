"""Charts in a grid, with what happened in a lane of its own above each column of them."""

from collections.abc import Sequence

from wvatui.core.queries.charts.overlaid import OVERLAID
from wvatui.ui.model.layout import Place, columns_for, grid
from wvatui.ui.model.view_model import ViewModel

LEAST = 5
"""Lines that each chart keeps below a lane."""


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
    """The charts `names` (`kv`, or `pod_kv@llama-0`) in about so many columns.

    Above them, once a column: the stages of load where there is any, and a line of changes, marks
    and errors, as far as the charts keep the lines that they need.
    """
    if not names or width < 1 or height < 1:
        return []
    columns = columns_for(len(names), columns, width, height)
    rows = -(-len(names) // columns)
    chart, _, scope = names[0].partition("@")
    # Two runs have no changes in common, and a pod has none of its own.
    lane = 0 if chart in OVERLAID else max(0, min(1 + bool(vm.stages), height - LEAST * rows))
    part = "lane:lane" if not scope or chart.startswith("pod_") else f"lane:lane@{scope}"
    parts = [f"chart:{name}" for name in names]
    return [
        *grid(parts, columns, width, height - lane, x=x, y=y + lane),
        *grid([part] * columns, columns, width, lane, x=x, y=y),
    ]
