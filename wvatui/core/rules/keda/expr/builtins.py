"""Functions of expr-lang that formulas use.

Source: github.com/expr-lang/expr v1.17.8 builtin/builtin.go, builtin/lib.go.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.rules.keda.expr.kinds import (
    NUMBER,
    FormulaValue,
    SpanOfTime,
    equal,
    is_number,
    is_whole,
    kind_of,
)
from wvatui.core.rules.keda.expr.text_builtins import (
    fetched,
    from_base64,
    from_json,
    from_pairs,
    joined,
    of_map,
    on_texts,
    repeated,
    split,
    split_after,
    to_base64,
    to_json,
    type_of,
)
from wvatui.core.rules.keda.expr.tokens import FormulaError

_Arguments = Sequence[Any]


def _invalid(name: str, value: FormulaValue) -> FormulaError:
    return FormulaError(f"invalid argument for {name} (type {kind_of(value)})")


def _numbers(name: str, values: _Arguments) -> list[Any]:
    """The numbers in the arguments, lists of numbers included."""
    numbers: list[Any] = []
    for value in values:
        if isinstance(value, list):
            numbers += _numbers(name, value)
        elif is_number(value):
            numbers.append(value)
        else:
            raise _invalid(name, value)
    return numbers


def _lowest(values: _Arguments) -> FormulaValue:
    return min(_numbers("min", values), default=None)


def _highest(values: _Arguments) -> FormulaValue:
    return max(_numbers("max", values), default=None)


def _mean(values: _Arguments) -> float:
    numbers = _numbers("mean", values)
    return sum(numbers) / len(numbers) if numbers else 0.0


def _median(values: _Arguments) -> float:
    ordered = sorted(_numbers("median", values))
    if not ordered:
        return 0.0
    half = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[half])
    return float((ordered[half - 1] + ordered[half]) / 2)


def _rounding(name: str, change: Callable[[float], float]) -> Callable[[_Arguments], FormulaValue]:
    def rounded(values: _Arguments) -> float:
        if not is_number(values[0]):
            raise _invalid(name, values[0])
        value = float(values[0])
        return change(value) if math.isfinite(value) else value

    return rounded


def _half_away(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _abs(values: _Arguments) -> FormulaValue:
    if not is_number(values[0]):
        raise _invalid("abs", values[0])
    return abs(values[0])


def _int(values: _Arguments) -> int:
    value = values[0]
    if isinstance(value, str):
        if re.fullmatch(r"[+-]?\d{1,19}", value) is None:
            raise FormulaError(f"invalid operation: int({value})")
        return int(value)
    if not is_number(value):
        raise _invalid("int", value)
    return int(value) if math.isfinite(value) else -(2**63)


def _float(values: _Arguments) -> float:
    value = values[0]
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise FormulaError(f"invalid operation: float({value})") from None
    if value is None:
        raise FormulaError("invalid operation: float(<nil>)")
    if not is_number(value):
        raise _invalid("float", value)
    return float(value)


def written(value: FormulaValue) -> str:
    """A value as text, numbers in Go's shortest form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return repr(value) if is_number(value) else str(value)


def _size(values: _Arguments) -> int:
    if not isinstance(values[0], list | str | dict):
        raise _invalid("len", values[0])
    return len(values[0])


def listed(name: str, value: FormulaValue) -> list[Any]:
    """The argument as a list. Raises FormulaError if it is none."""
    if not isinstance(value, list):
        raise _invalid(name, value)
    return value


