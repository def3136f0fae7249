"""Dialects of the controller's log: one file each, tried in the order of `FORMATS`."""

from wvatui.core.log.dialects import console, cycle_log, json_fields, json_text, klog, stack
from wvatui.core.log.dialects.shape import Format

FORMATS: tuple[Format, ...] = (
    json_text.FORMAT,
    cycle_log.FORMAT,
    json_fields.FORMAT,
    console.FORMAT,
    klog.FORMAT,
    stack.FORMAT,
)
"""Every dialect there is; `Line.dialect` is one of their names, or `none`."""

FOREIGN = frozenset(row.name for row in FORMATS if row.foreign)
"""Dialects that only accompany another one and never are a log's main dialect."""
YEARLESS = frozenset(start for row in FORMATS if row.yearless for start in row.starts)
"""First characters of lines whose time may lack the year."""
