"""Fields of a manifest that the API has: any other one is refused, as kubectl asks for."""

from collections.abc import Iterator, Mapping
from typing import Any

from wvatui.core.nested import at

REFERENCE = frozenset(("apiVersion", "kind", "name"))
"""Fields of a reference to an object of the same namespace."""
FieldsOf = Mapping[tuple[str, ...], frozenset[str]]
"""By path in the spec: the fields that there are. `*` is each item of a list."""
WrongField = tuple[tuple[str | int, ...], str]
"""The field that is wrong, and why."""


def unknown_fields(obj: Mapping[str, Any], fields: FieldsOf) -> Iterator[WrongField]:
    """Fields that the API does not have, in the order of `fields`."""
    for inner, known in fields.items():
        path = ("spec", *inner)
        for where, table in _tables(obj, path):
            for name in table:
                if name not in known:
                    place = ".".join(part for part in path if part != "*")
                    has = ", ".join(sorted(known))
                    yield (*where, name), f"{place} has no field {name!r}: it has {has}"


def no_numbers(obj: Mapping[str, Any], fields: FieldsOf) -> Iterator[WrongField]:
    """Counts, seconds and percentages that are written as anything but a whole number."""
    for inner, names in fields.items():
        for where, table in _tables(obj, ("spec", *inner)):
            for name, value in table.items():
                is_whole = isinstance(value, int) and not isinstance(value, bool)
                if name in names and value is not None and not is_whole:
                    yield (*where, name), f"{name} must be a whole number, not {value!r}"


def _tables(
    value: Any, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    if not path:
        if isinstance(value, Mapping):
            yield (), value
        return
    first, *rest = path
    if first != "*":
        for where, table in _tables(at(value, first), tuple(rest)):
            yield (first, *where), table
    elif isinstance(value, list):
        for place, item in enumerate(value):
            for where, table in _tables(item, tuple(rest)):
                yield (place, *where), table
