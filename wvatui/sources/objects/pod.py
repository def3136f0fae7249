"""Pods: their roles, and how far they have started, in kubectl's terms."""

from collections.abc import Iterator, Mapping
from typing import Any

from wvatui.core.events import Pod
from wvatui.core.kube_object import ReadObject
from wvatui.sources.objects.engine_ports import (
    METRICS_PORTS,
    declared_ports,
    is_engine,
    is_headless,
    rank_ports,
)
from wvatui.sources.objects.fields import at, items, moment, name_of, strings, table, text, whole

CONTROLLER_LABELS = {
    "control-plane": "controller-manager",
    "app.kubernetes.io/name": "workload-variant-autoscaler",
}
"""Labels that every release of WVA puts on its pods (chart and kustomize)."""
MODEL_LABELS = (
    "llm-d.ai/model",
    "llm-d.ai/inferenceServing",
    "llm-d.ai/inference-serving",
    "llm-d.ai/role",
    "llm-d.ai/variant",
    "llm-d.ai/guide",
)
EPP_IMAGES = ("inference-scheduler", "/epp", "endpoint-picker", "router-endpoint-picker")
MESSAGE_LIMIT = 400
"""Most characters of a message that are kept."""
WORKER_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"


def role_of(labels: Mapping[str, str], spec: ReadObject) -> str:
    """The role of a pod, from its labels and its `spec`; empty: unknown."""
    if all(labels.get(key) == value for key, value in CONTROLLER_LABELS.items()):
        return "controller"
    for name, image in containers_of(spec):
        if name == "epp" or any(part in image for part in EPP_IMAGES):
            return "epp"
    if "inferencepool" in labels and not any(key in labels for key in MODEL_LABELS):
        return "epp"
    if labels.get(WORKER_INDEX, "0") != "0":
        return ""  # the group's leader serves for it
    if any(key in labels for key in MODEL_LABELS):
        return "model"
    if any(is_engine(container) for container in items(spec, "containers")):
        return "model"
    return ""


def containers_of(spec: ReadObject) -> list[tuple[str, str]]:
    """(name, image) of the containers of a pod's `spec`."""
    return [(text(item, "name"), text(item, "image")) for item in items(spec, "containers")]


def decode_pod(obj: ReadObject, now: float) -> Pod:
    """A Pod object as an event at `now`."""
    namespace, name = name_of(obj)
    labels = strings(obj, "metadata", "labels")
    owner = owner_of(obj)
    stages = {text(c, "type"): c for c in items(obj, "status", "conditions")}
    ready = stages.get("Ready", {})
    is_ready = text(ready, "status") == "True"
    scheduled = stages.get("PodScheduled", {})
    scheme = text(obj, "metadata", "annotations", "prometheus.io/scheme").lower()
    is_worker = labels.get(WORKER_INDEX, "0") != "0"
    last_exit, last_exit_at = _last_exit(obj)
    return Pod(
        now,
        name=name,
        namespace=namespace,
        # Load generators run the engine's own image, but a pod of a Job is no server.
        role="" if text(owner, "kind") == "Job" else role_of(labels, table(obj, "spec")),
        phase=text(obj, "status", "phase"),
        ready=is_ready,
        reason=_reason(obj, is_ready),
        labels=labels,
        owner_kind=text(owner, "kind"),
        owner_name=text(owner, "name"),
        node=text(obj, "spec", "nodeName"),
        ip=text(obj, "status", "podIP"),
        ports=() if is_worker and is_headless(obj) else _ports(obj),
        restarts=sum(whole(item, "restartCount") or 0 for item in _lasting(obj)),
        created_at=moment(obj, "metadata", "creationTimestamp"),
        scheduled_at=moment(scheduled, "lastTransitionTime")
        if text(scheduled, "status") == "True"
        else None,
        started_at=_started_at(obj),
        ready_at=moment(ready, "lastTransitionTime") if is_ready else None,
        deleting_at=moment(obj, "metadata", "deletionTimestamp"),
        uid=text(obj, "metadata", "uid"),
        digests=_digests(obj),
        last_exit=last_exit,
        last_exit_at=last_exit_at,
        metrics_path=plain_path(text(obj, "metadata", "annotations", "prometheus.io/path")),
        metrics_scheme=scheme if scheme in ("http", "https") else "",
        rank_ports=rank_ports(obj),
        message="" if is_ready else _message(obj, scheduled)[:MESSAGE_LIMIT],
    )


def _digests(obj: ReadObject) -> dict[str, str]:
    """Image with digest by container name, without the prefix that Docker puts before it."""
    return {
        text(one, "name"): image.removeprefix("docker-pullable://")
        for one in items(obj, "status", "containerStatuses")
        if (image := text(one, "imageID"))
    }


def _last_exit(obj: ReadObject) -> tuple[str, float | None]:
    """How and when one of its containers last ended with an error; empty: none did."""
    ends: list[tuple[float, str]] = []
    for item in (*_lasting(obj), *items(obj, "status", "initContainerStatuses")):
        for key in ("state", "lastState"):
            ended = at(item, key, "terminated")
            code = whole(ended, "exitCode", low=-(2**31))
            if isinstance(ended, dict) and code != 0:
                words = _ended(ended) + ("" if code is None else f", exit code {code}")
                ends.append((moment(ended, "finishedAt") or 0.0, words))
    when, words = max(ends, default=(0.0, ""))
    return words, when or None