def _unique(values: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(equal(value, each) for each in kept):
            kept.append(value)
    return kept


def _flat(values: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        flat += _flat(value) if isinstance(value, list) else [value]
    return flat


def ordered(values: list[Any], name: str = "sort") -> list[Any]:
    """Numbers or texts, sorted. Raises FormulaError for a mixture."""
    if not (all(map(is_number, values)) or all(isinstance(value, str) for value in values)):
        raise FormulaError(f"{name}: elements of several kinds")
    return sorted(values)


def _sorted(values: _Arguments) -> list[Any]:
    return in_order(ordered(listed("sort", values[0])), values[1] if len(values) > 1 else "asc")


def in_order(ascending: list[Any], order: FormulaValue) -> list[Any]:
    """A sorted list in the order asc or desc. Raises FormulaError for another."""
    if order not in ("asc", "desc"):
        raise FormulaError(f"invalid order {order}, expected asc or desc")
    return ascending[::-1] if order == "desc" else ascending


def _joined(values: _Arguments) -> list[Any]:
    return [each for value in values for each in listed("concat", value)]


def _taken(values: _Arguments) -> list[Any]:
    if not isinstance(values[1], int) or values[1] < 0:
        raise FormulaError("take: the number of elements must be a whole number, 0 or more")
    return listed("take", values[0])[: values[1]]


def _of_bits(name: str, change: Callable[[int, int], int]) -> Callable[[_Arguments], int]:
    def bits(values: _Arguments) -> int:
        for value in values:
            if not is_whole(value):
                raise FormulaError(f"cannot use {kind_of(value)} as argument (type int) of {name}")
        return change(values[0], values[1] if len(values) > 1 else 0)

    return bits


def _shifted(value: int, places: int) -> int:
    if places < 0:
        raise FormulaError("negative shift count")
    shifted = (value << min(places, 64)) & (2**64 - 1)
    return shifted - 2**64 if shifted >= 2**63 else shifted


_SPANS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPAN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)


def _duration(values: _Arguments) -> SpanOfTime:
    text = str(values[0])
    sign = -1.0 if text.startswith("-") else 1.0
    body = text.lstrip("+-")
    parts = _SPAN.findall(body)
    if "".join(number + unit for number, unit in parts) != body or not parts:
        raise FormulaError(f"invalid duration {text!r}")
    return SpanOfTime(sign * sum(float(number) * _SPANS[unit] for number, unit in parts))


_ARRAY, _TEXT, _WHOLE, _MAP = ("array",), ("string",), ("int",), ("map",)
_COUNTED = ("string", "int")


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function: its number of arguments, its implementation, and the types it takes and gives.

    `takes`: kinds that an argument may be; empty: any.
    `gives`: the kind of its result; "first": that of its first argument.
    """

    fewest: int
    most: int
    compute: Callable[[_Arguments], Any]
    takes: tuple[str, ...] = ()
    gives: str = "any"


def _several(compute: Callable[[_Arguments], Any], gives: str = "any") -> Builtin:
    return Builtin(1, 99, compute, (*NUMBER, "array"), gives)


def _rounded(name: str, change: Callable[[float], float]) -> Builtin:
    return Builtin(1, 1, _rounding(name, change), NUMBER, "float64")


def _of_list(name: str, change: Callable[[list[Any]], Any], gives: str = "any") -> Builtin:
    return Builtin(1, 1, lambda values: change(listed(name, values[0])), _ARRAY, gives)


def _of_text(
    name: str, change: Callable[..., Any], fewest: int = 1, most: int = 1, gives: str = "string"
) -> Builtin:
    return Builtin(fewest, most, on_texts(name, change), _TEXT, gives)


def _on_bits(name: str, change: Callable[[int, int], int], count: int = 2) -> Builtin:
    return Builtin(count, count, _of_bits(name, change), _WHOLE, "int")


FUNCTIONS: dict[str, Builtin] = {
    "min": _several(_lowest),
    "max": _several(_highest),
    "mean": _several(_mean, "float64"),
    "median": _several(_median, "float64"),
    "abs": Builtin(1, 1, _abs, NUMBER, "first"),
    "ceil": _rounded("ceil", lambda value: float(math.ceil(value))),
    "floor": _rounded("floor", lambda value: float(math.floor(value))),
    "round": _rounded("round", _half_away),
    "int": Builtin(1, 1, _int, (*NUMBER, "string"), "int"),
    "float": Builtin(1, 1, _float, (*NUMBER, "string"), "float64"),
    "string": Builtin(1, 1, lambda values: written(values[0]), gives="string"),
    "type": Builtin(1, 1, lambda values: type_of(values[0]), gives="string"),
    "toJSON": Builtin(1, 1, lambda values: to_json(values[0]), gives="string"),
    "fromJSON": _of_text("fromJSON", from_json, gives="any"),
    "toBase64": _of_text("toBase64", to_base64),
    "fromBase64": _of_text("fromBase64", from_base64),
    "trim": _of_text("trim", lambda text, cut=None: text.strip(cut), most=2),
    "trimPrefix": _of_text("trimPrefix", lambda text, cut=" ": text.removeprefix(cut), most=2),
    "trimSuffix": _of_text("trimSuffix", lambda text, cut=" ": text.removesuffix(cut), most=2),
    "upper": _of_text("upper", str.upper),
    "lower": _of_text("lower", str.lower),
    "replace": Builtin(3, 4, on_texts("replace", str.replace, 3), _COUNTED, "string"),
    "repeat": Builtin(2, 2, on_texts("repeat", repeated, 1), _COUNTED, "string"),
    "indexOf": _of_text("indexOf", str.find, 2, 2, "int"),
    "lastIndexOf": _of_text("lastIndexOf", str.rfind, 2, 2, "int"),
    "hasPrefix": _of_text("hasPrefix", str.startswith, 2, 2, "bool"),
    "hasSuffix": _of_text("hasSuffix", str.endswith, 2, 2, "bool"),
    "split": Builtin(2, 3, on_texts("split", split, 2), _COUNTED, "array"),
    "splitAfter": Builtin(2, 3, on_texts("splitAfter", split_after, 2), _COUNTED, "array"),
    "join": Builtin(1, 2, joined, ("array", "string"), "string"),
    "len": Builtin(1, 1, _size, ("array", "string", "map"), "int"),
    "get": Builtin(2, 2, fetched),
    "keys": Builtin(1, 1, of_map("keys", list), _MAP, "array"),
    "values": Builtin(1, 1, of_map("values", lambda named: list(named.values())), _MAP, "array"),
    "toPairs": Builtin(
        1, 1, of_map("pairs", lambda named: [[*pair] for pair in named.items()]), _MAP, "array"
    ),
    "fromPairs": Builtin(1, 1, from_pairs, _ARRAY, "map"),
    "first": _of_list("first", lambda values: values[0] if values else None),
    "last": _of_list("last", lambda values: values[-1] if values else None),
    "reverse": _of_list("reverse", lambda values: values[::-1], "first"),
    "uniq": _of_list("uniq", _unique, "first"),
    "flatten": _of_list("flatten", _flat, "array"),
    "sort": Builtin(1, 2, _sorted, gives="first"),
    "concat": Builtin(1, 99, _joined, _ARRAY, "array"),
    "take": Builtin(2, 2, _taken, gives="first"),
    "bitand": _on_bits("bitand", lambda a, b: a & b),
    "bitor": _on_bits("bitor", lambda a, b: a | b),
    "bitxor": _on_bits("bitxor", lambda a, b: a ^ b),
    "bitnand": _on_bits("bitnand", lambda a, b: a & ~b),
    "bitnot": _on_bits("bitnot", lambda a, b: ~a, 1),
    "bitshl": _on_bits("bitshl", _shifted),
    "bitshr": _on_bits("bitshr", lambda a, b: a >> max(b, 0)),
    "bitushr": _on_bits("bitushr", lambda a, b: (a % 2**64) >> max(b, 0)),
    "duration": Builtin(1, 1, _duration, _TEXT, "time.Duration"),
}
METHODS: dict[str, float] = {
    "Seconds": 1.0,
    "Minutes": 60.0,
    "Hours": 3600.0,
    "Milliseconds": 1e-3,
    "Microseconds": 1e-6,
    "Nanoseconds": 1e-9,
}
"""Methods of a duration, and the seconds of their unit; of less than a second in whole units."""
OF_TIME = ("now", "date", "timezone")
"""Functions of expr-lang whose results depend on when and where they run."""
