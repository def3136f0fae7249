"""A layout in which every widget lies where it was put, and nothing is worked out twice."""

from textual.geometry import NULL_SPACING, Offset, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget


class Placed(Layout):
    """Widgets by their regions; one without a region is not there."""

    name = "placed"

    def __init__(self) -> None:
        self.regions: dict[Widget, Region] = {}

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        parent.pre_layout(self)
        nowhere = Region(0, 0, 0, 0)
        return [
            WidgetPlacement(self.regions.get(child, nowhere), Offset(0, 0), NULL_SPACING, child)
            for child in children
        ]
