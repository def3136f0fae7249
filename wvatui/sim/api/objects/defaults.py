"""What a new object becomes before it is stored: defaults by kind."""

import base64
from collections.abc import Callable

from wvatui.core.kube_object import Object
from wvatui.sim.api.objects import jobs


def defaulted(kind: str, obj: Object) -> Object:
    """The object with the defaults of its kind."""
    make = _DEFAULTS.get(kind)
    return obj if make is None else make(obj)


def _pod(pod: Object) -> Object:
    spec = {**pod.get("spec", {})}
    full = jobs.pod_defaults(spec)
    full.setdefault("restartPolicy", "Always")
    return {
        **pod,
        "spec": full,
        "status": pod.get("status") or {"phase": "Pending", "qosClass": "BestEffort"},
    }


def _namespace(obj: Object) -> Object:
    metadata = obj["metadata"]
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    return {
        **obj,
        "metadata": {**metadata, "labels": labels},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _claim(obj: Object) -> Object:
    """A claim is bound at once: there is always a volume here."""
    spec = {"volumeMode": "Filesystem", **(obj.get("spec") or {})}
    spec.setdefault("storageClassName", "standard")
    spec.setdefault("volumeName", f"pvc-{obj['metadata']['uid']}")
    capacity = (spec.get("resources") or {}).get("requests") or {}
    status = {"phase": "Bound", "accessModes": spec.get("accessModes", []), "capacity": capacity}
    return {**obj, "spec": spec, "status": status}


def _secret(obj: Object) -> Object:
    packed = {
        key: base64.b64encode(str(value).encode()).decode()
        for key, value in (obj.get("stringData") or {}).items()
    }
    rest = {key: value for key, value in obj.items() if key != "stringData"}
    data = {**(obj.get("data") or {}), **packed}
    return {**rest, "data": data, "type": obj.get("type", "Opaque")}


def _service(obj: Object) -> Object:
    spec = {"type": "ClusterIP", "clusterIP": "10.96.0.99", **(obj.get("spec") or {})}
    return {**obj, "spec": spec, "status": obj.get("status") or {"loadBalancer": {}}}


_DEFAULTS: dict[str, Callable[[Object], Object]] = {
    "Job": jobs.defaulted,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "Secret": _secret,
    "Service": _service,
}
