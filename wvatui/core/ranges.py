"""Ranges of the numbers that enter from recordings, logs and metrics pages.

They are wide enough for every real value, and narrow enough that whoever reads an event or a fact
can calculate with it. A field is checked by having one of these types; nothing else is needed.
"""

from typing import Annotated

import msgspec

from wvatui.core.lines import MOMENT_LIMIT

INT32_LIMIT = 2**31 - 1
"""Counts of the Kubernetes API are int32."""
COUNT_LIMIT = 2**53
"""Above it a float cannot represent every whole number."""
AMOUNT_LIMIT = 2.0**63
"""For any measured amount (tokens, bytes, milliseconds, cost): the limit of API quantities."""

Moment = Annotated[float, msgspec.Meta(ge=0.0, lt=MOMENT_LIMIT)]
"""UTC epoch seconds, 1970 to 2099."""
Small = Annotated[int, msgspec.Meta(ge=0, le=INT32_LIMIT)]
"""A count of the Kubernetes API: replicas, restarts, ports, whole seconds."""
Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_LIMIT)]
"""The count of a counter: requests, tokens, bytes, milliseconds."""
Amount = Annotated[float, msgspec.Meta(ge=-AMOUNT_LIMIT, le=AMOUNT_LIMIT)]
"""Any measured number."""
