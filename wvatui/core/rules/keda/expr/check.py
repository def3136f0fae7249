"""Errors that expr-lang finds before a formula runs, also in branches that are not taken.

Source: github.com/expr-lang/expr v1.17.8 checker/checker.go, builtin/builtin.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wvatui.core.rules.keda.expr.builtins import FUNCTIONS, METHODS, OF_TIME
from wvatui.core.rules.keda.expr.kinds import NUMBER, TEXT_TESTS
from wvatui.core.rules.keda.expr.parser import COMPARISONS, PREDICATES
from wvatui.core.rules.keda.expr.tokens import FormulaError, NotComputed
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


@dataclass(frozen=True, slots=True)
class ExprKind:
    """What is known of a value before it is computed. `of`: of a list's elements."""

    name: str
    of: "ExprKind | None" = None

    def may_be(self, *names: str) -> bool:
        """Whether it is one of these types, or its type is not known."""
        return self.name in (*names, "any")


ANY, INT, FLOAT = ExprKind("any"), ExprKind("int"), ExprKind("float64")
BOOL, TEXT, NIL = ExprKind("bool"), ExprKind("string"), ExprKind("nil")


@dataclass(frozen=True, slots=True)
class _Names:
    known: Mapping[str, ExprKind]
    element: ExprKind = ANY
    sum: ExprKind = ANY


def check(node: ExprNode, names: Mapping[str, ExprKind]) -> ExprKind:
    """The type of a formula's result. Raises FormulaError for what can never be computed."""
    return _check(node, _Names(names))


def _check(node: ExprNode, names: _Names) -> ExprKind:
    match node:
        case ConstantNode(value):
            kinds = {bool: BOOL, int: INT, float: FLOAT, str: TEXT}
            return kinds.get(type(value), NIL)
        case NameNode(name):
            if name not in names.known:
                raise FormulaError(f"unknown name {name}")
            return names.known[name]
        case PointerNode(name):
            return {"": names.element, "acc": names.sum, "index": INT}[name]
        case UnaryNode(sign, inside):
            kind = _check(inside, names)
            if not kind.may_be(*(("bool",) if sign == "not" else NUMBER)):
                raise FormulaError(f"invalid operation: {sign} (mismatched type {kind.name})")
            return BOOL if sign == "not" else kind
        case BinaryNode(sign, left, right):
            return _binary(sign, _check(left, names), _check(right, names))
        case ChoiceNode(condition, yes, no):
            _is_truth(_check(condition, names))
            return _either(_check(yes, names), _check(no, names))
        case LetNode(name, value, rest):
            if name in names.known or name in FUNCTIONS or name in PREDICATES:
                raise FormulaError(f"cannot redeclare {name}")
            known = {**names.known, name: _check(value, names)}
            return _check(rest, _Names(known, names.element, names.sum))
        case SequenceNode(steps):
            return [_check(step, names) for step in steps][-1]
        case ListNode(items):
            return _list_of([_check(item, names) for item in items])
        case MapNode(pairs):
            for pair in pairs:
                for each in pair:
                    _check(each, names)
            return ExprKind("map")
        case ItemNode() | SliceNode():
            return _part(node, names)
        case CallNode(name, arguments):
            return _call(name, arguments, names)
        case MethodNode(inside, name):
            span = _check(inside, names)
            if not span.may_be("time.Duration") or name not in METHODS:
                raise FormulaError(f"type {span.name} has no method {name}")
            return FLOAT if METHODS[name] >= 1 else INT
        case PredicateNode(inside):
            return _check(inside, names)


def _is_truth(kind: ExprKind) -> None:
    if not kind.may_be("bool"):
        raise FormulaError(f"non-bool expression (type {kind.name}) used as condition")


def _either(yes: ExprKind, no: ExprKind) -> ExprKind:
    if yes.name == "nil" or no.name == "nil":
        return NIL if yes.name == no.name else (no if yes.name == "nil" else yes)
    return yes if yes == no else ANY


def _list_of(kinds: list[ExprKind]) -> ExprKind:
    same = kinds and all(kind == kinds[0] for kind in kinds)
    return ExprKind("array", kinds[0] if same else ANY)


