"""PromQL's binary operators and their precedence; a higher number binds tighter.

Source: Prometheus v3 docs/querying/operators.md, promql/engine.go scalarBinop.
"""

import math
from collections.abc import Callable, Mapping

SETS: Mapping[str, int] = {"or": 1, "and": 2, "unless": 2}
"""Set operators between two vectors, and their precedence."""


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _raised(left: float, right: float) -> float:
    try:
        power = left**right
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.inf
    return power if isinstance(power, float) else math.nan


ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": lambda left, right: math.fmod(left, right) if right and math.isfinite(left) else math.nan,
    "^": _raised,
}
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}

TIGHTNESS: Mapping[str, int] = {
    **SETS,
    **dict.fromkeys(COMPARED, 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
    "^": 7,
}
"""Precedence of each operator; `^` is right-associative."""
SIGN = 6
"""Precedence of a unary sign."""
