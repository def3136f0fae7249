"""The pods: their table, and the heat strip of each over time, beside the table or below it."""

from wvatui.ui.model.layout import Layout, Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import charts
from wvatui.ui.panels.pods import heat, pods
from wvatui.ui.views.charted import charted

BESIDE = 150
"""The width, in cells, from which the heat strip is beside the table, each line with its pod."""
CHART = 9
"""The least height of a chart, in lines."""
ORDER = ("waiting", "running", "kv", "ttft", "itl", "tokens")


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """Table and heat strip; charts get the rest."""
    return _wide(vm, width, height) if width >= BESIDE else _tall(vm, width, height)


def _wide(vm: ViewModel, width: int, height: int) -> list[Place]:
    table = heat.beside_height_for(vm)
    rest = height - table
    if rest < CHART:
        table, rest = height, 0
    left = min(118, width * 54 // 100)
    out = [
        Place("pods", 0, 0, left, table),
        Place("heat_beside", left, 0, width - left, table),
    ]
    return out + _charts(vm, width, rest, table, 3)


def _tall(vm: ViewModel, width: int, height: int) -> list[Place]:
    table, strip = pods.height_for(vm), heat.height_for(vm)
    rest = height - table - strip
    if rest < CHART:
        rest = 0
        # The table is more important than the strip, but both must be there.
        least = max(6, height * 2 // 5)
        table = min(table, height - min(strip, least))
        strip = height - table
    return [
        Place("pods", 0, 0, width, table),
        Place("heat", 0, table, width, strip),
        *_charts(vm, width, rest, table + strip, 2 if width >= 70 else 1),
    ]


def _charts(vm: ViewModel, width: int, height: int, top: int, columns: int) -> list[Place]:
    rows = 2 if height >= 2 * CHART + 2 else 1 if height > 0 else 0
    names = charts.with_source(vm, ORDER)[: rows * columns]
    return charted(vm, names, columns, width, height, y=top)


VIEW = Layout(places, "pods")
