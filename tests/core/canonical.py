"""The content of a State as bytes: the same content gives the same bytes, however it was folded.

Tests compare a replay with the live session by it; nothing is stored in this form.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from wvatui.core.memo import Memo
from wvatui.core.state.history import History, Minute
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import State


def canonical(state: State) -> bytes:
    """All of `state` as JSON with sorted keys."""
    return msgspec.json.encode(plain(state), order="sorted")


def plain(value: Any) -> Any:
    """`value` as dicts, lists and scalars; mapping keys become text."""
    if isinstance(value, Ring):
        return {"total": value.total, "items": [plain(item) for item in value]}
    if isinstance(value, History):
        return {"old": plain(value.old), "rows": [plain(row) for row in value]}
    if isinstance(value, Minute):
        return {"at": value.at, "count": value.count} | value.values
    if isinstance(value, Memo):
        return {}
    if isinstance(value, msgspec.Raw):
        return bytes(value).decode("ascii", "replace")
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and value != value:
        return "NaN"
    if value is None or isinstance(value, bool | int | float):
        return value
    slots = [name for name in getattr(type(value), "__slots__", ()) if hasattr(value, name)]
    names = slots or sorted(vars(value))
    return {name: plain(getattr(value, name)) for name in names}


def _key(key: Any) -> str:
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
