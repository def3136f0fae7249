"""Which metrics a query may name, and whose page or object has them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wvatui.core.metrics.metrics_page import HISTOGRAM_PARTS
from wvatui.core.metrics.metrics_table import EPP_METRICS, METRICS, Metric
from wvatui.core.metrics.promql.tree import (
    PromqlAggregation,
    PromqlCall,
    PromqlNode,
    PromqlOperation,
    PromqlSelector,
    selectors,
)

_KUBE_STATE: Mapping[str, tuple[str, str]] = {
    f"kube_{kind}{of}": (label, column)
    for kind, label, columns in (
        (
            "deployment",
            "Deployment",
            {
                "_spec_replicas": "spec",
                "_status_replicas": "replicas",
                "_status_replicas_updated": "updated",
                "_status_replicas_ready": "ready",
                "_status_replicas_available": "available",
                "_status_replicas_unavailable": "unavailable",
            },
        ),
        (
            "statefulset",
            "StatefulSet",
            {
                "_replicas": "spec",
                "_status_replicas": "replicas",
                "_status_replicas_updated": "updated",
                "_status_replicas_ready": "ready",
                "_status_replicas_available": "available",
            },
        ),
    )
    for of, column in columns.items()
}
"""By metric of kube-state-metrics about a target: its kind, and our field with the same value.
Source: kube-state-metrics docs/metrics/workload."""


class PageFamily(NamedTuple):
    """The metrics of one name: where they come from (`gateway`, `engines`, `counts` of engines'
    pages, or a target's `object`), the row of the metrics table, and for a target its kind and our
    field."""

    of: str
    metric: Metric | None = None
    where: tuple[str, str] = ("", "")


def _families() -> dict[str, PageFamily]:
    families = {name: PageFamily("object", None, where) for name, where in _KUBE_STATE.items()}
    for metric in EPP_METRICS:
        families |= {name: PageFamily("gateway", metric) for name in metric.spellings}
    for metric in METRICS:
        tails = tuple(HISTOGRAM_PARTS) if metric.kind == "histogram" else ("",)
        of = "engines" if metric.kind == "gauge" else "counts"
        families |= {n + tail: PageFamily(of, metric) for n in metric.spellings for tail in tails}
    return families


FAMILIES = _families()
WHOSE = {
    "gateway": "the gateway's page",
    "engines": "the engines' pages",
    "counts": "the engines' pages",
}


def tells(name: str, label: str) -> bool:
    """Whether pages or objects have this label of a metric, or all its series the same value."""
    family = FAMILIES.get(name)
    if family is None:
        return True
    if family.of == "object":
        return label in ("namespace", family.where[0].lower())
    own = () if family.metric is None else (family.metric.by, *dict(family.metric.labels))
    return label in ("pod", "le", "namespace", *own)


def joined_otherwise(node: PromqlNode, shape: str) -> Iterator[bool]:
    """For each selector, whether the query combines a gateway's series in another way than they
    were combined when they were recorded."""
    if isinstance(node, PromqlAggregation):
        yield from joined_otherwise(node.inner, node.shape)
    elif isinstance(node, PromqlSelector):
        metric = FAMILIES[node.name].metric if FAMILIES[node.name].of == "gateway" else None
        kept = {"mean": "avg"}.get(metric.shown, metric.shown) if metric is not None else ""
        yield metric is not None and not metric.by and kept != shape
    elif isinstance(node, PromqlOperation):
        yield from (*joined_otherwise(node.left, ""), *joined_otherwise(node.right, ""))
    elif isinstance(node, PromqlCall):
        for each in node.arguments:
            yield from joined_otherwise(each, shape)


def whose(tree: PromqlNode) -> str:
    """Whose numbers a query reads, in words."""
    families = [FAMILIES[selector.name] for selector in selectors(tree)]
    sources = [WHOSE.get(each.of) or f"the {each.where[0]}'s status" for each in families]
    return " and ".join(dict.fromkeys(sources))
