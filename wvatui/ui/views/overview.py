"""The overview: variants and their replicas, the charts, decisions and the log."""

from wvatui.core.queries.load import experiment_rows
from wvatui.ui.model import layout
from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels import panel
from wvatui.ui.panels.overview import charts
from wvatui.ui.views.charted import charted

CHART = 9
"""The lines of a chart with its lane, where there are charts alone."""


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The variant table, as many charts as fit, and below them decisions and log.

    A part that has no source (no log, no decisions) leaves its room to the others.
    """
    plan = vm.plan
    if plan is None:
        return []
    table = min(plan.table, height)
    out = [Place("variants", 0, 0, width, table)]
    if not vm.answer(panel("decisions").source, vm.all_known):
        return out + _charts_alone(vm, width, height, table)
    pages = charts.pages(plan.charts, charts.order(vm))
    names = pages[vm.view_state.page % len(pages)]
    tall = plan.chart_rows * plan.chart_height
    out += charted(vm, names, plan.chart_columns, width, tall, y=table)
    top = table + tall
    if not vm.answer(panel("log").source, vm.all_known):
        return [*out, Place("decisions", 0, top, width, height - top)]
    left = width * 46 // 100 if plan.side_by_side else width
    out.append(Place("decisions", 0, top, left, plan.decisions))
    if plan.side_by_side:
        out.append(Place("log", left, top, width - left, plan.log))
    else:
        out.append(Place("log", 0, top + plan.decisions, width, plan.log))
    return out


def _charts_alone(vm: ViewModel, width: int, height: int, top: int) -> list[Place]:
    """As many charts as fit below the table, for sessions without decisions."""
    columns = 1 if width < 70 else 3 if width >= 180 else 2
    rows = max(1, (height - top) // CHART)
    pages = charts.pages(rows * columns, charts.order(vm))
    names = pages[vm.view_state.page % len(pages)]
    return charted(vm, names, columns, width, height - top, y=top)


def wishes(vm: ViewModel, width: int, height: int, *, banner: int, footer: int) -> layout.Wishes:
    """The lines that each part would take if there were room."""
    from wvatui.ui.panels.health import health
    from wvatui.ui.panels.overview import variants

    # The height of the table costs a look at every pod, so it is computed only where it is shown.
    shown = vm.view_state.view == "overview" and not vm.view_state.detail
    return layout.Wishes(
        banner=banner,
        scrubber=1 if vm.capabilities.can_go_back else 0,
        experiment=0 if vm.ask(experiment_rows.experiment) is None else 1,
        health=health.height_for(vm, width),
        table=variants.height_for(vm, width) if shown else 3,
        table_small=variants.small_height_for(vm, width) if shown else 3,
        footer=footer,
    )


VIEW = Layout(places, "variants", charts=charts.count)
