"""How a query combines the values of a pool's pods into one."""

from wvatui.core.metrics.promql.operators import ARITHMETIC
from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import (
    PromqlAggregation,
    PromqlNode,
    PromqlNumber,
    PromqlOperation,
    selectors,
)

_SUMS = ("sum", "count")
"""Aggregations that grow with the pool."""
_WHOLE_POOL = "replicas"
"""Part of the name of a metric whose value already is a number of replicas."""


def pool_shape(query: str) -> str:
    """How the query combines the pool's values: max or avg; empty: by the sum, or otherwise."""
    try:
        node: PromqlNode = parse(query)
    except PromqlError:
        return ""
    while isinstance(node, PromqlOperation) and (
        node.sign == "or" or (node.sign in ARITHMETIC and isinstance(node.right, PromqlNumber))
    ):
        node = node.left
    if not isinstance(node, PromqlAggregation) or node.shape in _SUMS or node.labels:
        return ""
    counted = any(_WHOLE_POOL in selector.name for selector in selectors(node))
    names = {"avg": "mean", "max": "maximum", "min": "minimum"}
    return "" if counted else names.get(node.shape, node.shape)
