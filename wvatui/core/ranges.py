"""What a number may be where it enters: in a line of a recording, of a log, on a metrics page.

They are the limits of what is described, wide enough for all that was ever seen: whoever reads an
event or a fact can reckon with it. A type of here in a field is all that its checking needs.
"""

from typing import Annotated

import msgspec

from wvatui.core.lines import MOMENT_LIMIT

INT32_LIMIT = 2**31 - 1
"""Counts of the Kubernetes API are int32."""
COUNT_LIMIT = 2**53
"""Above it a float does not count in ones any more."""
AMOUNT_LIMIT = 2.0**63
"""Of any measured amount (tokens, bytes, milliseconds, cost): that of the API's quantities."""

Moment = Annotated[float, msgspec.Meta(ge=0.0, lt=MOMENT_LIMIT)]
"""UTC epoch seconds, 1970 to 2099."""
Small = Annotated[int, msgspec.Meta(ge=0, le=INT32_LIMIT)]
"""A count as the Kubernetes API has it: replicas, restarts, ports, whole seconds."""
Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_LIMIT)]
"""How many, as a counter has it: requests, tokens, bytes, milliseconds."""
Amount = Annotated[float, msgspec.Meta(ge=-AMOUNT_LIMIT, le=AMOUNT_LIMIT)]
"""Any measured number."""
