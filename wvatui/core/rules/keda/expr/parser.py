"""Tokens to a tree, by expr-lang's precedence.

Source: github.com/expr-lang/expr v1.17.8 parser/parser.go, parser/operator/operator.go.
"""

import re

from wvatui.core.rules.keda.expr.kinds import ORDERS, TEXT_TESTS
from wvatui.core.rules.keda.expr.tokens import ExprToken, FormulaError, tokens
from wvatui.core.rules.keda.expr.tree import (
    BinaryNode,
    CallNode,
    ChoiceNode,
    ConstantNode,
    ExprNode,
    ItemNode,
    LetNode,
    ListNode,
    MapNode,
    MethodNode,
    NameNode,
    PointerNode,
    PredicateNode,
    SequenceNode,
    SliceNode,
    UnaryNode,
)

COMPARISONS = ("==", "!=", *ORDERS)
NEGATABLE = ("in", *TEXT_TESTS)
"""Word operators that `not` may precede."""
BINARY = {
    "|": 0,
    "or": 10,
    "and": 15,
    **dict.fromkeys(COMPARISONS, 20),
    **dict.fromkeys(NEGATABLE, 20),
    "..": 25,
    "+": 30,
    "-": 30,
    "*": 60,
    "/": 60,
    "%": 60,
    "**": 100,
    "??": 500,
}
"""Precedence of each operator; `**` is right-associative."""
UNARY = {"not": 50, "!": 1000, "-": 90, "+": 90}
PREDICATES = {
    "all": 1,
    "none": 1,
    "any": 1,
    "one": 1,
    "filter": 1,
    "map": 1,
    "count": 0,
    "sum": 0,
    "find": 1,
    "findIndex": 1,
    "findLast": 1,
    "findLastIndex": 1,
    "groupBy": 1,
    "sortBy": 1,
    "reduce": 1,
}
"""Functions whose second argument is applied to each element, and whether they require it."""
_DEEPEST = 100
"""Nesting that no formula needs; deeper ones are refused."""


def parse(text: str) -> ExprNode:
    """The tree of a formula. Raises FormulaError."""
    parser = _Parser(tokens(text))
    node = parser.sequence()
    if parser.token.kind != "end":
        raise FormulaError(parser.unexpected())
    return node


