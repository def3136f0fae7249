"""Events without credentials: what every event passes before it is recorded and folded."""

from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from wvatui.core.events import Event, Log
from wvatui.core.redact import HIDDEN, is_secret, redacted_text, redacted_words

_NO_TEXT = frozenset({int, float, bool, type(None), msgspec.Raw})
_E = TypeVar("_E", bound=Event)


def redacted(event: _E, *, logs: bool = False) -> _E:
    """`event` with `***` in place of credentials, in every text that it holds.

    `logs`: also in the raw line of a Log, which otherwise stays as its source wrote it. The same
    object where nothing is hidden.
    """
    raw = type(event) is Log and not logs
    changes = {}
    for name in _fields(type(event)):
        value = getattr(event, name)
        if value and not (raw and name == "line"):
            changed = redacted_value(value)
            if changed is not value:
                changes[name] = changed
    return msgspec.structs.replace(event, **changes) if changes else event


def redacted_value(value: Any) -> Any:
    """A value from JSON or an event without credentials; the same object where it has none.

    Texts in a row are read as the words of a command line. Two texts in a tuple are read as name
    and value, and so are the `name` and `value` of a container's environment variable.
    """
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, dict):
        return _table(value)
    if isinstance(value, tuple | list):
        return _row(value)
    if isinstance(value, msgspec.Struct):
        pairs = {name: getattr(value, name) for name in value.__struct_fields__}
        redacted = {name: redacted_value(item) for name, item in pairs.items()}
        changed = {name: item for name, item in redacted.items() if item is not pairs[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value


def _table(table: dict[Any, Any]) -> dict[Any, Any]:
    is_variable = isinstance(table.get("name"), str) and is_secret(table["name"])
    redacted = {}
    for key, item in table.items():
        name = redacted_text(key) if isinstance(key, str) else key
        named = isinstance(key, str) and (is_secret(key) or (is_variable and key == "value"))
        redacted[name] = (
            HIDDEN if named and item and isinstance(item, str) else redacted_value(item)
        )
    same = len(redacted) == len(table) and all(
        table.get(k, redacted) is v for k, v in redacted.items()
    )
    return table if same else redacted


def _row(row: tuple[Any, ...] | list[Any]) -> tuple[Any, ...] | list[Any]:
    if all(isinstance(item, str) for item in row):
        redacted = redacted_words(row)
        if isinstance(row, tuple) and len(row) == 2 and row[1] and is_secret(row[0]):
            redacted = (redacted[0], HIDDEN)
    else:
        redacted = tuple(map(redacted_value, row))
    if all(new is old for new, old in zip(redacted, row, strict=True)):
        return row
    if redacted == tuple(row):
        return row
    return redacted if isinstance(row, tuple) else list(redacted)


@cache
def _fields(kind: type[Event]) -> tuple[str, ...]:
    """The fields of an event that can hold text."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if _holds_text(field.type))


def _holds_text(hint: Any) -> bool:
    """Whether a value of this type may hold text; an unknown type may."""
    if get_origin(hint) is Annotated:
        return _holds_text(get_args(hint)[0])
    inner = [each for each in get_args(hint) if each is not Ellipsis]
    return any(map(_holds_text, inner)) if inner else hint not in _NO_TEXT
