"""A query's text to its tree, by Prometheus' precedence.

Source: Prometheus v3 promql/parser/generated_parser.y, docs/querying/basics.md and operators.md.
Syntax that triggers do not need is refused by name: subqueries, `@`, group_left and group_right.
"""

import math
import re

from wvatui.core.lines import many
from wvatui.core.metrics.promql.calls import AGGREGATIONS, FUNCTIONS, PARAMETERS
from wvatui.core.metrics.promql.operators import SIGN, TIGHTNESS
from wvatui.core.metrics.promql.tokens import PromqlError, PromqlToken, seconds, tokens, unquoted
from wvatui.core.metrics.promql.tree import (
    LabelMatcher,
    PromqlAggregation,
    PromqlCall,
    PromqlNode,
    PromqlNumber,
    PromqlOperation,
    PromqlSelector,
)

_DEEPEST = 100
_NUMBERS = {"inf": math.inf, "nan": math.nan}


def parse(text: str) -> PromqlNode:
    """The tree of a query. Raises PromqlError."""
    parser = _Parser(text)
    node = parser.expression()
    parser.end()
    return node


class _Parser:
    """A recursive-descent parser: each method reads one construct and returns its node."""

    def __init__(self, text: str) -> None:
        self._tokens, self._at, self._depth = tokens(text), 0, 0

    @property
    def _token(self) -> PromqlToken:
        return self._tokens[self._at]

    def _unexpected(self) -> PromqlError:
        if self._token.kind == "end":
            return PromqlError("the query ends too early")
        return PromqlError(f"{self._token.text!r} at {self._token.at + 1} is not understood")

    def _next(self) -> PromqlToken:
        token = self._token
        if token.kind == "end":
            raise self._unexpected()
        self._at += 1
        return token

    def _took(self, *texts: str) -> str:
        if self._token.kind in ("sign", "name") and self._token.text in texts:
            return self._next().text
        return ""

    def _need(self, text: str) -> None:
        if not self._took(text):
            raise PromqlError(f"{text!r} expected: {self._unexpected()}")

    def end(self) -> None:
        """Check that nothing is left. Raises PromqlError."""
        if self._token.kind != "end":
            raise self._unexpected()

    def expression(self, least: int = 0) -> PromqlNode:
        """An expression of operators with at least the precedence `least`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PromqlError("the query is nested too deeply")
        node = self._signed()
        while True:
            sign = self._token.text.lower() if self._token.kind in ("sign", "name") else ""
            tight = TIGHTNESS.get(sign, -1)
            if tight < max(least, 0) or tight < 0:
                break
            self._next()
            as_number = bool(self._took("bool"))
            labels, ignoring = self._matching()
            right = self.expression(tight if sign == "^" else tight + 1)
            node = PromqlOperation(sign, node, right, labels, ignoring, as_number)
        self._depth -= 1
        return node

    def _matching(self) -> tuple[tuple[str, ...] | None, bool]:
        kind = self._took("on", "ignoring")
        labels = self._labels() if kind else None
        if self._token.text in ("group_left", "group_right"):
            raise PromqlError(f"{self._token.text} is not modelled")
        return labels, kind == "ignoring"

    def _signed(self) -> PromqlNode:
        sign = self._took("-", "+")
        if not sign:
            return self._after(self._operand())
        inner = self.expression(SIGN)
        return PromqlOperation("*", PromqlNumber(-1.0), inner) if sign == "-" else inner

    def _operand(self) -> PromqlNode:
        token = self._token
        if self._took("("):
            inner = self.expression()
            self._need(")")
            return inner
        if token.kind == "number":
            text = self._next().text
            return PromqlNumber(float(int(text, 16)) if text[:2].lower() == "0x" else float(text))
        if token.text == "{":
            return self._selector("")
        if token.kind != "name":
            raise self._unexpected()
        name = self._next().text
        if name.lower() in _NUMBERS:
            return PromqlNumber(_NUMBERS[name.lower()])
        if name.lower() in AGGREGATIONS and self._token.text in ("(", "by", "without"):
            return self._aggregation(name.lower())
        if self._token.text == "(":
            return self._call(name)
        return self._selector(name)

    def _after(self, node: PromqlNode) -> PromqlNode:
        """`node` with what follows a selector: a range, an offset."""
        if self._took("["):
            range_s = self._duration()
            if not isinstance(node, PromqlSelector) or self._token.text.startswith(":"):
                raise PromqlError("a subquery is not modelled")
            self._need("]")
            node = PromqlSelector(node.name, node.matchers, range_s)
        if self._took("offset"):
            if not isinstance(node, PromqlSelector):
                raise PromqlError("an offset belongs behind a selector")
            back = -1.0 if self._took("-") else 1.0
            node = PromqlSelector(node.name, node.matchers, node.range_s, back * self._duration())
        if self._took("@"):
            raise PromqlError("'@' is not modelled")
        return node

    def _duration(self) -> float:
        token = self._next()
        if token.kind == "duration":
            return seconds(token.text)
        if token.kind == "number":
            return float(token.text)
        raise PromqlError(f"a duration such as 5m expected, not {token.text!r}")

    def _labels(self) -> tuple[str, ...]:
        self._need("(")
        labels = []
        while not self._took(")"):
            if self._token.kind != "name":
                raise self._unexpected()
            labels.append(self._next().text)
            if self._token.text != ")":
                self._need(",")
        return tuple(labels)

    def _arguments(self) -> list[PromqlNode]:
        self._need("(")
        arguments: list[PromqlNode] = []
        while not self._took(")"):
            arguments.append(self.expression())
            if self._token.text != ")":
                self._need(",")
        return arguments

    def _aggregation(self, shape: str) -> PromqlNode:
        kind = self._took("by", "without")
        labels = self._labels() if kind else ()
        arguments = self._arguments()
        if not kind:
            kind = self._took("by", "without")
            labels = self._labels() if kind else ()
        wanted = 2 if shape in PARAMETERS else 1
        if len(arguments) != wanted:
            raise PromqlError(f"{shape}() takes {many(wanted, 'argument')}, not {len(arguments)}")
        parameter = arguments[0] if wanted == 2 else None
        return PromqlAggregation(shape, arguments[-1], labels, kind == "without", parameter)

    def _call(self, name: str) -> PromqlNode:
        function = FUNCTIONS.get(name)
        if function is None:
            raise PromqlError(f"the function {name}() is not modelled")
        arguments = self._arguments()
        if not function.least <= len(arguments) <= function.most:
            raise PromqlError(f"{name}() does not take {many(len(arguments), 'argument')}")
        if function.over_range:
            place = arguments[-1]
            if not isinstance(place, PromqlSelector) or place.range_s is None:
                raise PromqlError(f"{name}() wants a range, as in {name}(metric[5m])")
        return PromqlCall(name, tuple(arguments))

    def _selector(self, name: str) -> PromqlNode:
        matchers: list[LabelMatcher] = []
        if self._took("{"):
            while not self._took("}"):
                matchers.append(self._matcher())
                if self._token.text != "}":
                    self._need(",")
        named = [m.value for m in matchers if m.label == "__name__" and m.sign == "="]
        if not name and len(named) == 1:
            name = named[0]
            matchers = [m for m in matchers if m.label != "__name__"]
        if not name:
            raise PromqlError("a selector without the name of a metric is not modelled")
        return PromqlSelector(name, tuple(matchers))

    def _matcher(self) -> LabelMatcher:
        if self._token.kind != "name":
            raise self._unexpected()
        label = self._next().text
        sign = self._took("=", "!=", "=~", "!~")
        if not sign or self._token.kind != "text":
            raise self._unexpected()
        value = unquoted(self._next().text)
        if sign in ("=~", "!~"):
            try:
                re.compile(value)
            except (re.error, OverflowError):
                raise PromqlError(f"{value!r} is no pattern") from None
        return LabelMatcher(label, sign, value)
