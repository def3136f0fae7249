"""Objects that declare a variant: a VariantAutoscaling, or an annotated HPA or ScaledObject."""

from wvatui.core.events import Variant
from wvatui.core.kube_object import ReadObject
from wvatui.core.redact import LIMIT
from wvatui.sources.objects.fields import (
    at,
    conditions,
    items,
    moment,
    quantity,
    scaling,
    strings,
    text,
    whole,
)
from wvatui.sources.objects.workload import ACCELERATOR_LABEL

MANAGED = "llm-d.ai/managed"
MODEL = "llm-d.ai/model-id"
COST = "llm-d.ai/variant-cost"
"""Annotations (WVA v0.8.0 internal/annotations/annotations.go:33-41)."""
SCALED_OBJECT_LABEL = "scaledobject.keda.sh/name"


def decode_variant_autoscaling(obj: ReadObject, now: float) -> Variant:
    """A VariantAutoscaling object of any release as an event at `now`."""
    labels, fields = strings(obj, "metadata", "labels"), scaling(obj)
    # Up to v0.4.2 an object without a reference scales the Deployment of its own name.
    fields["target_name"] = fields["target_name"] or fields["name"]
    allocated = "desiredOptimizedAlloc"
    return Variant(
        now,
        **fields,
        source="VariantAutoscaling",
        model=text(obj, "spec", "modelID"),
        accelerator=labels.get(ACCELERATOR_LABEL, "")
        or text(obj, "spec", "accelerator")
        or text(obj, "status", allocated, "accelerator")
        or text(obj, "status", "currentAlloc", "accelerator"),
        cost=quantity(at(obj, "spec", "variantCost")),
        min=whole(obj, "spec", "minReplicas"),
        max=whole(obj, "spec", "maxReplicas"),
        desired=_desired(obj, allocated),
        conditions=conditions(obj),
    )


def _desired(obj: ReadObject, allocated: str) -> int | None:
    """The target that the controller wants; None: no decision yet, for which releases up to v0.5.1
    write 0."""
    wanted = whole(obj, "status", allocated, "numReplicas")
    decided_at = moment(obj, "status", allocated, "lastRunTime")
    if wanted == 0 and (decided_at is None or decided_at <= 0):
        return None
    return wanted


def scaled_object_of(obj: ReadObject) -> str:
    """Name of the ScaledObject that created an HPA; empty when none did."""
    owners = items(obj, "metadata", "ownerReferences")
    named = (text(owner, "name") for owner in owners if text(owner, "kind") == "ScaledObject")
    labels = strings(obj, "metadata", "labels")
    return next(named, "") or labels.get(SCALED_OBJECT_LABEL, "")


def declaring_notes(obj: ReadObject) -> dict[str, str]:
    """The annotations and labels of an object under `llm-d.ai/`; annotations take precedence."""
    notes = strings(obj, "metadata", "labels") | strings(obj, "metadata", "annotations")
    return {key: value[:LIMIT] for key, value in notes.items() if key.startswith("llm-d.ai/")}


def is_managed(obj: ReadObject) -> bool:
    """Whether an HPA or a ScaledObject declares a variant."""
    notes, labels = strings(obj, "metadata", "annotations"), strings(obj, "metadata", "labels")
    return "true" in (notes.get(MANAGED), labels.get(MANAGED))


def decode_declared(kind: str, obj: ReadObject, now: float) -> Variant | None:
    """The variant that an HPA or a ScaledObject declares; None when it declares none."""
    if not is_managed(obj):
        return None
    notes, fields = strings(obj, "metadata", "annotations"), scaling(obj)
    # KEDA copies annotations to its HPA; the variant is named after the annotated object.
    fields["name"] = scaled_object_of(obj) or fields["name"]
    low = whole(obj, "spec", "minReplicas")
    high = whole(obj, "spec", "maxReplicas")
    return Variant(
        now,
        **fields,
        source=kind,
        model=notes.get(MODEL, ""),
        accelerator=strings(obj, "metadata", "labels").get(ACCELERATOR_LABEL, ""),
        cost=quantity(notes.get(COST)),
        min=whole(obj, "spec", "minReplicaCount") if low is None else low,
        max=whole(obj, "spec", "maxReplicaCount") if high is None else high,
    )
