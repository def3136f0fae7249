"""Reads values from log text and log fields; what cannot be read is missing (None)."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from wvatui.core.lines import MOMENT_LIMIT
from wvatui.core.lines import number as number
from wvatui.core.log.facts import Action

_ACTIONS: dict[str, Action] = {
    "scaleup": "scale-up",
    "scaledown": "scale-down",
    "nochange": "no-change",
    "none": "no-change",
    "noop": "no-change",
    "hold": "no-change",
    "steady": "no-change",
}
_DIRECT: dict[str, Action] = {
    "no-change": "no-change",
    "scale-up": "scale-up",
    "scale-down": "scale-down",
}


def integer(text: str) -> int | None:
    """A whole number of at most 18 digits."""
    if len(text) > 19:
        return None
    try:
        return int(text)
    except ValueError:
        return None


def truth(text: str) -> bool | None:
    """Go's %v and %t of a bool."""
    return True if text == "true" else False if text == "false" else None


def since_1970(value: float) -> float | None:
    """UTC epoch seconds from zap's `epoch`, `millis` or `nano` encoding, which the number's size
    distinguishes; None outside 1970 to 2099."""
    if not 0 < value < 1e20:
        return None
    at = float(value) if value < 1e11 else value / 1e3 if value < 1e14 else value / 1e9
    return at if at < MOMENT_LIMIT else None


def epoch(text: str) -> float | None:
    """Epoch seconds in digits, as a console writes them: `1.7822990061e+09`."""
    value = number(text) if text[:1].isdigit() else None
    return None if value is None else since_1970(value)


def action(text: str) -> Action | None:
    """`scale-up`, `ScaleUp`, `SCALE_UP` … in one spelling; None for any other text."""
    known = _DIRECT.get(text)
    if known is not None:
        return known
    return _ACTIONS.get(text.lower().replace("-", "").replace("_", "").replace(" ", ""))


def step(current: int | None, target: int | None) -> Action | None:
    """The action between two replica counts, for a line that states no action; None: not known."""
    if current is None or target is None:
        return None
    if target > current:
        return "scale-up"
    return "scale-down" if target < current else "no-change"


def split_name(text: str) -> tuple[str, str]:
    """(bare name, namespace) of `namespace/name` or of a bare name."""
    namespace, slash, name = text.partition("/")
    return (name, namespace) if slash else (text, "")


def pairs(text: str) -> dict[str, str]:
    """`k=v, k=v` as a mapping; a part without `=` belongs to the value before it."""
    parts = text.split(", ")
    try:
        quick = dict([part.split("=", 1) for part in parts])
        if " " not in "".join(quick):
            return quick
    except ValueError:
        pass
    values: dict[str, str] = {}
    last, more = "", [""]
    for part in parts:
        key, equals, value = part.partition("=")
        if equals and " " not in key:
            if len(more) > 1:
                values[last] = ", ".join(more)
            values[key] = value
            last, more = key, [value]
        elif last:
            more.append(part)
    if len(more) > 1 and last:
        values[last] = ", ".join(more)
    return values


def go_map(text: str) -> dict[str, int]:
    """Go's print of a map[string]int: `map[a:2 b:1]`. A name may itself hold colons."""
    counts: dict[str, int] = {}
    if text.startswith("map[") and text.endswith("]"):
        for part in text[4:-1].split():
            name, _, value = part.rpartition(":")
            count = integer(value)
            if name and count is not None:
                counts[name] = count
    return counts


Fields = Mapping[str, Any]


def as_text(value: Any) -> str:
    """A string as it is; empty for anything else."""
    return value if isinstance(value, str) else ""


def as_number(value: Any) -> float | None:
    """A number of JSON; zap writes NaN and infinity as strings, which are missing values."""
    if value.__class__ is float:
        return value if isfinite(value) else None
    if value.__class__ is int:
        try:
            return float(value)
        except OverflowError:
            return None
    return number(value) if isinstance(value, str) else None


def as_integer(value: Any) -> int | None:
    """A whole number of JSON (2.0 counts as 2)."""
    if value.__class__ is int:
        return value if -(10**18) < value < 10**18 else None
    if value.__class__ is float and isfinite(value) and value == int(value):
        return integer(str(int(value)))
    return integer(value) if isinstance(value, str) else None


def as_truth(value: Any) -> bool | None:
    """A bool of JSON."""
    return value if isinstance(value, bool) else None


def as_list(value: Any) -> list[Any]:
    """An array of JSON; Go prints an empty slice as null."""
    return value if isinstance(value, list) else []


def text_of(fields: Fields, key: str) -> str:
    """A string field, or empty."""
    value = fields.get(key)
    return value if isinstance(value, str) else ""
