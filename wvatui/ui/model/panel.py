"""What a panel is: a pure function from a view model and a size to lines, with its row of data."""

from collections.abc import Callable
from dataclasses import dataclass

from wvatui.ui.draw.line import Line, clip
from wvatui.ui.draw.symbols import plain
from wvatui.ui.model.view_model import ViewModel

PanelLines = Callable[[ViewModel, int, int], list[Line]]
PanelRows = Callable[[ViewModel], tuple[str, ...]]
Keys = Callable[[ViewModel, int, int], list[str]]
Query = Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One row: `id` is also the widget's id; `reads` are the queries of the core that it asks.

    `follows` says what a change of makes it look again: `state` (the rows of the State, and what
    the viewer chose) or `status` (how the session stands, too).
    """

    id: str
    title: str
    lines: PanelLines
    reads: tuple[Query, ...] = ()
    follows: str = "state"
    rows: PanelRows | None = None
    """Keys of the rows that can be selected, in their order; None: nothing can."""
    keys: Keys | None = None
    """For each line drawn the key of its row ("": none): what a click means."""
    columns: tuple[str, ...] = ()
    """Ids of its columns, where the user may choose and order them."""
    orders: tuple[str, ...] = ()
    """Ids of what it can be sorted by, where that is not its columns."""
    ends: bool = False
    """Its newest row is the last one: selecting begins there."""

    @property
    def sorts(self) -> tuple[str, ...]:
        """Ids of what it can be sorted by."""
        return self.orders or self.columns

    def draw(self, vm: ViewModel, width: int, height: int) -> list[Line]:
        """Its lines, none wider than `width`, and in ASCII where the terminal has only that.

        What a panel draws below `height` lines is not seen: it says itself what it leaves out, for
        example with `sections.cut`.
        """
        drawn = self.lines(vm, width, height)
        if not vm.symbols.unicode:
            drawn = [tuple((plain(text), style) for text, style in line) for line in drawn]
        return [clip(line, width, vm.symbols.ellipsis) for line in drawn]
