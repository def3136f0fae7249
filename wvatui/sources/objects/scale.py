"""The scale subresource, which states the replicas of any kind of scale target."""

from wvatui.core.events import Workload
from wvatui.core.kube_object import ReadObject
from wvatui.core.label_selector import parse_selector
from wvatui.sources.objects.fields import at, moment, name_of, text, whole


def decode_scale(kind: str, obj: ReadObject, now: float) -> Workload:
    """A Scale (autoscaling/v1) of an object of `kind` as an event at `now`.

    It does not state how many replicas are ready. `spec.replicas` is omitted when it is 0; the spec
    and `status.replicas` never are (Kubernetes staging/src/k8s.io/api/autoscaling/v1/types.go).
    """
    namespace, name = name_of(obj)
    spec = at(obj, "spec")
    is_zero = isinstance(spec, dict) and "replicas" not in spec
    return Workload(
        now,
        kind=kind,
        name=name,
        namespace=namespace,
        spec=0 if is_zero else whole(obj, "spec", "replicas"),
        replicas=whole(obj, "status", "replicas"),
        requirements=parse_selector(text(obj, "status", "selector")) or (),
        created_at=moment(obj, "metadata", "creationTimestamp"),
    )
