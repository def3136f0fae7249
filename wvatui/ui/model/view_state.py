"""The viewer's choices: the only state of the screen itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wvatui.analysis.compare.asked import Objective
from wvatui.core.queries.pods.replica_time import PriceList

LOGS = ("log", "loglines")
"""Panels that show lines of the controller's log."""


@dataclass(frozen=True, slots=True)
class Sort:
    """The column by which a table is sorted; an empty one means the table's own order."""

    column: str = ""
    descending: bool = False


OWN_ORDER = Sort()
"""The table's own order."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """The viewer's choices, immutable: an action makes a new ViewState with `but`."""

    view: str = "overview"
    pattern: str = ""
    """Filter of the log: a regular expression, `!` in front inverts it."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Panel → filter of its table, of the same form as `pattern`. See `filter_of`."""
    level: str = ""
    """The only level of log lines shown; empty: all levels."""
    page: int = 0
    """The page of charts, where not all have room; in the load view, its page."""
    selected: Mapping[str, str] = field(default_factory=dict)
    """Panel → key of the selected row."""
    sort: Mapping[str, Sort] = field(default_factory=dict)
    """Panel → sorting of its table."""
    window_s: float = 0.0
    """The time span of the charts, seconds; 0: the session so far, at most an hour."""
    until: float | None = None
    """The right edge of the charts, UTC epoch seconds; None: it follows the session."""
    cursor: float | None = None
    """The moment at which all charts show values, UTC epoch seconds; None: no cursor."""
    pod: str = ""
    """The pod with a line of its own in charts of several pods; empty: the fullest one."""
    variant: str = ""
    """Key of the only variant shown; empty: all."""
    namespace: str = ""
    """The only namespace shown of those watched; empty: all."""
    focus: str = ""
    """The panel in which rows are selected; empty: the view's own table."""
    maximised: str = ""
    """The part that fills the whole body; empty: none."""
    detail: tuple[str, ...] = ()
    """Keys of the rows opened with enter, the newest last."""
    under: tuple[str, tuple[str, ...]] = ("overview", ())
    """The view to return to from health, and the `detail` of that view."""
    clock: str = "utc"
    """One of `ui_settings.CLOCKS`."""
    slo: tuple[Objective, ...] = ()
    """Objectives with which charts, pods and header compare latencies."""
    prices: PriceList = ()
    """Prices of replicas per hour; empty: no cost is shown."""
    quiet: bool = False
    """Whether lists show looks of HPAs and KEDA that changed nothing."""
    heat: str = "kv"
    """The metric of the heat strip: a key of `STRIPS` in `core.queries.charts.heat`."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Panel → ids of its columns, in the order shown; a panel that is missing shows all."""

    def but(self, **changes: Any) -> "ViewState":
        """A copy with `changes` to its fields."""
        return replace(self, **changes)

    def select(self, panel: str, key: str) -> "ViewState":
        """A copy with the row `key` of `panel` selected."""
        return replace(self, selected={**self.selected, panel: key})

    def filter_of(self, panel: str) -> str:
        """The filter of `panel`; all panels of the log share one filter."""
        return self.pattern if panel in LOGS else self.filters.get(panel, "")

    def filtered_by(self, panel: str, pattern: str) -> "ViewState":
        """A copy with `pattern` as the filter of `panel`; empty: no filter."""
        if panel in LOGS:
            return replace(self, pattern=pattern)
        others = {name: text for name, text in self.filters.items() if name != panel}
        return replace(self, filters={**others, panel: pattern} if pattern else others)

    def sorted_by(self, panel: str, sort: Sort) -> "ViewState":
        """A copy with `panel` sorted by `sort`."""
        return replace(self, sort={**self.sort, panel: sort})
