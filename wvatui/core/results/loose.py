"""Reading JSON of which no field can be relied on: what is not as expected is missing."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from wvatui.core.results.shape import NOTHING, Spread


def decode(content: str | bytes) -> Any:
    """JSON as Python's own writers write it, NaN and infinity included.

    Raises ValueError, in words.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # NaN and infinity: only the slower reader below takes them, or says what is wrong
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not whole JSON: {error}") from None


def table(value: Any) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> Sequence[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: Any) -> str:
    """`value` if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """`value` if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def count(value: Any) -> int | None:
    """`value` as a whole number that is not negative."""
    found = number(value)
    return int(found) if found is not None and found >= 0 else None


def at(value: Any, *path: str) -> Any:
    """What stands at `path` in nested objects; None where a part of it is missing."""
    for name in path:
        value = table(value).get(name)
    return value


def spread(values: Mapping[str, float | None], factor: float = 1.0) -> Spread:
    """A spread of those of `values` that are known, each times `factor`."""
    known = {name: value * factor for name, value in values.items() if value is not None}
    return Spread(**known) if known else NOTHING
