"""Objects of the cluster from samples of kube-state-metrics and WVA's own metrics.

Sources: kube-state-metrics docs/metrics/workload/*.md; WVA internal/metrics/metrics.go (`inferno_`
to 0.4, `wva_` since).
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from wvatui.core.events import Autoscaler, Condition, Deleted, Event, Pod, Variant, Workload
from wvatui.core.lines import many
from wvatui.core.ranges import INT32_LIMIT
from wvatui.core.results.times import epoch
from wvatui.recording.imports.source import ImportSource, listed


class SampledField(NamedTuple):
    """One metric: the kind of object, the label that names the object, and the field that the value
    fills."""

    kind: str
    label: str
    field: str


_DEPLOYMENT = {
    "kube_deployment_spec_replicas": "spec",
    "kube_deployment_status_replicas": "replicas",
    "kube_deployment_status_replicas_ready": "ready",
    "kube_deployment_status_replicas_available": "available",
    "kube_deployment_status_replicas_updated": "updated",
}
_STATEFUL_SET = {
    "kube_statefulset_replicas": "spec",
    "kube_statefulset_status_replicas": "replicas",
    "kube_statefulset_status_replicas_ready": "ready",
    "kube_statefulset_status_replicas_available": "available",
    "kube_statefulset_status_replicas_updated": "updated",
}
_HPA = {
    "kube_horizontalpodautoscaler_spec_min_replicas": "min",
    "kube_horizontalpodautoscaler_spec_max_replicas": "max",
    "kube_horizontalpodautoscaler_status_current_replicas": "current",
    "kube_horizontalpodautoscaler_status_desired_replicas": "desired",
    "kube_horizontalpodautoscaler_info": "info",
    "kube_horizontalpodautoscaler_status_condition": "condition",
}
_POD = {
    "kube_pod_status_phase": "phase",
    "kube_pod_status_ready": "ready",
    "kube_pod_created": "created_at",
    "kube_pod_status_scheduled_time": "scheduled_at",
    "kube_pod_status_ready_time": "ready_at",
    "kube_pod_info": "info",
    "kube_pod_container_status_waiting_reason": "reason",
    "kube_pod_container_status_restarts_total": "restarts",
}
FIELDS: dict[str, SampledField] = {
    **{
        name: SampledField("Deployment", "deployment", field) for name, field in _DEPLOYMENT.items()
    },
    **{
        name: SampledField("StatefulSet", "statefulset", field)
        for name, field in _STATEFUL_SET.items()
    },
    **{name: SampledField("HPA", "horizontalpodautoscaler", field) for name, field in _HPA.items()},
    **{name: SampledField("Pod", "pod", field) for name, field in _POD.items()},
    "wva_desired_replicas": SampledField("Variant", "variant_name", "desired"),
    "inferno_desired_replicas": SampledField("Variant", "variant_name", "desired"),
}
_WORKLOADS = ("Deployment", "StatefulSet")
_IGNORED = re.compile(r"(?:kube|wva|inferno)_")
_Key = tuple[str, str, str]
"""Kind, namespace, name."""


def is_of_objects(name: str) -> bool:
    """Whether a metric describes objects, including metrics that are not read."""
    return _IGNORED.match(name) is not None


class SampledObjects:
    """Collects samples by the object that they describe."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._objects: dict[_Key, dict[float, dict[str, Any]]] = defaultdict(dict)
        self._labels: dict[_Key, dict[str, str]] = defaultdict(dict)
        self.namespaces: set[str] = set()

    def add(self, series: Any) -> None:
        """Add one series (`ranges.Samples`); one whose metric describes no object is ignored."""
        row = FIELDS.get(series.name)
        if row is None:
            return
        labels = series.labels
        name = labels.get(f"exported_{row.label}") or labels.get(row.label, "")
        namespace = labels.get("exported_namespace") or labels.get("namespace", "")
        if not name:
            return
        key = (row.kind, namespace, name)
        if row.kind != "Pod":
            self.namespaces.add(namespace)
        if row.field == "info" or row.kind == "Variant":
            self._labels[key].update(labels)
        moments = self._objects[key]
        for at, value in zip(series.times, series.values, strict=True):
            if math.isfinite(value):
                _fill(moments.setdefault(at, {}), row, labels, value)

    def events(self, serving: Collection[str]) -> Iterator[Event]:
        """Each object as it was sampled.

        `serving`: pods of engines; pods with the same owners are included. Workloads are limited to
        those that serve or are scaled, where there are any.
        """
        owners = {_owner(pod) for pod in serving}
        scaled = self._scaled() | {_workload(pod, kind) for pod in serving for kind in _WORKLOADS}
        workloads = {key: (key[0], key[2]) for key in self._objects if key[0] in _WORKLOADS}
        is_any = not scaled.isdisjoint(workloads.values())
        other = {key for key, name in workloads.items() if is_any and name not in scaled}
        if other:
            names = listed(sorted({name for _, _, name in other}))
            count = f"{many(len(other), 'workload', 'serve')} no model"
            self._source.notice(f"{count}: left out: {names}")
        newest = max(
            (at for (kind, _, _), each in self._objects.items() if kind == "Pod" for at in each),
            default=0.0,
        )
        for key, moments in sorted(self._objects.items()):
            kind, _, name = key
            if key in other:
                continue
            if kind == "Pod":
                if name in serving or _owner(name) in owners:
                    yield from self._pod(key, moments, newest)
                continue
            for at in sorted(moments):
                yield self._object(at, key, moments[at])

    def _scaled(self) -> set[tuple[str, str]]:
        """(kind, name) of each workload that WVA or an HPA scales."""
        scaled = set()
        for kind, namespace, name in self._objects:
            labels = self._labels.get((kind, namespace, name), {})
            if kind == "Variant":
                scaled |= {(each, name) for each in _WORKLOADS}
            elif kind == "HPA" and labels.get("scaletargetref_name"):
                target_kind = labels.get("scaletargetref_kind", "Deployment")
                scaled.add((target_kind, labels["scaletargetref_name"]))
        return scaled

    def _object(self, at: float, key: _Key, values: dict[str, Any]) -> Event:
        kind, namespace, name = key
        labels = self._labels[key]
        if kind == "HPA":
            conditions = values.pop("conditions", {})
            return Autoscaler(
                at,
                name=name,
                namespace=namespace,
                target_kind=labels.get("scaletargetref_kind", ""),
                target_name=labels.get("scaletargetref_name", ""),
                conditions=tuple(Condition(c, s) for c, s in sorted(conditions.items())),
                **values,
            )
        if kind == "Variant":
            return Variant(
                at,
                name=name,
                namespace=namespace,
                source="VariantAutoscaling",
                accelerator=labels.get("accelerator_type", ""),
                target_name=name,
                **values,
            )
        return Workload(at, kind=kind, name=name, namespace=namespace, **values)

    def _pod(
        self, key: _Key, moments: Mapping[float, dict[str, Any]], newest: float
    ) -> Iterator[Event]:
        """A pod whenever it changed, and its deletion where its samples end before the others'."""
        _, namespace, name = key
        labels = self._labels[key]
        before: dict[str, Any] = {}
        ordered = sorted(moments)
        for at in ordered:
            values = moments[at]
            if values == before:
                continue
            before = values
            yield Pod(
                at,
                name=name,
                namespace=namespace,
                role="model",
                owner_kind=labels.get("created_by_kind", ""),
                owner_name=labels.get("created_by_name", ""),
                node=labels.get("node", ""),
                **{**values, "restarts": sum(values.get("restarts", {}).values())},
            )
        step = min((b - a for a, b in pairwise(ordered)), default=0.0)
        if step and newest > ordered[-1] + 1.5 * step:
            yield Deleted(ordered[-1] + step, kind="pod", name=name, namespace=namespace)


