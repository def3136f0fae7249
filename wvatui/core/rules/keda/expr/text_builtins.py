"""Functions of expr-lang on texts and maps.

Source: github.com/expr-lang/expr v1.17.8 builtin/builtin.go, builtin/lib.go.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from wvatui.core.rules.keda.expr.kinds import SpanOfTime, is_whole, kind_of
from wvatui.core.rules.keda.expr.tokens import FormulaError

_Arguments = Sequence[Any]
MOST_REPEATS = 1_000_000
"""Repetitions that expr-lang's memory budget allows."""


def on_texts(name: str, change: Callable[..., Any], texts: int = 9) -> Callable[[_Arguments], Any]:
    """A function of so many texts, of which what follows is a whole number."""

    def changed(values: _Arguments) -> Any:
        for place, value in enumerate(values):
            if not (isinstance(value, str) if place < texts else is_whole(value)):
                raise FormulaError(f"invalid argument for {name} (type {kind_of(value)})")
        return change(*values)

    return changed


def split(text: str, separator: str, count: int = -1) -> list[Any]:
    """As Go's strings.SplitN: at most `count` parts, or all; no separator: each character."""
    if count == 0:
        return []
    if not separator:
        head = list(text) if count < 0 else list(text[: count - 1])
        rest = "" if count < 0 else text[count - 1 :]
        return [*head, rest] if rest else head
    return list(text.split(separator, count - 1 if count > 0 else -1))


def split_after(text: str, separator: str, count: int = -1) -> list[Any]:
    """As `split`, with the separator kept at the end of each part."""
    *parts, last = split(text, separator, count) or [""]
    return [part + separator for part in parts] + [last]


def repeated(text: str, times: int) -> str:
    """A text several times. Raises FormulaError for fewer than none, and for too many."""
    if times < 0:
        raise FormulaError(f"invalid argument for repeat (expected positive integer, got {times})")
    if times > MOST_REPEATS:
        raise FormulaError("memory budget exceeded")
    return text * times


def joined(values: _Arguments) -> str:
    """The texts of a list, with a separator between them."""
    between = values[1] if len(values) > 1 else ""
    if not isinstance(values[0], list) or not all(isinstance(each, str) for each in values[0]):
        raise FormulaError(f"invalid argument for join (type {kind_of(values[0])})")
    return str(between).join(values[0])


def from_json(text: str) -> Any:
    """A JSON value; each number is a floating-point one. Raises FormulaError."""
    try:
        return json.loads(text, parse_int=float)
    except ValueError as error:
        raise FormulaError(f"invalid JSON: {error}") from None


def to_json(value: Any) -> str:
    """A value as indented JSON, whole numbers without a fraction."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return round(value.seconds * 1e9) if isinstance(value, SpanOfTime) else value


def to_base64(text: str) -> str:
    """A text in base64."""
    return base64.b64encode(text.encode()).decode()


def from_base64(text: str) -> str:
    """The text that stands there in base64. Raises FormulaError."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise FormulaError(f"illegal base64 data: {error}") from None


def type_of(value: Any) -> str:
    """The name of a value's type, as `type` gives it."""
    names = {"<nil>": "nil", "float64": "float", "time.Duration": "duration"}
    return names.get(kind_of(value), kind_of(value))


def fetched(values: _Arguments) -> Any:
    """An element of a list or a map; nil where there is none."""
    whole, place = values
    if isinstance(whole, dict):
        return whole.get(place) if not isinstance(place, list | dict) else None
    if not isinstance(whole, list | str) or not is_whole(place):
        return None
    return whole[place] if -len(whole) <= place < len(whole) else None


def of_map(name: str, change: Callable[[dict[Any, Any]], Any]) -> Callable[[_Arguments], Any]:
    """A function of one map."""

    def changed(values: _Arguments) -> Any:
        if not isinstance(values[0], dict):
            raise FormulaError(f"cannot get {name} from {kind_of(values[0])}")
        return change(values[0])

    return changed


def from_pairs(values: _Arguments) -> dict[Any, Any]:
    """A map of a list of pairs. Raises FormulaError for what is no pair."""
    pairs = values[0]
    if not isinstance(pairs, list) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
        raise FormulaError("fromPairs takes a list of pairs")
    return {key: value for key, value in pairs if not isinstance(key, list | dict)}