def owner_of(obj: ReadObject) -> ReadObject:
    """The owner that controls an object; without one its first owner; empty when it has none."""
    owners = list(items(obj, "metadata", "ownerReferences"))
    controls = [owner for owner in owners if at(owner, "controller") is True]
    return next(iter([*controls, *owners]), {})


def _sidecars(obj: ReadObject) -> set[str]:
    """Names of the init containers that keep running beside the others."""
    return {
        text(item, "name")
        for item in items(obj, "spec", "initContainers")
        if text(item, "restartPolicy") == "Always"
    }


def _lasting(obj: ReadObject) -> Iterator[ReadObject]:
    """Statuses of the containers that are meant to keep running, sidecars last."""
    yield from items(obj, "status", "containerStatuses")
    sidecars = _sidecars(obj)
    for item in items(obj, "status", "initContainerStatuses"):
        if text(item, "name") in sidecars:
            yield item


def _started_at(obj: ReadObject) -> float | None:
    """When the last of its containers started, UTC epoch seconds; None before that."""
    times = [
        moment(item, "state", "running", "startedAt")
        for item in items(obj, "status", "containerStatuses")
    ]
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


def _ports(obj: ReadObject) -> tuple[int, ...]:
    """Ports that may serve metrics: the annotated one, then those with a fitting name, then the
    rest as declared."""
    annotated = text(obj, "metadata", "annotations", "prometheus.io/port")
    is_number = annotated.isascii() and annotated.isdigit() and len(annotated) < 6
    found = [int(annotated)] if is_number else []
    sidecars = _sidecars(obj)
    containers = [
        *items(obj, "spec", "containers"),
        *(c for c in items(obj, "spec", "initContainers") if text(c, "name") in sidecars),
    ]
    declared = [port for container in containers for port in declared_ports(container)]
    found += [number for name, number in declared if name in METRICS_PORTS]
    found += [number for _, number in declared]
    return tuple(dict.fromkeys(number for number in found if 0 < number < 65536))


def plain_path(annotated: str) -> str:
    """The annotated path of a page, where it is one below the pod's root."""
    path = annotated if annotated.startswith("/") else f"/{annotated}"
    is_plain = path.isascii() and path.isprintable() and len(path) <= 200 and "#" not in path
    return path if annotated and is_plain and ".." not in path.split("/") else ""


def _reason(obj: ReadObject, is_ready: bool) -> str:
    """Why it is not ready: the text of kubectl's STATUS column.

    Source: Kubernetes pkg/printers/internalversion/printers.go, printPod. Two cases differ: the
    reason why a pod waits for a node is more exact, and a ready pod has no reason.
    """
    told, phase = text(obj, "status", "reason"), text(obj, "status", "phase")
    if text(obj, "metadata", "deletionTimestamp"):
        if told == "NodeLost":
            return "Unknown"
        if phase not in ("Succeeded", "Failed"):
            return "Terminating"
    if is_ready:
        return ""
    stages = {text(c, "type"): c for c in items(obj, "status", "conditions")}
    scheduled = stages.get("PodScheduled", {})
    if not told and text(scheduled, "status") == "False":
        return text(scheduled, "reason") or "Unschedulable"
    initializing = _init_reason(obj)
    if initializing and text(stages.get("Initialized"), "status") != "True":
        return initializing
    return _container_reason(obj) or initializing or told or phase  # such as Evicted, NodeLost


def _message(obj: ReadObject, scheduled: ReadObject) -> str:
    """The message beside the reason: the scheduler's, that of a waiting container, or the pod's."""
    if text(scheduled, "status") == "False":
        return text(scheduled, "message")
    containers = (
        item
        for kind in ("initContainerStatuses", "containerStatuses")
        for item in items(obj, "status", kind)
    )
    waiting = (text(item, "state", "waiting", "message") for item in containers)
    return next(filter(None, waiting), "") or text(obj, "status", "message")


def _init_reason(obj: ReadObject) -> str:
    sidecars = _sidecars(obj)
    total = len(list(items(obj, "spec", "initContainers")))
    for number, item in enumerate(items(obj, "status", "initContainerStatuses")):
        ended = at(item, "state", "terminated")
        if at(ended, "exitCode") == 0:
            continue
        if text(item, "name") in sidecars and at(item, "started") is True:
            continue
        bad = _ended(ended) or text(item, "state", "waiting", "reason")
        return f"Init:{bad}" if bad and bad != "PodInitializing" else f"Init:{number}/{total}"
    return ""


def _container_reason(obj: ReadObject) -> str:
    """The reason of the first container that does not run; "NotReady" where that one has completed
    and another one runs."""
    found, runs = "", False
    for item in items(obj, "status", "containerStatuses"):
        state: Any = at(item, "state") or {}
        reason = text(state, "waiting", "reason") or _ended(at(state, "terminated"))
        found = found or reason
        runs = runs or (at(item, "ready") is True and at(state, "running") is not None)
    return "NotReady" if found == "Completed" and runs else found


def _ended(terminated: Any) -> str:
    if not isinstance(terminated, dict):
        return ""
    signal = whole(terminated, "signal")
    ended = whole(terminated, "exitCode", low=-(2**31)) or 0
    fallback = f"Signal:{signal}" if signal else f"ExitCode:{ended}"
    return text(terminated, "reason") or fallback
