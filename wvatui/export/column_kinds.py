"""The kind of value in each column of the tables, by name: the same in every run, even where a
column is empty."""

from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from wvatui.core.events import Scrape
from wvatui.core.metrics.metrics_table import METRICS
from wvatui.export.table import names

ColumnKind = Literal["time", "text", "whole", "number", "flag"]
"""time: UTC; whole: a count; number: a measurement; flag: true or false."""

_TIMES = frozenset(names("time until since held_until started_at"))
_FLAGS = frozenset(names("saturated scale_up scale_down_safe is_open"))
_WHOLE = frozenset(
    names(
        "target desired spec ready serving current wanted before after running waiting "
        "repeats replicas non_saturated took_ms ready_pods lacking ok failed pods server_pods "
        "stages cycle repetition replicas_max changes_up changes_down waiting_max gaps marks "
        "prompt_tokens generation_tokens"
    )
)
_NUMBERS = frozenset(
    names(
        "spare_kv spare_queue supply demand utilization required spare queue saturation kv "
        "pods_waiting cost replicas_avg replica_seconds"
    )
)
_NUMBER_ENDS = ("_s", "_ms", "_ratio", "_mean", "_peak", "_min", "_max")
_OF_A_TABLE: dict[tuple[str, str], ColumnKind] = {
    ("gateway", "running"): "number",
    ("load", "target"): "text",
    ("stages", "waiting_max"): "number",
    ("stages", "replicas_max"): "number",
    ("snapshot", "saturated"): "whole",
}
"""Columns whose kind in one table differs from that in the others."""


def kind_of(table: str, column: str) -> ColumnKind:
    """The kind of a table's column."""
    own = _OF_A_TABLE.get((table, column))
    if own is None and table == "scrapes":
        own = _of_a_metric(column)
    if own is not None:
        return own
    if column in _WHOLE:
        return "whole"
    if column in _TIMES:
        return "time"
    if column in _FLAGS:
        return "flag"
    if column in _NUMBERS or column.endswith(_NUMBER_ENDS):
        return "number"
    return "text"


def _of_a_metric(column: str) -> ColumnKind | None:
    """The kind of a column made from the table of metrics; None: it is another column."""
    for metric in METRICS:
        if column == f"{metric.id}_count":
            return "whole"
        if column in (metric.id, f"{metric.id}_ratio", f"{metric.id}_sum"):
            return "whole" if metric.kind != "histogram" and _is_whole(metric.id) else "number"
    return None


def _is_whole(metric: str) -> bool:
    """Whether a scrape stores a metric as a whole number."""
    hint = next(each.type for each in msgspec.structs.fields(Scrape) if each.name == metric)
    return float not in _types(hint)


def _types(hint: Any) -> set[Any]:
    if get_origin(hint) is Annotated:
        return _types(get_args(hint)[0])
    inner = get_args(hint)
    return set().union(*map(_types, inner)) if inner else {hint}
