"""Load: what is offered, the jobs that offer it, the selected one, and what it measured."""

from wvatui.ui.panels import jobs, results
from wvatui.ui.places import Place, grid
from wvatui.ui.scene import Scene

WIDE = 150
"""From this width on the results stand beside the job."""
CHART = 6
"""Lines that the chart must have."""
MORE = ("kv", "ttft")
"""Charts beside the load where there is room: what it does to the servers."""


def places(scene: Scene, width: int, height: int) -> list[Place]:
    """The chart above, the table, then the job and its results."""
    chart = max(CHART, height // 4) if height >= 17 else min(CHART, height // 3)
    if chart < 5:
        chart = 0
    left = height - chart
    # The selected job needs the most; the table is scrolled.
    table = min(jobs.height_for(scene), max(4, left // 3))
    left -= table
    columns = 1 if width < 110 else 2 if width < WIDE else 3
    names = [f"chart:{name}" for name in ("load", *MORE)[:columns]]
    out = [*grid(names, columns, width, chart), Place("jobs", 0, chart, width, table)]
    top = chart + table
    if width >= WIDE:
        half = width * 45 // 100
        return [
            *out,
            Place("job", 0, top, half, left),
            Place("results", half, top, width - half, left),
        ]
    low = min(max(3, results.height_for(scene)), max(3, left // 2))
    return [
        *out,
        Place("job", 0, top, width, left - low),
        Place("results", 0, top + left - low, width, low),
    ]
