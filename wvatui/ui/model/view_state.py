"""What the viewer chose: the only thing that the screen remembers by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wvatui.analysis.compare.asked import Objective
from wvatui.core.queries.pods.replica_time import PriceList

LOGS = ("log", "loglines")
"""Panels that show lines of the controller's log."""


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column a table is sorted; an empty one is the table's own order."""

    column: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ViewState:
    """Immutable: an action makes a new one with `but`."""

    view: str = "overview"
    pattern: str = ""
    """Filter of the log: a regular expression, `!` in front inverts it."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """The same of tables, by panel: what the text of a row must match. See `filter_of`."""
    level: str = ""
    """Only log lines of this level."""
    page: int = 0
    """Which charts are shown where not all have room; of load, which of its pages."""
    selected: Mapping[str, str] = field(default_factory=dict)
    """Key of the selected row, by panel."""
    sort: Mapping[str, Sort] = field(default_factory=dict)
    """By panel."""
    window_s: float = 0.0
    """What the charts span, seconds; 0: the session so far, at most an hour."""
    until: float | None = None
    """Right edge of the charts when it was moved, UTC epoch seconds; None: it follows."""
    cursor: float | None = None
    """The moment that is read in every chart, UTC epoch seconds."""
    pod: str = ""
    """The pod that has a line of its own in charts of several; empty: the fullest one."""
    variant: str = ""
    """Key of the only variant shown; empty: all."""
    namespace: str = ""
    """The only one shown of the namespaces that are watched; empty: all."""
    focus: str = ""
    """The panel in which rows are selected; empty: the view's own table."""
    maximised: str = ""
    """The part that has the room of all."""
    detail: tuple[str, ...] = ()
    """What was opened with enter, the newest last: keys of rows."""
    under: tuple[str, tuple[str, ...]] = ("overview", ())
    """What health lies over: a view, and what was opened there."""
    clock: str = "utc"
    """One of `ui_settings.CLOCKS`."""
    slo: tuple[Objective, ...] = ()
    """Objectives that charts, pods and header are held against."""
    prices: PriceList = ()
    """What replicas cost an hour; empty: no cost is shown."""
    quiet: bool = False
    """Whether lists show looks of HPAs and KEDA that changed nothing."""
    heat: str = "kv"
    """What the heat strip shows: one of `core.heat.STRIPS`."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the columns of a table, in the order shown; a table that is not in it has all."""

    def but(self, **changes: Any) -> "ViewState":
        """The same but for `changes`."""
        return replace(self, **changes)

    def select(self, panel: str, key: str) -> "ViewState":
        """With the row `key` of `panel` selected."""
        return replace(self, selected={**self.selected, panel: key})

    def filter_of(self, panel: str) -> str:
        """What the rows of `panel` must match; the log has one filter, wherever it is shown."""
        return self.pattern if panel in LOGS else self.filters.get(panel, "")

    def filtered_by(self, panel: str, pattern: str) -> "ViewState":
        """With only the rows of `panel` that `pattern` lets through; empty: with all."""
        if panel in LOGS:
            return replace(self, pattern=pattern)
        others = {name: text for name, text in self.filters.items() if name != panel}
        return replace(self, filters={**others, panel: pattern} if pattern else others)

    def sorted_by(self, panel: str, sort: Sort) -> "ViewState":
        """With `panel` sorted so."""
        return replace(self, sort={**self.sort, panel: sort})
