"""The nodes of a PromQL query's syntax tree. Durations are seconds."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """`label="value"` in a selector. `sign`: =, !=, =~ or !~; a label that is absent is empty."""

    label: str
    sign: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels are as it wants them; patterns match the whole value."""
        value = labels.get(self.label, "")
        if self.sign in ("=", "!="):
            return (value == self.value) is (self.sign == "=")
        return (re.fullmatch(self.value, value, re.DOTALL) is not None) is (self.sign == "=~")

    def __str__(self) -> str:
        return f'{self.label}{self.sign}"{self.value}"'


@dataclass(frozen=True, slots=True)
class PromqlNumber:
    """A number that the query states."""

    value: float


@dataclass(frozen=True, slots=True)
class PromqlSelector:
    """Series by name and labels; with `range_s`, their values over that time before."""

    name: str
    matchers: tuple[LabelMatcher, ...] = ()
    range_s: float | None = None
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PromqlCall:
    """A function and its arguments."""

    function: str
    arguments: tuple["PromqlNode", ...]


@dataclass(frozen=True, slots=True)
class PromqlAggregation:
    """An aggregation. `labels`: those to group by, or with `without` those to drop."""

    shape: str
    inner: "PromqlNode"
    labels: tuple[str, ...] = ()
    without: bool = False
    parameter: "PromqlNode | None" = None


@dataclass(frozen=True, slots=True)
class PromqlOperation:
    """A binary operation. `labels`: those by which series are matched (`on`), or with `ignoring`
    those that are not; None: all match. `as_number`: a comparison gives 0 or 1 (`bool`)."""

    sign: str
    left: "PromqlNode"
    right: "PromqlNode"
    labels: tuple[str, ...] | None = None
    ignoring: bool = False
    as_number: bool = False


PromqlNode = Union[PromqlNumber, PromqlSelector, PromqlCall, PromqlAggregation, PromqlOperation]  # noqa: UP007 - the parts name each other


def selectors(node: PromqlNode) -> Iterator[PromqlSelector]:
    """Every selector of a query, in its order."""
    match node:
        case PromqlSelector():
            yield node
        case PromqlCall():
            for argument in node.arguments:
                yield from selectors(argument)
        case PromqlAggregation():
            if node.parameter is not None:
                yield from selectors(node.parameter)
            yield from selectors(node.inner)
        case PromqlOperation():
            yield from selectors(node.left)
            yield from selectors(node.right)
        case PromqlNumber():
            pass
