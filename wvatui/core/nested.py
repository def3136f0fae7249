"""Reading nested JSON objects whose shape nobody has checked."""

from collections.abc import Mapping
from typing import Any


def table(value: Any) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def at(value: Any, *path: str) -> Any:
    """The value at `path` in nested objects; None where a part of the path is missing."""
    for name in path:
        value = table(value).get(name)
    return value
