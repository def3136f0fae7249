"""The catalogue: every message that a WVA controller is known to write, one row each.

Adding a message is one row in one of the files here: `plain` tables hold messages that are only
recognised, `*_facts` tables those that carry facts. Ids begin with where the row belongs:
`a/` values in the text (v0.0.1 to v0.4.2), `f/` the 2025 fork, `b/` structured fields (v0.5.0 to
HEAD), `rt/` controller-runtime, `klog/` client-go.
"""

from wvatui.core.log.catalogue import (
    fields_engine,
    fields_facts,
    fields_plain,
    fork,
    runtime,
    text_facts,
    text_plain,
)
from wvatui.core.log.row import CatalogueRow, CatalogueTable, named

_TEXT = named((*text_facts.ROWS, *fork.ROWS, *text_plain.ROWS))
_FIELDS = named(
    (
        *fields_facts.ROWS,
        *fields_engine.ROWS,
        *fields_plain.ROWS,
    )
)
_ZAP = named(runtime.ZAP)
_KLOG = named(runtime.KLOG)

TEXT = CatalogueTable((*_TEXT, *_ZAP))
"""For lines whose values are all inside the message."""

FIELDS = CatalogueTable((*_FIELDS, *_ZAP))
"""For lines with structured fields."""

KLOG = CatalogueTable(_KLOG)
"""For lines of klog."""

ROWS: tuple[CatalogueRow, ...] = (*_TEXT, *_FIELDS, *_ZAP, *_KLOG)
"""All rows."""

BY_ID: dict[str, CatalogueRow] = {row.id: row for row in ROWS}
