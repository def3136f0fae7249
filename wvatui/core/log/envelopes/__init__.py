"""Envelopes: what tools put around the lines of a log, one row each.

A row knows nothing of what stands in its lines; envelopes in envelopes are peeled one by one.
"""

from wvatui.core.log.envelopes.envelope import Envelope
from wvatui.core.log.envelopes.fences import FENCES
from wvatui.core.log.envelopes.json_document import JSON_DOCUMENT
from wvatui.core.log.envelopes.json_object import OBJECTS
from wvatui.core.log.envelopes.line_prefix import LOOSE, PREFIXES, UNKNOWN_PREFIX
from wvatui.core.log.envelopes.lost_tabs import LOST_TABS
from wvatui.core.log.envelopes.runtime_file import RUNTIME_FILE
from wvatui.core.log.envelopes.table_file import TABLE_FILE
from wvatui.core.log.envelopes.terminal_wrap import TERMINAL_WRAP

ENVELOPES: tuple[Envelope, ...] = (
    FENCES,
    RUNTIME_FILE,
    *PREFIXES,
    *OBJECTS,
    TERMINAL_WRAP,
    JSON_DOCUMENT,
    TABLE_FILE,
    *LOOSE,
    LOST_TABS,
    UNKNOWN_PREFIX,
)
"""Every envelope there is. Of two that fit equally well the first is taken."""
