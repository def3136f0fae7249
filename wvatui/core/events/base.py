"""What all events have in common; `events` is where they are all found."""

import msgspec

from wvatui.core.ranges import Moment

NO_HISTOGRAM = msgspec.Raw(b"")
"""The page had no such histogram. (msgspec cannot take `Raw | None`.)"""


class Event(msgspec.Struct, frozen=True, tag_field="k", omit_defaults=True, gc=False):
    """Base of all events. `at`: UTC epoch seconds at which wvatui observed it."""

    at: Moment
