"""KEDA's scaling formula: arithmetic over the values of named triggers, such as
`(queue + running) / 2` or `queue > 10 ? queue : max(kv, running)`.

The part of expr-lang that makes numbers: + - * / % ** (or ^), comparisons, and or not, ??, a
conditional, lists, and the functions below. Source: KEDA pkg/scaling/modifiers/modifiers.go and
github.com/expr-lang/expr docs/language-definition.md.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||\?\?|[-+*/%^<>!?:(),\[\]]))"
)
_DEEPEST = 100
"""Nesting that no formula needs; deeper ones are refused."""


class FormulaError(ValueError):
    """The formula cannot be read or computed; says where and why."""


FormulaValue = float | bool | list[float]
FormulaStep = Callable[[float, float], FormulaValue]
BINARY: dict[str, tuple[int, FormulaStep]] = {
    "or": (1, lambda a, b: bool(a) or bool(b)),
    "and": (2, lambda a, b: bool(a) and bool(b)),
    "==": (3, lambda a, b: a == b),
    "!=": (3, lambda a, b: a != b),
    "<": (3, lambda a, b: a < b),
    "<=": (3, lambda a, b: a <= b),
    ">": (3, lambda a, b: a > b),
    ">=": (3, lambda a, b: a >= b),
    "+": (4, lambda a, b: a + b),
    "-": (4, lambda a, b: a - b),
    "*": (5, lambda a, b: a * b),
    "/": (5, lambda a, b: _quotient(a, b)),
    "%": (5, math.fmod),
    "**": (7, lambda a, b: float(a) ** b),
}
"""How tight an operator binds, and what it does; `**` binds from the right."""
_ALIASES = {"||": "or", "&&": "and", "^": "**", "!": "not"}


def _quotient(a: float, b: float) -> float:
    """As Go divides: by zero it is infinite, which a branch not taken may be."""
    if b:
        return a / b
    return math.copysign(math.inf, a) if a else math.nan


def _median(values: Sequence[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


FUNCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "mean": lambda values: sum(values) / len(values),
    "median": _median,
    "len": lambda values: float(len(values)),
    "abs": lambda values: abs(_lone(values)),
    "ceil": lambda values: float(math.ceil(_lone(values))),
    "floor": lambda values: float(math.floor(_lone(values))),
    "round": lambda values: math.copysign(math.floor(abs(_lone(values)) + 0.5), _lone(values)),
    "int": lambda values: float(math.trunc(_lone(values))),
    "float": lambda values: float(_lone(values)),
}


def _lone(values: Sequence[float]) -> float:
    if len(values) != 1:
        raise FormulaError(f"takes one value, not {len(values)}")
    return values[0]


def evaluate(formula: str, values: Mapping[str, float]) -> float:
    """The formula's number. Raises FormulaError: no formula, an unknown name, no number."""
    reader = _Reader(_tokens(formula), values)
    try:
        result = reader.expression(0, 0)
        if reader.token:
            raise FormulaError(f"unexpected {reader.token!r}")
    except FormulaError as error:
        raise FormulaError(f"formula {formula!r}: {error}") from None
    except (ArithmeticError, TypeError, ValueError) as error:
        raise FormulaError(f"formula {formula!r} cannot be computed: {error}") from None
    if isinstance(result, bool) or not isinstance(result, int | float) or not math.isfinite(result):
        raise FormulaError(f"formula {formula!r} gives no number")
    return float(result)


def _tokens(formula: str) -> list[str]:
    tokens, at = [], 0
    text = formula.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise FormulaError(f"formula {formula!r}: cannot read {text[at:].strip()[:10]!r}")
        word = found[0].strip()
        tokens.append(_ALIASES.get(word, word))
        at = found.end()
    return tokens


class _Reader:
    """Reads and computes in one go, by the precedence of operators."""

    def __init__(self, tokens: Sequence[str], values: Mapping[str, float]) -> None:
        self._tokens, self._values, self._at = tokens, values, 0

    @property
    def token(self) -> str:
        """The next one; empty at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self.token
        if not token or (wanted and token != wanted):
            raise FormulaError(f"{wanted or 'a value'} expected, got {token or 'the end'!r}")
        self._at += 1
        return token

    def expression(self, least: int, depth: int) -> FormulaValue:
        """An expression whose operators bind at least so tight."""
        if depth > _DEEPEST:
            raise FormulaError("nested too deep")
        left = self._operand(depth + 1)
        while self.token in BINARY and BINARY[self.token][0] > least:
            sign = self._take()
            tight, step = BINARY[sign]
            right = self.expression(tight - 1 if sign == "**" else tight, depth + 1)
            left = step(_number(left), _number(right))
        if least == 0 and self.token == "?":
            self._take()
            yes = self.expression(0, depth + 1)
            self._take(":")
            no = self.expression(0, depth + 1)
            return yes if left else no
        while least == 0 and self.token == "??":  # every trigger has a value here
            self._take()
            self.expression(0, depth + 1)
        return left

    def _operand(self, depth: int) -> FormulaValue:
        token = self._take()
        if token == "(":
            inside = self.expression(0, depth)
            self._take(")")
            return inside
        if token == "[":
            return self._list("]", depth)
        if token in ("-", "+"):
            value = _number(self.expression(6, depth))
            return -value if token == "-" else value
        if token == "not":
            return not self.expression(6, depth)
        if token[0].isdigit() or token[0] == ".":
            return float(token)
        return self._named(token, depth)

    def _named(self, token: str, depth: int) -> FormulaValue:
        if self.token == "(" and token in FUNCTIONS:
            self._take()
            values = self._list(")", depth)
            if not values:
                raise FormulaError(f"{token} of nothing")
            return FUNCTIONS[token](values)
        if token in ("true", "false"):
            return token == "true"
        if token in self._values:
            return self._values[token]
        raise FormulaError(f"unknown name {token!r}")

    def _list(self, end: str, depth: int) -> list[float]:
        """Values up to `end`; a list among them counts as its values."""
        values: list[float] = []
        while self.token != end:
            value = self.expression(0, depth)
            values += value if isinstance(value, list) else [float(value)]
            if self.token != end:
                self._take(",")
        self._take(end)
        return values


def _number(value: FormulaValue) -> float:
    if isinstance(value, list):
        raise FormulaError("a list where a number belongs")
    return value
