"""Leases, which show the leader."""

from wvatui.core.events import Lease
from wvatui.core.kube_object import ReadObject
from wvatui.sources.objects.fields import moment, name_of, text, whole

CONTROLLER_LEASE = "72dd1cf1.llm-d.ai"
"""Name of WVA's lease in every release (WVA v0.8.0 internal/config/loader.go:69)."""


def decode_lease(obj: ReadObject, now: float) -> Lease:
    """A Lease (coordination.k8s.io/v1) as an event at `now`."""
    namespace, name = name_of(obj)
    return Lease(
        now,
        name=name,
        namespace=namespace,
        holder=text(obj, "spec", "holderIdentity"),
        renewed_at=moment(obj, "spec", "renewTime"),
        transitions=whole(obj, "spec", "leaseTransitions"),
        acquired_at=moment(obj, "spec", "acquireTime"),
        duration_s=whole(obj, "spec", "leaseDurationSeconds"),
    )
