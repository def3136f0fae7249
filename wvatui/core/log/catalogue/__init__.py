"""The catalogue: every message that a WVA controller is known to write, one row each.

To add a message, add a row to one of the files here: `*_facts.py` for messages that carry facts,
`*_plain.py` and `fields_engine.py` for messages that are only recognised. The `*_maps.py` files
and `model_builders.py` turn the values of a message into facts. The prefix of an id names the
origin of the message: `a/` values in the text (v0.0.1 to v0.4.2), `f/` the 2025 fork, `b/`
structured fields (v0.5.0 to HEAD), `rt/` controller-runtime and Go, `klog/` client-go.
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
"""Rows for lines whose values are all inside the message."""

FIELDS = CatalogueTable((*_FIELDS, *_ZAP))
"""Rows for lines with structured fields."""

KLOG = CatalogueTable(_KLOG)
"""Rows for lines written by klog."""

ROWS: tuple[CatalogueRow, ...] = (*_TEXT, *_FIELDS, *_ZAP, *_KLOG)
"""All rows."""

BY_ID: dict[str, CatalogueRow] = {row.id: row for row in ROWS}
