"""Load: the offered load, the load jobs, the selected job, and its results.

It has two pages, turned with `c`: the jobs, and the stages with what the servers did in each.
"""

from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.load import jobs, results, stages
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

WIDE = 150
"""The width, in cells, from which the results are beside the job."""
ROOMY = 26
"""The height, in lines, from which the stages are below the job."""
CHART = 6
"""The least height of the chart, in lines."""
MORE = ("kv", "ttft")
"""Charts beside the load where there is room: its effect on the servers."""
OTHERS = ("itl_fit", "itl")
"""Charts beside the load on the page of the stages: how latency grows with the load."""
COUNT = 1 + len(MORE) + len(OTHERS)


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The places of the page that is shown."""
    page = _stages if vm.all_jobs else _jobs
    return page(vm, width, height)


def _charts(vm: ViewModel, more: tuple[str, ...], width: int, height: int) -> list[Place]:
    """The chart of the load, and beside it as many of `more` as fit."""
    columns = 1 if width < 110 else 2 if width < WIDE else 3
    names = charts.known(vm, ("load", *more))
    return charted(vm, names[:columns], columns, width, height)


def _jobs(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The page of the jobs: charts, table, the selected job, its stages and its results."""
    chart = max(CHART, height // 4) if height >= 17 else min(CHART, height // 3)
    if chart < 5:
        chart = 0
    left = height - chart
    # The selected job needs most of the room; the table can be scrolled.
    table = min(jobs.TABLE.height_for(vm), max(4, left // 3))
    left -= table
    out = [*_charts(vm, MORE, width, chart), Place("jobs", 0, chart, width, table)]
    top = chart + table
    steps = min(stages.height_for(vm), left // 3) if height >= ROOMY else 0
    if steps:
        out.append(Place("stages", 0, height - steps, width, steps))
        left -= steps
    if width >= WIDE:
        half = width * 45 // 100
        return [
            *out,
            Place("job", 0, top, half, left),
            Place("results", half, top, width - half, left),
        ]
    low = min(max(3, results.height_for(vm)), max(3, left // 2))
    return [
        *out,
        Place("job", 0, top, width, left - low),
        Place("results", 0, top + left - low, width, low),
    ]


def _stages(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The page of the stages: charts, the table of stages, the results of the selected job."""
    low = min(max(3, results.height_for(vm)), max(3, height // 4))
    table = min(stages.height_for(vm), max(3, (height - low) // 2))
    chart = height - low - table
    beside = _charts(vm, OTHERS, width, chart)
    if width < 110 and chart >= 4 * CHART:
        names = charts.known(vm, ("load", "itl_fit"))
        beside = charted(vm, names, 1, width, chart)
    return [
        *beside,
        Place("stages", 0, chart, width, table),
        Place("results", 0, chart + table, width, low),
    ]


VIEW = Layout(places, "jobs", charts=lambda _: COUNT)