def _part(node: ItemNode | SliceNode, names: _Names) -> ExprKind:
    whole = _check(node.inside, names)
    if whole.name == "map" and isinstance(node, ItemNode):
        _check(node.place, names)
        return ANY
    if not whole.may_be("array", "string"):
        raise FormulaError(f"type {whole.name} has no elements")
    places = [node.place] if isinstance(node, ItemNode) else [node.start, node.end]
    for place in places:
        kind = INT if place is None else _check(place, names)
        if not kind.may_be("int") and whole.name != "any":
            raise FormulaError(
                f"array elements can only be selected using an integer (got {kind.name})"
            )
    if isinstance(node, SliceNode):
        return whole
    return whole.of or ANY


def _binary(sign: str, left: ExprKind, right: ExprKind) -> ExprKind:
    def both(*names: str) -> bool:
        return left.may_be(*names) and right.may_be(*names)

    numbers, texts = both(*NUMBER), both("string")
    if sign == "??":
        return _either(left, right) if left.name != "nil" else right
    if sign in ("and", "or"):
        fits, result = both("bool"), BOOL
    elif sign in ("==", "!="):
        nil = "nil" in (left.name, right.name)
        fits, result = numbers or nil or both(left.name) or both(right.name), BOOL
    elif sign in COMPARISONS:
        fits, result = numbers or texts or both("time.Duration"), BOOL
    elif sign == "in":
        fits, result = right.may_be("array", "map"), BOOL
    elif sign == "..":
        fits, result = both("int"), ExprKind("array", INT)
    elif sign == "%":
        fits, result = both("int"), INT
    elif sign in TEXT_TESTS:
        fits, result = texts, BOOL
    elif sign in ("/", "**"):
        fits, result = numbers, FLOAT
    elif sign in ("+", "-") and left.name == right.name == "time.Duration":
        fits, result = True, left
    else:
        fits = numbers or (sign == "+" and texts)
        whole = left.name == right.name == "int"
        result = INT if whole else TEXT if texts and not numbers else FLOAT
        result = ANY if "any" in (left.name, right.name) else result
    if not fits:
        raise FormulaError(
            f"invalid operation: {sign} (mismatched types {left.name} and {right.name})"
        )
    return result


def _call(name: str, arguments: tuple[ExprNode, ...], names: _Names) -> ExprKind:
    if name in PREDICATES:
        return _each(name, arguments, names)
    if name in OF_TIME:
        raise NotComputed(f"{name}() is not computed here")
    if name not in FUNCTIONS:
        raise FormulaError(f"unknown name {name}")
    function = FUNCTIONS[name]
    if len(arguments) < function.fewest:
        raise FormulaError(f"not enough arguments to call {name}")
    if len(arguments) > function.most:
        raise FormulaError(f"too many arguments to call {name}")
    kinds = [_check(argument, names) for argument in arguments]
    for kind in kinds:
        if function.takes and not kind.may_be(*function.takes):
            raise FormulaError(f"invalid argument for {name} (type {kind.name})")
    if function.gives == "first":
        return kinds[0]
    return ExprKind(function.gives, ANY if function.gives == "array" else None)


def _each(name: str, arguments: tuple[ExprNode, ...], names: _Names) -> ExprKind:
    over = _check(arguments[0], names)
    if not over.may_be("array"):
        raise FormulaError(f"builtin {name} takes only array (got {over.name})")
    element = over.of or ANY
    start = ANY
    if len(arguments) > 2:
        start = _check(arguments[2], names)
    result = element
    if len(arguments) > 1:
        result = _check(arguments[1], _Names(names.known, element, start))
    if name in ("all", "none", "any", "one", "filter", "count") or name.startswith("find"):
        if not result.may_be("bool"):
            raise FormulaError(f"predicate should return boolean (got {result.name})")
        whole = {"filter": over, "count": INT, "findIndex": INT, "findLastIndex": INT}
        return ANY if name in ("find", "findLast") else whole.get(name, BOOL)
    if name == "sum" and not result.may_be(*NUMBER):
        raise FormulaError(f"cannot sum elements of type {result.name}")
    kinds = {
        "map": ExprKind("array", result),
        "sortBy": over,
        "sum": result,
        "groupBy": ExprKind("map"),
    }
    return kinds.get(name, ANY)
