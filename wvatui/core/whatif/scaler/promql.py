"""The small part of PromQL that the triggers of autoscalers use.

Selectors, numbers, + - * /, brackets, the usual aggregations and functions that leave a gauge as it
is. A selector is one series a replica (or one of the controller). What is not understood is
refused in words, never guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

from wvatui.core.metrics.promql.calls import OVER_TIME
from wvatui.core.whatif.scaler.readings import MetricReading, MetricSeries, Seen, reading_of

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<name>[A-Za-z_:][\w:.]*)"
    r"|(?P<labels>\{[^{}]*\})|(?P<range>\[[^\[\]]*\])|(?P<sign>[-+*/(),]))"
)
_SHAPES: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
    "count": lambda values: float(len(values)),
}
_SAME = (*OVER_TIME, "scalar", "vector")
_EACH: dict[str, Callable[[float], float]] = {"ceil": ceil, "floor": floor, "abs": abs}
_CLAMPS = {"clamp_min": max, "clamp_max": min}
PromqlValue = Callable[[Seen], MetricSeries]


class PromqlNotModelled(ValueError):  # noqa: N818 - a finding, not a malfunction
    """The expression asks for something that what-if cannot read; the text says what."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that can be read. `readings`: the quantities it asks for."""

    text: str
    value: PromqlValue
    readings: tuple[MetricReading, ...]


def expression(text: str) -> Expression:
    """`text` as something that can be read from `Seen`. Raises NotModelled."""
    parser = _Parser(text)
    value = parser.sum()
    if parser.left():
        raise PromqlNotModelled(f"{text!r}: {parser.left()!r} is not understood")
    return Expression(text, value, tuple(dict.fromkeys(parser.readings)))


class _Parser:
    """Recursive descent over the tokens; each method gives the value of what it has read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        self.readings: list[MetricReading] = []
        at = 0
        while text[at:].strip():
            token = _TOKEN.match(text, at)
            if token is None:
                raise PromqlNotModelled(f"{text!r}: {text[at:].strip()[:20]!r} is not understood")
            self._tokens.append((token.lastgroup or "", token[0].strip()))
            at = token.end()
        self._at = 0

    def left(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, *texts: str) -> str:
        if self.left() in texts and self.left():
            self._at += 1
            return self._tokens[self._at - 1][1]
        return ""

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise PromqlNotModelled(f"{self._text!r}: {text!r} is missing")

    def sum(self) -> PromqlValue:
        value = self._product()
        while sign := self._take("+", "-"):
            value = _both(sign, value, self._product())
        if self._take("or"):
            value = _or(value, self.sum())
        return value

    def _product(self) -> PromqlValue:
        value = self._factor()
        while sign := self._take("*", "/"):
            value = _both(sign, value, self._factor())
        return value

    def _factor(self) -> PromqlValue:
        if self._take("-"):
            return _both("-", _constant(0.0), self._factor())
        if self._take("("):
            value = self.sum()
            self._need(")")
            return value
        kind, text = self._tokens[self._at] if self.left() else ("", "")
        self._at += 1
        if kind == "number":
            return _constant(float(text))
        if kind != "name":
            raise PromqlNotModelled(f"{self._text!r}: {text or 'its end'!r} is not understood")
        if text in _SHAPES:
            return self._aggregation(text)
        if text in _SAME or text in _EACH or text in _CLAMPS:
            return self._function(text)
        return self._selector(text)

    def _grouping(self) -> None:
        if self._take("by", "without"):
            self._need("(")
            while self.left() != ")":
                if not self.left():
                    raise PromqlNotModelled(f"{self._text!r}: ')' is missing")
                self._at += 1
            self._need(")")

    def _aggregation(self, name: str) -> PromqlValue:
        self._grouping()
        self._need("(")
        inner = self.sum()
        self._need(")")
        self._grouping()
        shape = _SHAPES[name]

        def value(seen: Seen) -> MetricSeries:
            series = inner(seen)
            return [shape(series)] if series else series

        return value

    def _function(self, name: str) -> PromqlValue:
        self._need("(")
        inner = self.sum()
        second = self.sum() if self._take(",") else None
        self._need(")")
        if name in _CLAMPS and second is not None:
            pick, limit = _CLAMPS[name], second
            return lambda seen: _each(inner(seen), limit(seen), pick)
        change = _EACH.get(name, float)

        def value(seen: Seen) -> MetricSeries:
            series = inner(seen)
            return None if series is None else [float(change(number)) for number in series]

        return value

    def _selector(self, name: str) -> PromqlValue:
        reading = reading_of(name)
        if reading is None:
            raise PromqlNotModelled(f"{name!r} is nothing that a recording holds")
        self.readings.append(reading)
        while self.left()[:1] in ("{", "["):
            self._at += 1
        return reading.read


def _constant(number: float) -> PromqlValue:
    return lambda seen: [number]


def _or(first: PromqlValue, second: PromqlValue) -> PromqlValue:
    return lambda seen: first(seen) or second(seen)


def _both(sign: str, left: PromqlValue, right: PromqlValue) -> PromqlValue:
    work: dict[str, Callable[[float, float], float]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }
    return lambda seen: _each(left(seen), right(seen), work[sign])


def _each(
    left: MetricSeries, right: MetricSeries, work: Callable[[float, float], float]
) -> MetricSeries:
    """Series by series; one value goes with every one of the other side. A division by 0: none."""
    if left is None or right is None:
        return None
    if len(right) == 1:
        right = right * len(left)
    elif len(left) == 1:
        left = left * len(right)
    try:
        return [work(a, b) for a, b in zip(left, right, strict=False)]
    except ZeroDivisionError:
        return []
