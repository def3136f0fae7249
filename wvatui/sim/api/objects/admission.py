"""What is asked of a new object first: that its namespace is there, and that its fields exist."""

from aiohttp import web

from wvatui.core.kube_object import Object
from wvatui.sim.api.context import RequestTarget
from wvatui.sim.api.wire.kinds import Resource
from wvatui.sim.api.wire.status import bad_request, not_found

_NAMESPACES = Resource("", "v1", "namespaces", "Namespace")
_JOB = {
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "completionMode",
    "completions",
    "managedBy",
    "manualSelector",
    "maxFailedIndexes",
    "parallelism",
    "podFailurePolicy",
    "podReplacementPolicy",
    "selector",
    "successPolicy",
    "suspend",
    "template",
    "ttlSecondsAfterFinished",
}
_POD = {
    "activeDeadlineSeconds",
    "affinity",
    "automountServiceAccountToken",
    "containers",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "ephemeralContainers",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostUsers",
    "hostname",
    "hostnameOverride",
    "imagePullSecrets",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "os",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "resourceClaims",
    "resources",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "schedulingGates",
    "schedulingGroup",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "setHostnameAsFQDN",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
    "workloadRef",
}
_CONTAINER = {
    "args",
    "command",
    "env",
    "envFrom",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "name",
    "ports",
    "readinessProbe",
    "resizePolicy",
    "resources",
    "restartPolicy",
    "restartPolicyRules",
    "securityContext",
    "startupProbe",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
}


def admit(request: web.Request, target: RequestTarget, obj: Object) -> None:
    """Raise what speaks against a new object."""
    store = target.context.store
    if target.resource.namespaced and store.list("Namespace"):
        name = target.namespace
        if store.get("Namespace", "", name) is None:
            raise not_found(_NAMESPACES, name)
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
    found = [f"spec.{key}" for key in spec if key not in _JOB]
    template = spec.get("template")
    pod = template.get("spec") if isinstance(template, dict) else None
    return found + (_of_pod("spec.template.spec", pod) if isinstance(pod, dict) else [])


def _of_pod(where: str, spec: Object) -> list[str]:
    found = [f"{where}.{key}" for key in spec if key not in _POD]
    for group in ("containers", "initContainers"):
        for number, container in enumerate(spec.get(group) or []):
            if isinstance(container, dict):
                place = f"{where}.{group}[{number}]"
                found += [f"{place}.{key}" for key in container if key not in _CONTAINER]
    return found
