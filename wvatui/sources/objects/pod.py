"""Pods: what they are for, and how far they have come, in kubectl's words."""

from collections.abc import Iterable
from typing import Any

from wvatui.core.events import Pod
from wvatui.sources.objects.fields import Object, at, items, moment, name_of, strings, text, whole

CONTROLLER_LABELS = {
    "control-plane": "controller-manager",
    "app.kubernetes.io/name": "workload-variant-autoscaler",
}
"""What every release of WVA labels its pods with (chart and kustomize)."""
MODEL_LABELS = (
    "llm-d.ai/model", "llm-d.ai/inferenceServing", "llm-d.ai/inference-serving", "llm-d.ai/role",
    "llm-d.ai/variant", "llm-d.ai/guide",
)  # fmt: skip
ENGINE_IMAGES = ("vllm", "sglang", "llm-d-cuda", "llm-d-inference-sim", "llm-d-xpu", "llm-d-rocm")
EPP_IMAGES = ("inference-scheduler", "/epp", "endpoint-picker", "router-endpoint-picker")
WORKER_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"
METRICS_PORTS = ("metrics", "http-metrics", "vllm-metrics")


def role_of(labels: dict[str, str], containers: Iterable[tuple[str, str]]) -> str:
    """What a pod is for, from its labels and (name, image) of its containers; empty: unknown."""
    if all(labels.get(key) == value for key, value in CONTROLLER_LABELS.items()):
        return "controller"
    for name, image in containers:
        if name == "epp" or any(part in image for part in EPP_IMAGES):
            return "epp"
    if "inferencepool" in labels and not any(key in labels for key in MODEL_LABELS):
        return "epp"
    if labels.get(WORKER_INDEX, "0") != "0":
        return ""  # the leader of a group answers for it
    if any(key in labels for key in MODEL_LABELS):
        return "model"
    if any(part in image for _, image in containers for part in ENGINE_IMAGES):
        return "model"
    return ""


def containers_of(spec: Object) -> list[tuple[str, str]]:
    """(name, image) of the containers of a pod's `spec`."""
    return [(text(item, "name"), text(item, "image")) for item in items(spec, "containers")]


def decode_pod(obj: Object, now: float) -> Pod:
    """A Pod object as an event at `now`."""
    namespace, name = name_of(obj)
    labels = strings(obj, "metadata", "labels")
    owner = next(iter(items(obj, "metadata", "ownerReferences")), {})
    stages = {text(c, "type"): c for c in items(obj, "status", "conditions")}
    ready = stages.get("Ready", {})
    is_ready = text(ready, "status") == "True"
    scheduled = stages.get("PodScheduled", {})
    return Pod(
        now,
        name=name,
        namespace=namespace,
        role=role_of(labels, containers_of(at(obj, "spec") or {})),
        phase=text(obj, "status", "phase"),
        ready=is_ready,
        reason="" if is_ready else _reason(obj),
        labels=labels,
        owner_kind=text(owner, "kind"),
        owner_name=text(owner, "name"),
        node=text(obj, "spec", "nodeName"),
        ip=text(obj, "status", "podIP"),
        ports=_ports(obj),
        restarts=sum(
            whole(item, "restartCount") or 0 for item in items(obj, "status", "containerStatuses")
        ),
        created_at=moment(obj, "metadata", "creationTimestamp"),
        scheduled_at=moment(scheduled, "lastTransitionTime")
        if text(scheduled, "status") == "True"
        else None,
        started_at=_started_at(obj),
        ready_at=moment(ready, "lastTransitionTime") if is_ready else None,
        deleting_at=moment(obj, "metadata", "deletionTimestamp"),
        uid=text(obj, "metadata", "uid"),
    )


def _started_at(obj: Object) -> float | None:
    """When the last of its containers began to run; None before that."""
    times = [
        moment(item, "state", "running", "startedAt")
        for item in items(obj, "status", "containerStatuses")
    ]
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


def _ports(obj: Object) -> tuple[int, ...]:
    """Ports that may serve metrics: annotated, then named so, then the rest as declared."""
    annotated = text(obj, "metadata", "annotations", "prometheus.io/port")
    found = [int(annotated)] if annotated.isdigit() and len(annotated) < 6 else []
    declared = [
        (text(port, "name"), number)
        for container in items(obj, "spec", "containers")
        for port in items(container, "ports")
        if (number := whole(port, "containerPort")) is not None
        and text(port, "protocol") in ("", "TCP")
    ]
    found += [number for name, number in declared if name in METRICS_PORTS]
    found += [number for _, number in declared]
    return tuple(dict.fromkeys(number for number in found if 0 < number < 65536))


def _reason(obj: Object) -> str:
    """Why it is not ready: what kubectl prints in the STATUS column."""
    if text(obj, "metadata", "deletionTimestamp"):
        return "Terminating"
    if reason := text(obj, "status", "reason"):
        return reason  # Evicted, NodeLost
    for stage in items(obj, "status", "conditions"):
        if text(stage, "type") == "PodScheduled" and text(stage, "status") == "False":
            return text(stage, "reason") or "Unschedulable"
    return _init_reason(obj) or _container_reason(obj) or text(obj, "status", "phase")


def _init_reason(obj: Object) -> str:
    sidecars = {
        text(item, "name")
        for item in items(obj, "spec", "initContainers")
        if text(item, "restartPolicy") == "Always"
    }
    statuses = list(items(obj, "status", "initContainerStatuses"))
    total = len(list(items(obj, "spec", "initContainers")))
    for number, item in enumerate(statuses):
        if text(item, "name") in sidecars and at(item, "started") is True:
            continue
        if at(item, "state", "terminated", "exitCode") == 0:
            continue
        bad = text(item, "state", "waiting", "reason") or _ended(at(item, "state", "terminated"))
        if bad and bad != "PodInitializing":
            return f"Init:{bad}"
        return f"Init:{number}/{total}"
    return ""


def _container_reason(obj: Object) -> str:
    for item in items(obj, "status", "containerStatuses"):
        state: Any = at(item, "state") or {}
        reason = text(state, "waiting", "reason") or _ended(at(state, "terminated"))
        if reason:
            return reason
    return ""


def _ended(terminated: Any) -> str:
    if not isinstance(terminated, dict):
        return ""
    signal = whole(terminated, "signal")
    fallback = f"Signal:{signal}" if signal else f"ExitCode:{whole(terminated, 'exitCode') or 0}"
    return text(terminated, "reason") or fallback
