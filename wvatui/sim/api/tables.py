"""Printer columns: lists as the Table that `kubectl get` asks for."""

from collections.abc import Callable
from typing import Any, NamedTuple

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339
from wvatui.sim.api.wire.kinds import Resource

PrinterCell = Callable[[Object, float], Any]


class PrinterColumn(NamedTuple):
    """One column. `priority` 1: only with `-o wide`. `cell` gets the object and the present."""

    name: str
    cell: PrinterCell
    type: str = "string"
    priority: int = 0


def _path(path: str, missing: Any = "<none>") -> PrinterCell:
    def cell(obj: Object, now: float) -> Any:
        value: Any = obj
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return missing if value is None else value

    return cell


def _age(obj: Object, now: float) -> str:
    return age(now - rfc3339.parse(obj["metadata"]["creationTimestamp"]))


def age(seconds: float) -> str:
    """As kubectl shortens it (k8s.io/apimachinery/pkg/util/duration.HumanDuration)."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y"


def _pod_ready(obj: Object, now: float) -> str:
    states = obj.get("status", {}).get("containerStatuses") or []
    wanted = len(obj.get("spec", {}).get("containers") or []) or len(states)
    return f"{sum(bool(state.get('ready')) for state in states)}/{wanted}"


def _pod_status(obj: Object, now: float) -> str:
    status = obj.get("status", {})
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    inits = status.get("initContainerStatuses") or []
    for done, state in enumerate(inits):
        waiting = (state["state"].get("waiting") or {}).get("reason", "")
        ended = state["state"].get("terminated")
        if ended and not ended["exitCode"]:
            continue
        if ended:
            return f"Init:{ended.get('reason') or 'Error'}"
        if waiting not in ("", "PodInitializing"):
            return f"Init:{waiting}"
        return f"Init:{done}/{len(inits)}"
    if status.get("reason"):
        return str(status["reason"])
    for state in status.get("containerStatuses") or []:
        for key in ("waiting", "terminated"):
            reason = (state.get("state", {}).get(key) or {}).get("reason")
            if reason:
                return str(reason)
    return str(status.get("reason") or status.get("phase") or "Unknown")


def _pod_restarts(obj: Object, now: float) -> int:
    states = obj.get("status", {}).get("containerStatuses") or []
    return sum(int(state.get("restartCount", 0)) for state in states)


def _ready_of(key: str) -> PrinterCell:
    def cell(obj: Object, now: float) -> str:
        wanted = obj.get("spec", {}).get("replicas", 1)
        return f"{obj.get('status', {}).get(key, 0)}/{wanted}"

    return cell


def _hpa_targets(obj: Object, now: float) -> str:
    targets = []
    current = obj.get("status", {}).get("currentMetrics") or []
    for number, metric in enumerate(obj.get("spec", {}).get("metrics") or []):
        source = metric.get(_source_key(metric), {})
        target = source.get("target", {})
        seen = current[number] if number < len(current) else {}
        value = seen.get(_source_key(seen) or "", {}).get("current", {})
        key, note = "value", ""
        if target.get("type") == "AverageValue":
            key, note = "averageValue", " (avg)"
        elif target.get("type") == "Utilization":
            key = "averageUtilization"
            value = {key: f"{value[key]}%"} if key in value else {}
            target = {key: f"{target.get(key)}%"}
        name = source.get("name", "") if metric.get("type") == "Resource" else ""
        shown = f"{value.get(key, '<unknown>')}/{target.get(key, '<auto>')}{note}"
        targets.append(f"{name}: {shown}" if name else shown)
    return ", ".join(targets) or "<none>"


def _source_key(metric: Object) -> str:
    kind = str(metric.get("type", ""))
    return kind[:1].lower() + kind[1:]


def _reference(obj: Object, now: float) -> str:
    target = obj.get("spec", {}).get("scaleTargetRef", {})
    return f"{target.get('kind', '')}/{target.get('name', '')}"


def _condition(name: str, missing: str = "Unknown") -> PrinterCell:
    def cell(obj: Object, now: float) -> str:
        for condition in obj.get("status", {}).get("conditions") or []:
            if condition.get("type") == name:
                return str(condition.get("status", missing))
        return missing

    return cell


def _event_seen(obj: Object, now: float) -> str:
    last = obj.get("lastTimestamp") or obj["metadata"]["creationTimestamp"]
    return age(now - rfc3339.parse(last))


def _event_object(obj: Object, now: float) -> str:
    involved = obj.get("involvedObject", {})
    return f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"


def _service_ports(obj: Object, now: float) -> str:
    ports = obj.get("spec", {}).get("ports") or []
    return ",".join(f"{port['port']}/{port.get('protocol', 'TCP')}" for port in ports) or "<none>"


def _node_status(obj: Object, now: float) -> str:
    return "Ready" if _condition("Ready")(obj, now) == "True" else "NotReady"


def _images(obj: Object, now: float) -> str:
    spec = obj.get("spec", {}).get("template", {}).get("spec", {})
    return ",".join(str(container.get("image", "")) for container in spec.get("containers") or [])


def _job_status(obj: Object, now: float) -> str:
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for name in ("Complete", "Failed", "Suspended", "SuccessCriteriaMet", "FailureTarget"):
        if _condition(name)(obj, now) == "True":
            return name
    return "Running"


def _job_completions(obj: Object, now: float) -> str:
    succeeded = obj.get("status", {}).get("succeeded", 0)
    if obj["spec"].get("completions") is not None:
        return f"{succeeded}/{obj['spec']['completions']}"
    parallelism = obj["spec"].get("parallelism", 1)
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _job_duration(obj: Object, now: float) -> str:
    status = obj.get("status", {})
    if not status.get("startTime"):
        return ""
    ended = status.get("completionTime")
    until = rfc3339.parse(ended) if ended else now
    return age(until - rfc3339.parse(status["startTime"]))


def _condition_reason(obj: Object, now: float) -> str:
    rows = obj.get("status", {}).get("conditions") or []
    return str(rows[0].get("reason", "")) if rows else ""


_NAME = PrinterColumn("Name", _path("metadata.name"))
_AGE = PrinterColumn("Age", _age)
_TEKTON_RUN = (
    _NAME,
    PrinterColumn("Succeeded", _condition("Succeeded", "")),
    PrinterColumn("Reason", _condition_reason),
    PrinterColumn("StartTime", _path("status.startTime", "")),
    PrinterColumn("CompletionTime", _path("status.completionTime", "")),
)
"""Printer columns of Tekton's CRDs."""
_COLUMNS: dict[str, tuple[PrinterColumn, ...]] = {
    "Pod": (
        _NAME,
        PrinterColumn("Ready", _pod_ready),
        PrinterColumn("Status", _pod_status),
        PrinterColumn("Restarts", _pod_restarts, "integer"),
        _AGE,
        PrinterColumn("IP", _path("status.podIP"), priority=1),
        PrinterColumn("Node", _path("spec.nodeName"), priority=1),
        PrinterColumn("Nominated Node", _path("status.nominatedNodeName"), priority=1),
        PrinterColumn("Readiness Gates", lambda obj, now: "<none>", priority=1),
    ),
    "Deployment": (
        _NAME,
        PrinterColumn("Ready", _ready_of("readyReplicas")),
        PrinterColumn("Up-to-date", _path("status.updatedReplicas", 0), "integer"),
        PrinterColumn("Available", _path("status.availableReplicas", 0), "integer"),
        _AGE,
        PrinterColumn("Images", _images, priority=1),
    ),
    "ReplicaSet": (
        _NAME,
        PrinterColumn("Desired", _path("spec.replicas", 0), "integer"),
        PrinterColumn("Current", _path("status.replicas", 0), "integer"),
        PrinterColumn("Ready", _path("status.readyReplicas", 0), "integer"),
        _AGE,
    ),
    "HorizontalPodAutoscaler": (
        _NAME,
        PrinterColumn("Reference", _reference),
        PrinterColumn("Targets", _hpa_targets),
        PrinterColumn("MinPods", _path("spec.minReplicas", 1), "integer"),
        PrinterColumn("MaxPods", _path("spec.maxReplicas", 0), "integer"),
        PrinterColumn("Replicas", _path("status.currentReplicas", 0), "integer"),
        _AGE,
    ),
    # Printer columns of the VariantAutoscaling CRD, api/v1alpha1/variantautoscaling_types.go.
    "VariantAutoscaling": (
        _NAME,
        PrinterColumn("Target", _path("spec.scaleTargetRef.name", "")),
        PrinterColumn("Model", _path("spec.modelID", "")),
        PrinterColumn("Optimized", _path("status.desiredOptimizedAlloc.numReplicas", "")),
        PrinterColumn("MetricsReady", _condition("MetricsAvailable", "")),
        _AGE,
    ),
    "ScaledObject": (
        _NAME,
        PrinterColumn("ScaleTargetKind", _path("status.scaleTargetKind", "")),
        PrinterColumn("ScaleTargetName", _path("spec.scaleTargetRef.name", "")),
        PrinterColumn("Min", _path("spec.minReplicaCount", ""), "integer"),
        PrinterColumn("Max", _path("spec.maxReplicaCount", ""), "integer"),
        PrinterColumn("Ready", _condition("Ready")),
        PrinterColumn("Active", _condition("Active")),
        PrinterColumn("Fallback", _condition("Fallback")),
        PrinterColumn("Paused", _condition("Paused")),
        _AGE,
    ),
    "LeaderWorkerSet": (
        _NAME,
        PrinterColumn("Ready", _path("status.readyReplicas", 0)),
        PrinterColumn("Desired", _path("spec.replicas", 1)),
        PrinterColumn("Up-To-Date", _path("status.updatedReplicas", 0)),
        _AGE,
    ),
    "ConfigMap": (
        _NAME,
        PrinterColumn("Data", lambda obj, now: len(obj.get("data") or {}), "integer"),
        _AGE,
    ),
    "Lease": (_NAME, PrinterColumn("Holder", _path("spec.holderIdentity", "")), _AGE),
    "Event": (
        PrinterColumn("Last Seen", _event_seen),
        PrinterColumn("Type", _path("type", "")),
        PrinterColumn("Reason", _path("reason", "")),
        PrinterColumn("Object", _event_object),
        PrinterColumn("Message", _path("message", "")),
        PrinterColumn("Count", _path("count", 1), "integer", 1),
        PrinterColumn("Name", _path("metadata.name"), "string", 1),
    ),
    "Job": (
        _NAME,
        PrinterColumn("Status", _job_status),
        PrinterColumn("Completions", _job_completions),
        PrinterColumn("Duration", _job_duration),
        _AGE,
    ),
    "Secret": (
        _NAME,
        PrinterColumn("Type", _path("type", "Opaque")),
        PrinterColumn("Data", lambda obj, now: len(obj.get("data") or {}), "integer"),
        _AGE,
    ),
    "PersistentVolumeClaim": (
        _NAME,
        PrinterColumn("Status", _path("status.phase", "Pending")),
        PrinterColumn("Volume", _path("spec.volumeName", "")),
        PrinterColumn("Capacity", _path("status.capacity.storage", "")),
        PrinterColumn(
            "Access Modes", lambda obj, now: ",".join(obj["spec"].get("accessModes") or [])
        ),
        PrinterColumn("StorageClass", _path("spec.storageClassName", "")),
        _AGE,
    ),
    "PipelineRun": _TEKTON_RUN,
    "TaskRun": _TEKTON_RUN,
    "Service": (
        _NAME,
        PrinterColumn("Type", _path("spec.type", "ClusterIP")),
        PrinterColumn("Cluster-IP", _path("spec.clusterIP")),
        PrinterColumn("External-IP", lambda obj, now: "<none>"),
        PrinterColumn("Port(s)", _service_ports),
        _AGE,
    ),
    "Namespace": (_NAME, PrinterColumn("Status", _path("status.phase", "Active")), _AGE),
    "Node": (
        _NAME,
        PrinterColumn("Status", _node_status),
        PrinterColumn("Roles", lambda obj, now: "<none>"),
        _AGE,
        PrinterColumn("Version", _path("status.nodeInfo.kubeletVersion", "")),
    ),
}


def table(
    resource: Resource,
    objects: list[Object],
    metadata: Object,
    now: float,
    *,
    include: str = "Metadata",
    head: bool = True,
) -> Object:
    """`meta.k8s.io/v1 Table`. `include`: None, Metadata or Object of each row."""
    columns = _COLUMNS.get(resource.kind, (_NAME, _AGE))
    definitions = [
        {
            "name": heading.name,
            "type": heading.type,
            "format": "name" if heading is _NAME else "",
            "description": heading.name,
            "priority": heading.priority,
        }
        for heading in columns
    ]
    rows = []
    for obj in objects:
        row: Object = {"cells": [column.cell(obj, now) for column in columns]}
        if include != "None":
            row["object"] = _shown(resource, obj, include)
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions if head else None,
        "rows": rows,
    }


def _shown(resource: Resource, obj: Object, include: str) -> Object:
    if include == "Object":
        return {**obj, "kind": resource.kind, "apiVersion": resource.api_version}
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }
