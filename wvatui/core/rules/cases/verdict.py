"""The result of a case: ok, failed with what differs, or not modelled with the reason."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from wvatui.core.rules.cases.shapes import known

Shape = TypeVar("Shape")
_CLOSE = 1e-9


class NotModelled(Exception):  # noqa: N818 - an outcome, not a malfunction
    """The case has a kind, version or form that the rules do not cover; the message says which."""


class Difference(NamedTuple):
    """One value in which rule and record differ."""

    what: str
    got: Any
    expected: Any

    def __str__(self) -> str:
        return f"{self.what}: {_text(self.got)}, expected {_text(self.expected)}"


def _text(value: Any) -> str:
    """A value as JSON, so that it can be found in the file."""
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        return repr(value)


def differ(what: str, got: Any, expected: Any) -> list[Difference]:
    """No or one difference between two values; floats are compared up to rounding."""
    return [] if _same(got, expected) else [Difference(what, got, expected)]


def differ_each(wanted: Mapping[str, Any], **got: Any) -> list[Difference]:
    """Differences from the record's values with these names."""
    return [each for name, value in got.items() for each in differ(name, value, wanted[name])]


def _same(got: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return got is expected
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return abs(got - expected) <= _CLOSE * max(1.0, abs(expected))
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        return len(got) == len(expected) and all(map(_same, got, expected))
    return bool(got == expected)


def shaped(data: Any, form: type[Shape], where: str) -> Shape:
    """Part of a case, converted to `form`. Raises NotModelled, naming the place, if it differs."""
    try:
        return msgspec.convert(known(data), form)
    except msgspec.ValidationError as error:
        raise NotModelled(f"{where}: {_plain(str(error))}") from None


def _plain(error: str) -> str:
    """msgspec's message with the place in front: `config: unknown field x`."""
    words, _, place = error.partition(" - at `$.")
    words = words.replace("Object contains unknown field", "unknown field").replace("`", "")
    words = words.replace("Object missing required field", "missing field")
    return f"{place.rstrip('`')}: {words}" if place else words
