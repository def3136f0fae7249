"""What declares a variant: a VariantAutoscaling, or an annotated HPA or ScaledObject."""

from wvatui.core.events import Variant
from wvatui.sources.objects.fields import (
    Object,
    at,
    conditions,
    moment,
    name_of,
    quantity,
    strings,
    text,
    whole,
)
from wvatui.sources.objects.workload import ACCELERATOR_LABEL

MANAGED = "llm-d.ai/managed"
MODEL = "llm-d.ai/model-id"
COST = "llm-d.ai/variant-cost"
"""Annotations (WVA v0.8.0 internal/annotations/annotations.go:33-41)."""


def decode_variant_autoscaling(obj: Object, now: float) -> Variant:
    """A VariantAutoscaling object of any release as an event at `now`."""
    namespace, name = name_of(obj)
    labels = strings(obj, "metadata", "labels")
    allocated = "desiredOptimizedAlloc"
    return Variant(
        now,
        name=name,
        namespace=namespace,
        source="VariantAutoscaling",
        model=text(obj, "spec", "modelID"),
        accelerator=labels.get(ACCELERATOR_LABEL, "")
        or text(obj, "status", allocated, "accelerator")
        or text(obj, "status", "currentAlloc", "accelerator"),
        cost=quantity(at(obj, "spec", "variantCost")),
        min=whole(obj, "spec", "minReplicas"),
        max=whole(obj, "spec", "maxReplicas"),
        target_kind=text(obj, "spec", "scaleTargetRef", "kind") or "Deployment",
        # Up to v0.4.2 an object without a reference scales the Deployment of its own name.
        target_name=text(obj, "spec", "scaleTargetRef", "name") or name,
        desired=whole(obj, "status", allocated, "numReplicas"),
        conditions=conditions(obj),
        created_at=moment(obj, "metadata", "creationTimestamp"),
    )


def is_managed(obj: Object) -> bool:
    """Whether an HPA or a ScaledObject declares a variant."""
    notes, labels = strings(obj, "metadata", "annotations"), strings(obj, "metadata", "labels")
    return "true" in (notes.get(MANAGED), labels.get(MANAGED))


def decode_declared(kind: str, obj: Object, now: float) -> Variant | None:
    """The variant that an HPA or a ScaledObject declares; None when it declares none."""
    if not is_managed(obj):
        return None
    namespace, name = name_of(obj)
    notes = strings(obj, "metadata", "annotations")
    low = whole(obj, "spec", "minReplicas")
    high = whole(obj, "spec", "maxReplicas")
    return Variant(
        now,
        name=name,
        namespace=namespace,
        source=kind,
        model=notes.get(MODEL, ""),
        accelerator=strings(obj, "metadata", "labels").get(ACCELERATOR_LABEL, ""),
        cost=quantity(notes.get(COST)),
        min=whole(obj, "spec", "minReplicaCount") if low is None else low,
        max=whole(obj, "spec", "maxReplicaCount") if high is None else high,
        target_kind=text(obj, "spec", "scaleTargetRef", "kind") or "Deployment",
        target_name=text(obj, "spec", "scaleTargetRef", "name"),
        created_at=moment(obj, "metadata", "creationTimestamp"),
    )
