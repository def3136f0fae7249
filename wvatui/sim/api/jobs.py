"""What the API server does to a Job that is created: defaults, a selector of its own, rules."""

import re
from typing import Any

from wvatui.sim.api.wire import Object

Cause = tuple[str, str, str]
"""(field, reason, message)."""

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_BYTES = 253
# k8s.io/apimachinery/pkg/util/validation: RFC1123SubdomainErrorMsg.
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    r"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def name_causes(name: str) -> list[Cause]:
    """What is wrong with the name of an object of most kinds."""
    if not name or (len(name) <= _NAME_BYTES and _SUBDOMAIN.fullmatch(name)):
        return []
    said = _NAME_RULE if len(name) <= _NAME_BYTES else f"must be no more than {_NAME_BYTES} bytes"
    return [("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {said}')]


def job_causes(job: Object) -> list[Cause]:
    """What is wrong with a Job (k8s.io/kubernetes/pkg/apis/batch/validation)."""
    causes = name_causes(job["metadata"].get("name", ""))
    pod = _pod_spec(job)
    containers = pod.get("containers")
    if not containers:
        causes.append(("spec.template.spec.containers", "FieldValueRequired", "Required value"))
    for number, container in enumerate(containers or []):
        for key in ("name", "image"):
            if not container.get(key):
                where = f"spec.template.spec.containers[{number}].{key}"
                causes.append((where, "FieldValueRequired", "Required value"))
    policy = pod.get("restartPolicy")
    where, valid = "spec.template.spec.restartPolicy", '"OnFailure", "Never"'
    if not policy:
        said = f"Required value: valid values: {valid}"
        causes.append((where, "FieldValueRequired", said))
    elif policy not in ("OnFailure", "Never"):
        said = f'Unsupported value: "{policy}": supported values: {valid}'
        causes.append((where, "FieldValueNotSupported", said))
    return causes


def defaulted(job: Object) -> Object:
    """The Job as it is stored: with defaults, and labels that tie its pods to its uid."""
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
    spec = {
        "parallelism": 1,
        "completions": 1,
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
            "spec": {
                **pod,
                "containers": [_container(container) for container in pod["containers"]],
                "terminationGracePeriodSeconds": pod.get("terminationGracePeriodSeconds", 30),
                "dnsPolicy": pod.get("dnsPolicy", "ClusterFirst"),
                "securityContext": pod.get("securityContext", {}),
                "schedulerName": pod.get("schedulerName", "default-scheduler"),
            },
        },
    }
    metadata = _labelled(job["metadata"], labels)
    return {**job, "metadata": metadata, "spec": spec, "status": job.get("status") or {}}


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
