"""Which objects and pods belong to which variant.

Two objects can declare a variant for the same scale target; WVA's precedence holds: a
VariantAutoscaling before a ScaledObject before an HPA (WVA v0.8.0 docs and wva annotations,
internal/annotations). Where nothing declares a variant, a ScaledObject or HPA that scales model
pods counts as one, so that a cluster without WVA shows its autoscalers too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wvatui.core import events as ev
from wvatui.core.kube_object import NamespacedName

_PRECEDENCE = {"VariantAutoscaling": 0, "ScaledObject": 1, "HorizontalPodAutoscaler": 2}
_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"

Target = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One variant and what belongs to it. None: no such object is known."""

    name: str
    namespace: str
    model: str
    source: str
    variant: ev.Variant | None
    workload: ev.Workload | None
    hpa: ev.Autoscaler | None
    scaled_object: ev.ScaledObject | None
    pods: tuple[str, ...]

    @property
    def key(self) -> NamespacedName:
        """(namespace, name)."""
        return (self.namespace, self.name)


def link(
    variants: Mapping[tuple[str, str, str], ev.Variant],
    workloads: Mapping[Target, ev.Workload],
    hpas: Mapping[NamespacedName, ev.Autoscaler],
    scaled_objects: Mapping[NamespacedName, ev.ScaledObject],
    pods: Mapping[str, ev.Pod],
) -> tuple[Link, ...]:
    """All variants, ascending by (model, namespace, name)."""
    by_target: dict[Target, ev.Variant] = {}
    for variant in sorted(variants.values(), key=_precedence):
        target = (variant.target_kind or "Deployment", variant.namespace, variant.target_name)
        by_target.setdefault(target, variant)
    # Of two on one target the one that goes by the controller's decisions is the variant's.
    known = sorted(hpas.values(), key=_by_follower)
    scaled_by = {(h.target_kind, h.namespace, h.target_name): h for h in known}
    keda_by = {(s.target_kind, s.namespace, s.target_name): s for s in scaled_objects.values()}
    members = replicas_of(workloads, pods)
    links = [
        Link(
            name=variant.name,
            namespace=variant.namespace,
            model=variant.model,
            source=variant.source,
            variant=variant,
            workload=workloads.get(target),
            hpa=scaled_by.get(target),
            scaled_object=keda_by.get(target),
            pods=members.get(target, ()),
        )
        for target, variant in by_target.items()
    ]
    if not links:
        links = _undeclared(workloads, scaled_by, keda_by, members, pods)
    return tuple(sorted(links, key=_by_model))


def _by_model(item: Link) -> tuple[str, str, str]:
    return (item.model, item.namespace, item.name)


def _by_follower(hpa: ev.Autoscaler) -> tuple[bool, str]:
    return (_follows(hpa), hpa.name)


def _follows(hpa: ev.Autoscaler) -> bool:
    """Whether an HPA is the controller's: declared so, made by KEDA, or reading its decisions."""
    decisions = ("desired_replicas", "desired_ratio")
    reads = any(metric.name.endswith(decisions) for metric in hpa.metrics)
    return hpa.managed or bool(hpa.scaled_object) or reads


def _precedence(variant: ev.Variant) -> tuple[int, str, str]:
    return (_PRECEDENCE.get(variant.source, 9), variant.namespace, variant.name)


def _undeclared(
    workloads: Mapping[Target, ev.Workload],
    scaled_by: Mapping[Target, ev.Autoscaler],
    keda_by: Mapping[Target, ev.ScaledObject],
    members: Mapping[Target, tuple[str, ...]],
    pods: Mapping[str, ev.Pod],
) -> list[Link]:
    links = []
    for target, workload in workloads.items():
        own = members.get(target, ())
        if not any(pods[name].role == "model" for name in own):
            continue
        hpa, scaled = scaled_by.get(target), keda_by.get(target)
        declarer = scaled or hpa
        links.append(
            Link(
                name=declarer.name if declarer else workload.name,
                namespace=workload.namespace,
                model=workload.labels.get("llm-d.ai/model", ""),
                source="ScaledObject" if scaled else "HPA" if hpa else workload.kind,
                variant=None,
                workload=workload,
                hpa=hpa,
                scaled_object=scaled,
                pods=own,
            )
        )
    return links


def replicas_of(
    workloads: Mapping[Target, ev.Workload], pods: Mapping[str, ev.Pod]
) -> dict[Target, tuple[str, ...]]:
    """Pods by the workload they are replicas of, each in order of their names.

    Selectors decide; where several match (workloads of one model on different accelerators often
    share their labels), the pod's owner does. Of a LeaderWorkerSet's groups the leaders count.
    """
    names_by_target: dict[Target, list[str]] = {}
    for name in sorted(pods):
        pod = pods[name]
        target = owner_of_pod(pod)
        owner = workloads.get(target) if target is not None else None
        if target is None or owner is None or not _selects(owner, pod):
            matching = (key for key, workload in workloads.items() if _selects(workload, pod))
            target = next(matching, None)
        if target is not None:
            names_by_target.setdefault(target, []).append(name)
    return {target: tuple(names) for target, names in names_by_target.items()}


def owner_of_pod(pod: ev.Pod) -> Target | None:
    """The LeaderWorkerSet that a pod's label names, or the Deployment above its ReplicaSet.

    A ReplicaSet is called `<deployment>-<template hash>`.
    """
    if group := pod.labels.get(_LWS_NAME):
        return ("LeaderWorkerSet", pod.namespace, group)
    if pod.owner_kind != "ReplicaSet":
        return None
    return ("Deployment", pod.namespace, pod.owner_name.rpartition("-")[0])


def _selects(workload: ev.Workload, pod: ev.Pod) -> bool:
    if workload.namespace != pod.namespace or pod.owner_kind == "Job":
        return False
    if pod.labels.get(_LWS_INDEX, "0") != "0":
        return False
    if not workload.selector:
        # A LeaderWorkerSet has none.
        is_group = workload.kind == "LeaderWorkerSet"
        return is_group and pod.labels.get(_LWS_NAME) == workload.name
    return all(pod.labels.get(label) == value for label, value in workload.selector.items())


def wanted(hpa: ev.Autoscaler | None) -> int | None:
    """What an HPA wants, replicas. None: no HPA, or one that has never computed anything.

    Kubernetes writes `desiredReplicas: 0` while ScalingActive is False for want of a metric; that
    is not a wish for zero replicas.
    """
    if hpa is None or hpa.desired is None:
        return None
    if hpa.desired == 0 and hpa.current:
        active = next((c for c in hpa.conditions if c.type == "ScalingActive"), None)
        if active is not None and active.status == "False" and active.reason.startswith("Failed"):
            return None
    return hpa.desired
