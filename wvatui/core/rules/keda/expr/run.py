"""From a formula's tree and values to its result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wvatui.core.rules.keda.expr.builtins import FUNCTIONS, METHODS, in_order, listed, ordered
from wvatui.core.rules.keda.expr.kinds import (
    FormulaValue,
    SpanOfTime,
    binary,
    is_number,
    is_whole,
    kind_of,
    unary,
)
from wvatui.core.rules.keda.expr.parser import PREDICATES
from wvatui.core.rules.keda.expr.tokens import FormulaError
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
class ExprScope:
    """The values of names and pointers."""

    names: Mapping[str, FormulaValue]
    element: FormulaValue = None
    sum: FormulaValue = None
    index: int = 0


def run(node: ExprNode, values: Mapping[str, float | None]) -> FormulaValue:
    """The result of a formula that `check` accepts. Raises FormulaError.

    `values`: by name; None for a trigger that cannot be read.
    """
    return run_in(node, ExprScope(values))


def run_in(node: ExprNode, scope: ExprScope) -> FormulaValue:
    """The result of a node within a scope. Raises FormulaError."""
    match node:
        case ConstantNode(value):
            return value
        case NameNode(name):
            if name not in scope.names:
                raise FormulaError(f"unknown name {name}")
            return scope.names[name]
        case PointerNode(name):
            return {"": scope.element, "acc": scope.sum, "index": scope.index}[name]
        case UnaryNode(sign, inside):
            return unary(sign, run_in(inside, scope))
        case BinaryNode(sign, left, right):
            return _binary(sign, left, right, scope)
        case ChoiceNode(condition, yes, no):
            chosen = yes if _truth(run_in(condition, scope)) else no
            return run_in(chosen, scope)
        case LetNode(name, value, rest):
            named = {**scope.names, name: run_in(value, scope)}
            return run_in(rest, replace(scope, names=named))
        case SequenceNode(steps):
            return [run_in(step, scope) for step in steps][-1]
        case ListNode(items):
            return [run_in(item, scope) for item in items]
        case MapNode(pairs):
            return {_key(run_in(key, scope)): run_in(value, scope) for key, value in pairs}
        case ItemNode() | SliceNode():
            return _part(node, scope)
        case CallNode(name, arguments):
            return _call(name, arguments, scope)
        case MethodNode(inside, name):
            span = run_in(inside, scope)
            if not isinstance(span, SpanOfTime) or name not in METHODS:
                raise FormulaError(f"{kind_of(span)} has no method {name}")
            unit = METHODS[name]
            return span.seconds / unit if unit >= 1 else round(span.seconds / unit)
        case PredicateNode():
            raise FormulaError("a predicate where a value belongs")


def _truth(value: FormulaValue) -> bool:
    if not isinstance(value, bool):
        raise FormulaError(f"{kind_of(value)} where true or false belongs")
    return value


def _binary(sign: str, left: ExprNode, right: ExprNode, scope: ExprScope) -> FormulaValue:
    first = run_in(left, scope)
    if sign == "??":
        return run_in(right, scope) if first is None else first
    if sign in ("and", "or"):
        if _truth(first) == (sign == "or"):
            return first
        return _truth(run_in(right, scope))
    return binary(sign, first, run_in(right, scope))


def _part(node: ItemNode | SliceNode, scope: ExprScope) -> FormulaValue:
    """One element (a negative index counts from the end) or a slice."""
    whole = run_in(node.inside, scope)
    if isinstance(whole, dict) and isinstance(node, ItemNode):
        value: FormulaValue = whole.get(_key(run_in(node.place, scope)))
        return value
    if not isinstance(whole, list | str):
        raise FormulaError(f"cannot fetch from {kind_of(whole)}")
    if isinstance(node, SliceNode):
        ends = [None if end is None else run_in(end, scope) for end in (node.start, node.end)]
        if not all(end is None or is_whole(end) for end in ends):
            raise FormulaError("non-integer slice index")
        cut: Any = slice(*ends)
        part: FormulaValue = whole[cut]
        return part
    place = run_in(node.place, scope)
    if not is_whole(place):
        raise FormulaError(f"a place in a list must be an integer, not {kind_of(place)}")
    if not -len(whole) <= place < len(whole):
        raise FormulaError(f"index out of range: {place} (array length is {len(whole)})")
    element: FormulaValue = whole[place]
    return element


def _key(value: FormulaValue) -> Any:
    if isinstance(value, list | dict):
        raise FormulaError(f"a {kind_of(value)} as the key of a map")
    return value


def _call(name: str, arguments: tuple[ExprNode, ...], scope: ExprScope) -> FormulaValue:
    if name in PREDICATES:
        return _each(name, arguments, scope)
    given = [run_in(argument, scope) for argument in arguments]
    result: FormulaValue = FUNCTIONS[name].compute(given)
    return result


def _each(name: str, arguments: tuple[ExprNode, ...], scope: ExprScope) -> FormulaValue:
    """The result of a function that applies an expression to each element."""
    values = listed(name, run_in(arguments[0], scope))
    predicate = arguments[1] if len(arguments) > 1 else None
    if name == "reduce":
        return _reduced(values, arguments, scope)

    def results() -> Iterator[FormulaValue]:
        for index, value in enumerate(values):
            if not isinstance(predicate, PredicateNode):
                yield value
            else:
                yield run_in(predicate.inside, replace(scope, element=value, index=index))

    if name == "map":
        return list(results())
    if name == "sum":
        return _sum(list(results()))
    if name == "groupBy":
        groups: dict[Any, list[Any]] = {}
        for value, key in zip(values, results(), strict=True):
            groups.setdefault(_key(key), []).append(value)
        return groups
    if name == "sortBy":
        keys = list(results())
        ordered(keys, "sortBy")
        places = sorted(range(len(values)), key=lambda place: keys[place])  # type: ignore[arg-type, return-value]
        order = run_in(arguments[2], scope) if len(arguments) > 2 else "asc"
        return [values[place] for place in in_order(places, order)]
    return _chosen(name, values, [_truth(result) for result in results()])


def _chosen(name: str, values: list[Any], true: list[bool]) -> FormulaValue:
    """The result of a function, given for which elements its predicate is true."""
    places = [place for place, holds in enumerate(true) if holds]
    if name == "filter":
        return [values[place] for place in places]
    if name == "count":
        return len(places)
    if name in ("all", "none", "any", "one"):
        wanted = {"all": len(places) == len(values), "none": not places, "one": len(places) == 1}
        return wanted.get(name, bool(places))
    if not places:
        return None
    place = places[-1] if "Last" in name else places[0]
    result: FormulaValue = place if name.endswith("Index") else values[place]
    return result


def _sum(values: list[Any]) -> FormulaValue:
    total: int | float = 0
    for value in values:
        if not is_number(value):
            raise FormulaError(f"invalid operation: int + {kind_of(value)}")
        total += value
    return total


def _reduced(values: list[Any], arguments: tuple[ExprNode, ...], scope: ExprScope) -> FormulaValue:
    predicate = arguments[1]
    assert isinstance(predicate, PredicateNode)
    if len(arguments) > 2:
        total, rest = run_in(arguments[2], scope), values
    elif values:
        total, rest = values[0], values[1:]
    else:
        raise FormulaError("reduce of empty array with no initial value")
    first = len(values) - len(rest)
    for index, value in enumerate(rest):
        inside = replace(scope, element=value, sum=total, index=index + first)
        total = run_in(predicate.inside, inside)
    return total
