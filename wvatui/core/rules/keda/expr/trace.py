"""A formula term by term: as written, with its values filled in, and the result."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wvatui.core.rules.keda.expr.kinds import FormulaValue
from wvatui.core.rules.keda.expr.parser import BINARY, UNARY, parse
from wvatui.core.rules.keda.expr.run import ExprScope, run_in
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

_TIGHTEST = 2000


def traced(text: str, values: Mapping[str, float | None]) -> tuple[str, ...]:
    """A line for each `let`, each chosen branch, and the result.

    `values`: of the triggers, by name; None is nil. Raises FormulaError for a formula that cannot
    be read or computed.
    """
    return tuple(_lines(parse(text), ExprScope(values), ""))


def _lines(node: ExprNode, scope: ExprScope, name: str) -> Iterator[str]:
    """The lines for one node. `name`: the name of its result; empty: the formula's own result."""
    if isinstance(node, SequenceNode):
        node = node.steps[-1]
    if isinstance(node, LetNode):
        yield from _lines(node.value, scope, node.name)
        names = {**scope.names, node.name: run_in(node.value, scope)}
        yield from _lines(node.rest, replace(scope, names=names), name)
    elif isinstance(node, ChoiceNode):
        holds = run_in(node.condition, scope)
        condition = text_of(node.condition)
        with_values = text_of(node.condition, scope.names)
        shown = condition if condition == with_values else f"{condition}: {with_values}"
        yield f"{shown} is {_shown(holds)}"
        yield from _lines(node.yes if holds else node.no, scope, name)
    else:
        texts = [text_of(node), text_of(node, scope.names), _shown(run_in(node, scope))]
        yield " = ".join(dict.fromkeys([name, *texts] if name else texts))


def _shown(value: FormulaValue) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(each)}' for key, each in value.items())}}}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def text_of(
    node: ExprNode, values: Mapping[str, FormulaValue] | None = None, least: int = 0
) -> str:
    """An expression as text, with `values` in place of names.

    `least`: the precedence below which it needs parentheses.
    """
    text, tight = _written(node, values)
    return text if tight >= least else f"({text})"


def _written(node: ExprNode, values: Mapping[str, FormulaValue] | None) -> tuple[str, int]:
    """(text, precedence) of a node."""

    def inside(part: ExprNode, least: int = 0) -> str:
        return text_of(part, values, least)

    match node:
        case ConstantNode(value):
            return _shown(value), _TIGHTEST
        case NameNode(name):
            known = values is not None and name in values
            return (_shown(values[name]) if known and values else name), _TIGHTEST
        case PointerNode(name):
            return f"#{name}", _TIGHTEST
        case UnaryNode(sign, part):
            space = " " if sign.isalpha() else ""
            return f"{sign}{space}{inside(part, UNARY[sign])}", UNARY[sign]
        case BinaryNode(sign, left, right):
            tight = BINARY[sign]
            if sign == "??":  # few readers know its precedence
                return f"{inside(left, tight)} {sign} {inside(right, tight + 1)}", 0
            return f"{inside(left, tight)} {sign} {inside(right, tight + 1)}", tight
        case ChoiceNode(condition, yes, no):
            parts = [inside(part, 1) for part in (condition, yes, no)]
            return f"{parts[0]} ? {parts[1]} : {parts[2]}", 0
        case LetNode(name, value, rest):
            return f"let {name} = {inside(value)}; {inside(rest)}", -1
        case SequenceNode(steps):
            return "; ".join(map(inside, steps)), -1
        case ListNode(parts):
            return f"[{', '.join(map(inside, parts))}]", _TIGHTEST
        case MapNode(pairs):
            named = [f"{inside(key).strip(chr(34))}: {inside(each)}" for key, each in pairs]
            return f"{{{', '.join(named)}}}", _TIGHTEST
        case ItemNode(part, place):
            return f"{inside(part, _TIGHTEST)}[{inside(place)}]", _TIGHTEST
        case SliceNode(part, start, end):
            ends = ["" if each is None else inside(each) for each in (start, end)]
            return f"{inside(part, _TIGHTEST)}[{':'.join(ends)}]", _TIGHTEST
        case CallNode(name, arguments):
            return f"{name}({', '.join(map(inside, arguments))})", _TIGHTEST
        case PredicateNode(part):
            return inside(part), 0
        case MethodNode(part, name):
            return f"{inside(part, _TIGHTEST)}.{name}()", _TIGHTEST
