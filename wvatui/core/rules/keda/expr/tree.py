"""The nodes of a formula's syntax tree."""

from dataclasses import dataclass

ConstantValue = int | float | bool | str | None


@dataclass(frozen=True, slots=True)
class ConstantNode:
    """A number, text, true, false or nil."""

    value: ConstantValue


@dataclass(frozen=True, slots=True)
class NameNode:
    """The name of a trigger or of a `let`."""

    name: str


@dataclass(frozen=True, slots=True)
class PointerNode:
    """`#`, `#acc` or `#index` in a predicate. `name`: empty, acc or index."""

    name: str


@dataclass(frozen=True, slots=True)
class UnaryNode:
    """A unary operation: -, + or not."""

    sign: str
    inside: "ExprNode"


@dataclass(frozen=True, slots=True)
class BinaryNode:
    """A binary operation."""

    sign: str
    left: "ExprNode"
    right: "ExprNode"


@dataclass(frozen=True, slots=True)
class ChoiceNode:
    """`a ? b : c` and `if a {b} else {c}`."""

    condition: "ExprNode"
    yes: "ExprNode"
    no: "ExprNode"


@dataclass(frozen=True, slots=True)
class LetNode:
    """`let name = value; rest`."""

    name: str
    value: "ExprNode"
    rest: "ExprNode"


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """`a; b`: the last one counts."""

    steps: "tuple[ExprNode, ...]"


@dataclass(frozen=True, slots=True)
class ListNode:
    """`[a, b]`."""

    items: "tuple[ExprNode, ...]"


@dataclass(frozen=True, slots=True)
class MapNode:
    """`{key: a}`."""

    pairs: "tuple[tuple[ExprNode, ExprNode], ...]"


@dataclass(frozen=True, slots=True)
class ItemNode:
    """`a[i]`; of a map also `a.name`."""

    inside: "ExprNode"
    place: "ExprNode"


@dataclass(frozen=True, slots=True)
class SliceNode:
    """`a[i:j]`."""

    inside: "ExprNode"
    start: "ExprNode | None"
    end: "ExprNode | None"


@dataclass(frozen=True, slots=True)
class PredicateNode:
    """The expression that a function applies to each element."""

    inside: "ExprNode"


@dataclass(frozen=True, slots=True)
class CallNode:
    """A function and its arguments."""

    name: str
    arguments: "tuple[ExprNode, ...]"


@dataclass(frozen=True, slots=True)
class MethodNode:
    """`a.Name()`."""

    inside: "ExprNode"
    name: str


ExprNode = (
    ConstantNode
    | NameNode
    | PointerNode
    | UnaryNode
    | BinaryNode
    | ChoiceNode
    | LetNode
    | SequenceNode
    | ListNode
    | MapNode
    | ItemNode
    | SliceNode
    | PredicateNode
    | CallNode
    | MethodNode
)
