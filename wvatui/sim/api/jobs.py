"""What the API server does with a new Job: defaults, a generated selector, validation."""

import re
from typing import Any

from wvatui.core.kube_object import Object

Cause = tuple[str, str, str]
"""(field, reason, message)."""

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_BYTES = 253
_LABEL_BYTES = 63
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
)
# RFC1123LabelErrorMsg and labelValueErrMsg of the same file as below.
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    r"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    r"'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
# k8s.io/apimachinery/pkg/util/validation: RFC1123SubdomainErrorMsg.
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    r"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def name_causes(name: str) -> list[Cause]:
    """Errors in the name of an object of most kinds."""
    if not name or (len(name) <= _NAME_BYTES and _SUBDOMAIN.fullmatch(name)):
        return []
    said = _NAME_RULE if len(name) <= _NAME_BYTES else f"must be no more than {_NAME_BYTES} bytes"
    return [("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {said}')]


def job_causes(job: Object) -> list[Cause]:
    """Errors in a Job (k8s.io/kubernetes/pkg/apis/batch/validation)."""
    name = job["metadata"].get("name", "")
    causes = [*name_causes(name), *label_causes("metadata.labels", job["metadata"])]
    spec = job.get("spec") or {}
    for key in _COUNTS:
        value = spec.get(key)
        if value is not None and (not isinstance(value, int) or value < 0):
            said = f"Invalid value: {value}: must be greater than or equal to 0"
            causes.append((f"spec.{key}", "FieldValueInvalid", said))
    if _LABEL_BYTES < len(name) <= _NAME_BYTES:
        said = f'Invalid value: "{name}": must be no more than {_LABEL_BYTES} bytes'
        causes.append(("spec.template.labels", "FieldValueInvalid", said))
    template = spec.get("template") or {}
    causes += label_causes("spec.template.metadata.labels", template.get("metadata") or {})
    causes += pod_causes("spec.template.spec", _pod_spec(job))
    policy = _pod_spec(job).get("restartPolicy")
    where, valid = "spec.template.spec.restartPolicy", '"OnFailure", "Never"'
    if not policy:
        said = f"Required value: valid values: {valid}"
        causes.append((where, "FieldValueRequired", said))
    elif policy not in ("OnFailure", "Never"):
        said = f'Unsupported value: "{policy}": supported values: {valid}'
        causes.append((where, "FieldValueNotSupported", said))
    return causes


def pod_causes(where: str, pod: Object) -> list[Cause]:
    """Errors in a pod's specification, found at `where`."""
    causes: list[Cause] = []
    if not pod.get("containers"):
        causes.append((f"{where}.containers", "FieldValueRequired", "Required value"))
    volumes = {volume.get("name") for volume in pod.get("volumes") or []}
    seen: set[str] = set()
    for group in ("initContainers", "containers"):
        for number, container in enumerate(pod.get(group) or []):
            place = f"{where}.{group}[{number}]"
            causes += _container_causes(place, container, volumes)
            name = str(container.get("name", ""))
            if name and name in seen:
                said = f'Duplicate value: "{name}"'
                causes.append((f"{place}.name", "FieldValueDuplicate", said))
            seen.add(name)
    return causes


def _container_causes(place: str, container: Object, volumes: set[str | None]) -> list[Cause]:
    causes: list[Cause] = [
        (f"{place}.{key}", "FieldValueRequired", "Required value")
        for key in ("name", "image")
        if not container.get(key)
    ]
    name = str(container.get("name") or "a")
    if not _LABEL.fullmatch(name) or len(name) > _LABEL_BYTES:
        said = f'Invalid value: "{name}": {_LABEL_RULE}'
        causes.append((f"{place}.name", "FieldValueInvalid", said))
    for number, mount in enumerate(container.get("volumeMounts") or []):
        if mount.get("name") not in volumes:
            said = f'Not found: "{mount.get("name", "")}"'
            causes.append((f"{place}.volumeMounts[{number}].name", "FieldValueNotFound", said))
    return causes


def label_causes(where: str, metadata: Object) -> list[Cause]:
    """Errors in labels."""
    causes: list[Cause] = []
    for value in (metadata.get("labels") or {}).values():
        if not isinstance(value, str) or len(value) > _LABEL_BYTES:
            said = f'Invalid value: "{value}": must be no more than {_LABEL_BYTES} bytes'
        elif value and not _LABEL_VALUE.fullmatch(value):
            said = f'Invalid value: "{value}": {_LABEL_VALUE_RULE}'
        else:
            continue
        causes.append((where, "FieldValueInvalid", said))
    return causes


def changed_causes(old: Object, new: Object) -> list[Cause]:
    """Errors for fields of a Job that must not change."""
    causes: list[Cause] = []
    for key in ("completions", "selector", "template", "completionMode"):
        before, after = old["spec"].get(key), (new.get("spec") or {}).get(key)
        if before != after:
            shown = (
                f'"{after}"'
                if isinstance(after, str)
                else (str(after) if isinstance(after, int) else _GO_TYPES.get(key, "null"))
            )
            said = f"Invalid value: {shown}: field is immutable"
            causes.append((f"spec.{key}", "FieldValueInvalid", said))
    return causes


_GO_TYPES = {"template": "core.PodTemplateSpec{}", "selector": "v1.LabelSelector{}"}


def defaulted(job: Object) -> Object:
    """The Job as stored: with defaults, and labels that tie its pods to its uid."""
    uid = job["metadata"]["uid"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": job["metadata"]["name"],
        "controller-uid": uid,
        "job-name": job["metadata"]["name"],
    }
    given = job.get("spec") or {}
    template = given.get("template") or {}
    pod = _pod_spec(job)
    counts = {"parallelism": 1, "completions": 1}
    if given.get("parallelism") is not None and given.get("completions") is None:
        counts = {"parallelism": 1}  # a work queue: one success ends it
    spec = {
        **counts,
        "backoffLimit": 6,
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}},
        "manualSelector": False,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
        **given,
        "template": {
            **template,
            "metadata": _labelled(template.get("metadata"), labels),
            "spec": pod_defaults(pod),
        },
    }
    metadata = _labelled(job["metadata"], labels)
    return {**job, "metadata": metadata, "spec": spec, "status": job.get("status") or {}}


def pod_defaults(pod: Object) -> Object:
    """A pod's specification with its defaults."""
    full = {
        **pod,
        "containers": [_container(container) for container in pod["containers"]],
        "terminationGracePeriodSeconds": pod.get("terminationGracePeriodSeconds", 30),
        "dnsPolicy": pod.get("dnsPolicy", "ClusterFirst"),
        "securityContext": pod.get("securityContext", {}),
        "schedulerName": pod.get("schedulerName", "default-scheduler"),
    }
    if inits := pod.get("initContainers"):
        full["initContainers"] = [_container(container) for container in inits]
    return full


def _pod_spec(job: Object) -> Object:
    template: Object = (job.get("spec") or {}).get("template") or {}
    return template.get("spec") or {}


def _labelled(metadata: Object | None, labels: dict[str, str]) -> Object:
    metadata = metadata or {}
    return {**metadata, "labels": {**(metadata.get("labels") or {}), **labels}}


def _container(given: Object) -> Object:
    image = str(given.get("image", ""))
    tag = image.rpartition("/")[2].partition(":")[2]
    policy = "Always" if tag in ("", "latest") and "@" not in image else "IfNotPresent"
    defaults: dict[str, Any] = {
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": policy,
    }
    return {**given, **{key: given.get(key, value) for key, value in defaults.items()}}
