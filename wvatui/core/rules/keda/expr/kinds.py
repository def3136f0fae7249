"""The types of values in expr-lang, and its operators.

Source: github.com/expr-lang/expr v1.17.8 vm/runtime, docs/language-definition.md.
"""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from wvatui.core.rules.keda.expr.tokens import FormulaError
from wvatui.core.rules.quantities import quotient


@dataclass(frozen=True, slots=True)
class SpanOfTime:
    """A span of time, seconds."""

    seconds: float


FormulaValue = int | float | bool | str | SpanOfTime | list[Any] | dict[Any, Any] | None
"""Numbers, truth, text, a span, a list or map of such, or nil."""


NUMBER = ("int", "float64")
"""Names of the types that are numbers."""


def kind_of(value: FormulaValue) -> str:
    """The type's name as expr-lang's messages have it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "bool"
    return _NAMES.get(type(value), "time.Duration")


_NAMES: dict[type, str] = {
    int: "int",
    float: "float64",
    str: "string",
    list: "array",
    dict: "map",
}


def is_number(value: FormulaValue) -> TypeGuard[int | float]:
    """Whether it is an integer or a floating-point number; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def refused(sign: str, left: FormulaValue, right: FormulaValue) -> FormulaError:
    """The error for an operator that does not apply to these values."""
    return FormulaError(f"invalid operation: {kind_of(left)} {sign} {kind_of(right)}")


def power(a: float, b: float) -> float:
    """As Go's math.Pow: NaN where there is no result, infinity where it overflows."""
    try:
        result = math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:
        return math.inf if a == 0 else math.nan
    return result


def remainder(a: int, b: int) -> int:
    """The remainder of integers, with the sign of the first. Raises FormulaError for `b` = 0."""
    if b == 0:
        raise FormulaError("integer divide by zero")
    return int(math.copysign(abs(a) % abs(b), a))


def equal(a: FormulaValue, b: FormulaValue) -> bool:
    """Whether two values are equal: numbers by value, others only within one type."""
    if is_number(a) and is_number(b):
        return a == b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return type(a) is type(b) and a == b


def pattern_of(text: str) -> re.Pattern[str]:
    """A regular expression, whose syntax is taken for Go's. Raises FormulaError."""
    try:
        return re.compile(text)
    except re.error as error:
        raise FormulaError(f"error parsing regexp: {error}") from None


ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Operators that compare two numbers, or two texts."""
TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "matches": lambda text, pattern: pattern_of(pattern).search(text) is not None,
}
"""Operators that test whether a text contains another."""
_NUMBERS: dict[str, Callable[[Any, Any], FormulaValue]] = {
    **ORDERS,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: quotient(float(a), float(b)),
    "**": lambda a, b: power(float(a), float(b)),
}
_TEXTS: dict[str, Callable[[str, str], FormulaValue]] = {
    **ORDERS,
    "+": lambda a, b: a + b,
    **TEXT_TESTS,
}


def binary(sign: str, left: FormulaValue, right: FormulaValue) -> FormulaValue:
    """The result of a binary operator for two values. Raises FormulaError."""
    if sign in ("==", "!="):
        return equal(left, right) == (sign == "==")
    if sign == "in":
        if not isinstance(right, list | dict):
            raise refused(sign, left, right)
        return any(equal(left, each) for each in right)
    if isinstance(left, SpanOfTime) and isinstance(right, SpanOfTime):
        if sign in ORDERS:
            return ORDERS[sign](left.seconds, right.seconds)
        if sign in ("+", "-"):
            return SpanOfTime(left.seconds + right.seconds * (1 if sign == "+" else -1))
    if sign in ("%", "..") and not (is_whole(left) and is_whole(right)):
        raise refused(sign, left, right)
    if is_number(left) and is_number(right):
        if sign in ("%", ".."):
            return _of_integers(sign, left, right)
        if sign in _NUMBERS:
            return _NUMBERS[sign](left, right)
    if isinstance(left, str) and isinstance(right, str) and sign in _TEXTS:
        return _TEXTS[sign](left, right)
    raise refused(sign, left, right)


MOST_IN_RANGE = 1_000_000
"""Elements that expr-lang's memory budget allows a range."""


def _of_integers(sign: str, left: Any, right: Any) -> FormulaValue:
    if sign == "%":
        return remainder(left, right)
    if right - left >= MOST_IN_RANGE:
        raise FormulaError("memory budget exceeded")
    return list(range(left, right + 1))


def is_whole(value: FormulaValue) -> TypeGuard[int]:
    """Whether it is of an integer type."""
    return isinstance(value, int) and not isinstance(value, bool)


def unary(sign: str, inside: FormulaValue) -> FormulaValue:
    """The result of -, + or not. Raises FormulaError."""
    if sign == "not" and isinstance(inside, bool):
        return not inside
    if sign != "not" and is_number(inside):
        return -inside if sign == "-" else inside
    raise FormulaError(f"invalid operation: {sign} {kind_of(inside)}")
