"""Envelopes: what tools put around the lines of a log, one row each.

A row knows nothing about the content of the lines; nested envelopes are removed one by one.
"""

from wvatui.core.log.envelopes.copied_text import COPIED, LOST_TABS
from wvatui.core.log.envelopes.envelope import Envelope
from wvatui.core.log.envelopes.fences import FENCES
from wvatui.core.log.envelopes.json_document import JSON_DOCUMENT, JSON_STRINGS
from wvatui.core.log.envelopes.json_object import OBJECTS, TAIL_OBJECT
from wvatui.core.log.envelopes.line_prefix import LOOSE, PREFIXES, UNKNOWN_PREFIX
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
    JSON_STRINGS,
    TABLE_FILE,
    *LOOSE,
    *COPIED,
    LOST_TABS,
    TAIL_OBJECT,
    UNKNOWN_PREFIX,
)
"""Every envelope there is. Of two that fit equally well the first is taken."""
