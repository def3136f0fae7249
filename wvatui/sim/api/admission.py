"""The first checks of a new object: its namespace must exist, and so must its fields."""

import base64
from collections.abc import Callable

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api import jobs
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.status import bad_request, not_found

_NAMESPACES = Resource("", "v1", "namespaces", "Namespace")
_FIELDS = {
    what: frozenset(names.split())
    for what, names in {
        "job": "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions"
        " managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy"
        " podReplacementPolicy selector successPolicy suspend template ttlSecondsAfterFinished",
        "pod": "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig"
        " dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID"
        " hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName nodeSelector"
        " os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims"
        " resources restartPolicy runtimeClassName schedulerName schedulingGates schedulingGroup"
        " securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace"
        " subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes"
        " workloadRef",
        "container": "args command env envFrom image imagePullPolicy lifecycle livenessProbe name"
        " ports readinessProbe resizePolicy resources restartPolicy restartPolicyRules"
        " securityContext startupProbe stdin stdinOnce terminationMessagePath"
        " terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
    }.items()
}
"""Fields of the specs that strict validation knows."""


def admit(request: web.Request, target: RequestTarget, obj: Object) -> None:
    """Raise the refusal of a new object, if there is a reason for one."""
    store = target.context.store
    is_checked = target.resource.namespaced and store.list("Namespace")
    if is_checked and store.get("Namespace", "", target.namespace) is None:
        raise not_found(_NAMESPACES, target.namespace)
    if request.query.get("fieldValidation") == "Strict":
        unknown = [f'unknown field "{path}"' for path in _unknown(target.resource.kind, obj)]
        if unknown:
            kind, version = target.resource.kind, target.resource.version
            raise bad_request(
                f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding '
                f"error: {', '.join(unknown)}"
            )


def _unknown(kind: str, obj: Object) -> list[str]:
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return []
    if kind == "Pod":
        return _of_pod("spec", spec)
    if kind != "Job":
        return []
    unknown = [f"spec.{key}" for key in spec if key not in _FIELDS["job"]]
    template = spec.get("template")
    pod = template.get("spec") if isinstance(template, dict) else None
    return unknown + (_of_pod("spec.template.spec", pod) if isinstance(pod, dict) else [])


def _of_pod(where: str, spec: Object) -> list[str]:
    unknown = [f"{where}.{key}" for key in spec if key not in _FIELDS["pod"]]
    for group in ("containers", "initContainers"):
        for number, container in enumerate(spec.get(group) or []):
            if isinstance(container, dict):
                place = f"{where}.{group}[{number}]"
                unknown += [
                    f"{place}.{key}" for key in container if key not in _FIELDS["container"]
                ]
    return unknown


def defaulted(kind: str, obj: Object) -> Object:
    """The object with the defaults of its kind."""
    return _DEFAULTS[kind](obj) if kind in _DEFAULTS else obj


def _pod(pod: Object) -> Object:
    spec = jobs.pod_defaults(pod.get("spec", {}))
    spec.setdefault("restartPolicy", "Always")
    status = pod.get("status") or {"phase": "Pending", "qosClass": "BestEffort"}
    return {**pod, "spec": spec, "status": status}


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
    """The claim in the state Bound, as there is always a volume here."""
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
