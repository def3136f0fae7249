"""Reads fields of API objects, any of which may be absent or of a wrong type."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from wvatui.core.events import Condition
from wvatui.core.kube_object import ReadObject
from wvatui.core.lines import rfc3339
from wvatui.core.nested import at as at
from wvatui.core.ranges import INT32_LIMIT
from wvatui.core.rules.quantities import quantity as quantity

T = TypeVar("T")


def shaped(obj: Any, kind: type[T], *path: str) -> T | None:
    """A part of the object as `kind`, ignoring fields that `kind` does not have; None where the
    part is absent or of another shape."""
    part = at(obj, *path)
    if part is None:
        return None
    try:
        return msgspec.convert(part, kind)
    except msgspec.ValidationError:
        return None


def text(obj: Any, *path: str) -> str:
    """A string; empty when it is absent or of another type."""
    found = at(obj, *path)
    return found if isinstance(found, str) else ""


def whole(obj: Any, *path: str, low: int = 0) -> int | None:
    """A whole number from `low` to the API's int32 limit; None when it is absent or of another
    type."""
    found = at(obj, *path)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found:
        return None
    return int(found) if low <= found <= INT32_LIMIT else None


def table(obj: Any, *path: str) -> ReadObject:
    """A mapping; empty when it is absent or of another type."""
    found = at(obj, *path)
    return found if isinstance(found, Mapping) else {}


def strings(obj: Any, *path: str) -> dict[str, str]:
    """A mapping of strings to strings, such as labels."""
    return {str(k): v for k, v in table(obj, *path).items() if isinstance(v, str)}


def items(obj: Any, *path: str) -> Iterator[ReadObject]:
    """The mappings in a list."""
    found = at(obj, *path)
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, Mapping))


def moment(obj: Any, *path: str) -> float | None:
    """A time, UTC epoch seconds; None when it is absent or not a time."""
    found = text(obj, *path)
    return rfc3339(found) if found else None


def name_of(obj: Any) -> tuple[str, str]:
    """(namespace, name)."""
    return text(obj, "metadata", "namespace"), text(obj, "metadata", "name")


def scaling(obj: ReadObject) -> dict[str, Any]:
    """The fields of events that are alike for all objects that scale a target."""
    namespace, name = name_of(obj)
    target = table(obj, "spec", "scaleTargetRef")
    return {
        "name": name,
        "namespace": namespace,
        "target_kind": text(target, "kind") or "Deployment",
        "target_name": text(target, "name"),
        "target_api": text(target, "apiVersion"),
        "created_at": moment(obj, "metadata", "creationTimestamp"),
    }


def conditions(obj: Any) -> tuple[Condition, ...]:
    """`status.conditions`, in their order."""
    return tuple(
        Condition(
            type=text(item, "type"),
            status=text(item, "status"),
            reason=text(item, "reason"),
            message=text(item, "message")[:400],
            since=moment(item, "lastTransitionTime"),
        )
        for item in items(obj, "status", "conditions")
    )