def _fill(
    values: dict[str, Any], row: SampledField, labels: Mapping[str, str], value: float
) -> None:
    """Put one sample into the field that its metric fills."""
    field = row.field
    if field == "condition":
        if value == 1.0 and labels.get("condition"):
            status = labels.get("status", "true").capitalize()
            values.setdefault("conditions", {})[labels["condition"]] = status
    elif field in ("phase", "reason"):
        if value == 1.0:
            values[field] = labels.get(field, "")
    elif field == "ready" and row.kind == "Pod":
        if labels.get("condition") == "true":
            values["ready"] = value == 1.0
    elif field in ("created_at", "scheduled_at", "ready_at"):
        values[field] = epoch(value)
    elif field == "restarts":
        container = labels.get("exported_container") or labels.get("container", "")
        if 0 <= value <= INT32_LIMIT:
            values.setdefault(field, {})[container] = int(value)
    elif field != "info" and 0 <= value <= INT32_LIMIT:
        values[field] = int(value)


def _owner(pod: str) -> str:
    """Name of a pod's owner, from its own: `<deployment>-<template>-<pod>`, `<set>-<ordinal>`."""
    return pod.rpartition("-")[0]


def _workload(pod: str, kind: str) -> tuple[str, str]:
    """(kind, name) of the workload of a pod, if it is of that kind."""
    owner = _owner(pod)
    return kind, _owner(owner) if kind == "Deployment" else owner
