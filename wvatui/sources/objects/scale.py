"""The scale subresource: what any kind of scale target says of its replicas."""

from wvatui.core.events import Workload
from wvatui.core.kube_object import ReadObject
from wvatui.core.label_selector import parse_selector
from wvatui.sources.objects.fields import moment, name_of, table, text, whole


def decode_scale(kind: str, obj: ReadObject, now: float) -> Workload:
    """A Scale (autoscaling/v1) of an object of `kind` as an event at `now`.

    It does not say how many replicas are ready. `spec.replicas` is left out when it is 0
    (Kubernetes staging/src/k8s.io/api/autoscaling/v1/types.go, ScaleSpec).
    """
    namespace, name = name_of(obj)
    spec, status = whole(obj, "spec", "replicas"), table(obj, "status")
    replicas = whole(obj, "status", "replicas")
    return Workload(
        now,
        kind=kind,
        name=name,
        namespace=namespace,
        spec=0 if spec is None and "replicas" not in table(obj, "spec") else spec,
        replicas=0 if replicas is None and "replicas" not in status else replicas,
        requirements=parse_selector(text(obj, "status", "selector")) or (),
        created_at=moment(obj, "metadata", "creationTimestamp"),
    )