class _Parser:
    """A recursive-descent parser: each method reads one construct and returns its node."""

    def __init__(self, listed: list[ExprToken]) -> None:
        self._tokens, self._at, self._depth, self._predicates = listed, 0, 0, 0

    @property
    def token(self) -> ExprToken:
        """The next token."""
        return self._tokens[self._at]

    def unexpected(self) -> str:
        """The error message for a next token that is not allowed here."""
        if self.token.kind == "end":
            return "unexpected end"
        return f"unexpected {self.token.text!r} at {self.token.at + 1}"

    def _next(self) -> ExprToken:
        token = self.token
        if token.kind != "end":
            self._at += 1
        return token

    def _is(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def _took(self, *signs: str) -> bool:
        if not self._is(*signs):
            return False
        self._at += 1
        return True

    def _need(self, sign: str) -> None:
        if not self._took(sign):
            raise FormulaError(f"{sign!r} expected, {self.unexpected()}")

    def _identifier(self) -> str:
        if self.token.kind != "name":
            raise FormulaError(f"a name expected, {self.unexpected()}")
        return self._next().text

    def sequence(self) -> ExprNode:
        """Expressions with `;` between them; the last one counts."""
        steps = [self.expression()]
        while self._took(";"):
            if self.token.kind == "end" or self._is(")", "}"):
                break
            steps.append(self.expression())
        return steps[0] if len(steps) == 1 else SequenceNode(tuple(steps))

    def expression(self, least: int = 0) -> ExprNode:
        """An expression of operators with at least the precedence `least`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FormulaError("nested too deep")
        node = self._expression(least)
        self._depth -= 1
        return node

    def _expression(self, least: int) -> ExprNode:
        if least == 0 and self._took("let"):
            return self._let()
        if least == 0 and self._took("if"):
            return self._if()
        node = self._operators(self._primary(), least)
        if least == 0 and self._took("?"):
            if self._took(":"):
                return ChoiceNode(node, node, self.expression())
            yes = self.expression()
            self._need(":")
            return ChoiceNode(node, yes, self.expression())
        return node

    def _let(self) -> ExprNode:
        name = self._identifier()
        self._need("=")
        value = self.expression()
        self._need(";")
        return LetNode(name, value, self.sequence())

    def _if(self) -> ExprNode:
        condition = self.expression()
        self._need("{")
        yes = self.sequence()
        self._need("}")
        self._need("else")
        if self._took("if"):
            return ChoiceNode(condition, yes, self._if())
        self._need("{")
        no = self.sequence()
        self._need("}")
        return ChoiceNode(condition, yes, no)

    def _operators(self, left: ExprNode, least: int) -> ExprNode:
        before = ""
        while self.token.kind == "sign":
            start = self._at
            negated = self._took("not")
            sign = self.token.text
            allowed = not negated or sign in NEGATABLE
            if self.token.kind != "sign" or not allowed or BINARY.get(sign, -1) < least:
                self._at = start
                break
            if before == "??" and sign not in ("??", "|"):
                raise FormulaError(f"?? and {sign} cannot be mixed without parentheses")
            self._at += 1
            left = self._right(sign, left)
            if negated:
                left = UnaryNode("not", left)
            before = sign
        return left

    def _right(self, sign: str, left: ExprNode) -> ExprNode:
        tight = BINARY[sign]
        if sign == "|":
            return self._postfix(self._call(self._identifier(), (left,)))
        if sign not in ORDERS:
            return BinaryNode(sign, left, self.expression(tight if sign == "**" else tight + 1))
        middle = self.expression(tight + 1)
        node: ExprNode = BinaryNode(sign, left, middle)
        while self._is(*ORDERS):  # 1 < a < 5
            following = self._next().text
            right = self.expression(tight + 1)
            node, middle = BinaryNode("and", node, BinaryNode(following, middle, right)), right
        return node

    def _primary(self) -> ExprNode:
        token = self.token
        if token.kind == "sign" and token.text in UNARY:
            self._next()
            inside = self.expression(UNARY[token.text])
            return self._postfix(UnaryNode("not" if token.text == "!" else token.text, inside))
        if self._took("("):
            inside = self.sequence()
            self._need(")")
            return self._postfix(inside)
        if self._predicates and self._took("#"):
            name = self._next().text if self.token.kind == "name" else ""
            if name not in ("", "acc", "index"):
                raise FormulaError(f"unknown pointer #{name}")
            return self._postfix(PointerNode(name))
        return self._postfix(self._secondary())

    def _secondary(self) -> ExprNode:
        if self._took("["):
            return ListNode(self._list("]"))
        if self._took("{"):
            return self._map()
        token = self.token
        if token.kind == "name":
            self._next()
            if token.text in ("true", "false", "nil"):
                return ConstantNode({"true": True, "false": False, "nil": None}[token.text])
            return self._call(token.text, ()) if self._is("(") else NameNode(token.text)
        if token.kind == "number":
            self._next()
            return ConstantNode(_number(token.text))
        if token.kind == "text":
            self._next()
            return ConstantNode(_text(token.text))
        raise FormulaError(self.unexpected())

    def _list(self, end: str) -> tuple[ExprNode, ...]:
        items: list[ExprNode] = []
        while not self._took(end):
            if items and not self._took(","):
                self._need(end)
            if self._took(end):
                break
            items.append(self.expression())
        return tuple(items)

    def _map(self) -> ExprNode:
        pairs: list[tuple[ExprNode, ExprNode]] = []
        while not self._took("}"):
            if pairs:
                self._need(",")
                if self._took("}"):
                    break
            if self.token.kind in ("name", "number", "text"):
                token = self._next()
                written = _text(token.text) if token.kind == "text" else token.text
                key: ExprNode = ConstantNode(written)
            elif self._is("("):
                key = self.expression()
            else:
                raise FormulaError(f"a key of a map expected, {self.unexpected()}")
            self._need(":")
            pairs.append((key, self.expression()))
        return MapNode(tuple(pairs))

    def _call(self, name: str, piped: tuple[ExprNode, ...]) -> ExprNode:
        if name not in PREDICATES:
            self._need("(")
            return CallNode(name, (*piped, *self._list(")")))
        self._need("(")
        if not piped:
            piped = (self.expression(),)
        elif not self._is(")"):
            return CallNode(name, (*piped, *self._predicate_and_rest(name)))
        if self._took(","):
            return CallNode(name, (*piped, *self._predicate_and_rest(name)))
        if PREDICATES[name]:
            raise FormulaError(f"{name} needs a predicate, {self.unexpected()}")
        self._need(")")
        return CallNode(name, piped)

    def _predicate_and_rest(self, name: str) -> tuple[ExprNode, ...]:
        """The expression applied to each element, and the initial value of `reduce`."""
        braced = self._took("{")
        self._predicates += 1
        inside = self.sequence() if braced else self.expression()
        self._predicates -= 1
        if braced:
            self._need("}")
        rest: tuple[ExprNode, ...] = ()
        if name in ("reduce", "sortBy") and self._took(","):
            rest = (self.expression(),)
        self._took(",")
        self._need(")")
        return (PredicateNode(inside), *rest)

    def _postfix(self, node: ExprNode) -> ExprNode:
        while True:
            is_chained = self._took("?.")
            if self._took("["):
                node = self._place(node)
            elif is_chained or self._took("."):
                name = self._identifier()
                if self._took("("):
                    self._need(")")
                    node = MethodNode(node, name)
                else:
                    node = ItemNode(node, ConstantNode(name))
            else:
                return node

    def _place(self, node: ExprNode) -> ExprNode:
        start = None if self._is(":") else self.expression()
        if self._took(":"):
            end = None if self._is("]") else self.expression()
            self._need("]")
            return SliceNode(node, start, end)
        self._need("]")
        assert start is not None
        return ItemNode(node, start)


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def _text(written: str) -> str:
    """The text of a quoted token; between backticks nothing is escaped."""
    if written[0] == "`":
        return written[1:-1]
    return re.sub(
        r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
        lambda match: (
            _ESCAPES.get(match[3], match[3])
            if match[3] is not None
            else chr(int(match[1] or match[2], 16))
        ),
        written[1:-1],
    )


def _number(text: str) -> int | float:
    plain = text.replace("_", "").lower()
    try:
        if plain[:2] in ("0x", "0b", "0o"):
            return int(plain, 0)
        return float(plain) if any(sign in plain for sign in ".e") else int(plain)
    except ValueError:
        raise FormulaError(f"{text!r} is no number") from None
