"""Which objects and pods belong to which variant.

Two objects can declare a variant for the same scale target; WVA's precedence holds: a
VariantAutoscaling before a ScaledObject before an HPA (WVA v0.8.0 docs and wva annotations,
internal/annotations). A ScaledObject or HPA that scales model pods counts as a variant where
nothing declares one for its target: what the controller does not know is shown beside the rest.
"""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from wvatui.core import events as ev
from wvatui.core.kube_object import NamespacedName
from wvatui.core.label_selector import selects

_PRECEDENCE = {"VariantAutoscaling": 0, "ScaledObject": 1, "HorizontalPodAutoscaler": 2}
LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_GROUP = "leaderworkerset.sigs.k8s.io/group-index"
_LWS_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"
_HASH, _ROLLOUT_HASH = "pod-template-hash", "rollouts-pod-template-hash"
"""Labels that a Deployment and an Argo Rollout give the pods of each template (Kubernetes
staging/src/k8s.io/api/apps/v1/types.go; argo-rollouts pkg/apis/rollouts/v1alpha1/types.go)."""

SHORT_KINDS = {"Deployment": "Deploy", "StatefulSet": "STS", "LeaderWorkerSet": "LWS"}
"""Kinds of workloads that are watched, and their short names; others are read by their scale."""
Target = tuple[str, str, str]
"""(kind, namespace, name) of what is scaled."""
ENDED = ("Failed", "Succeeded")
"""Phases of pods that never run again, evicted ones among them."""


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
    """Its replicas, by name."""
    ended: tuple[str, ...] = ()
    """Its pods that have failed or succeeded: no replicas any more, but with a past."""
    unready_workers: Mapping[str, str] = field(default_factory=dict)
    """Of its replicas that are groups of pods: which worker is not Ready, by the leader's name.
    Such a group is not ready (LeaderWorkerSet pkg/controllers/leaderworkerset_controller.go)."""

    @property
    def target_kind(self) -> str:
        """Kind of what is scaled; empty when nothing tells."""
        if self.workload is not None:
            return self.workload.kind
        scaler = self.variant or self.hpa or self.scaled_object
        return scaler.target_kind if scaler is not None else ""

    @property
    def all_pods(self) -> tuple[str, ...]:
        """Replicas, and those that were: whose past belongs to the variant."""
        return tuple(sorted((*self.pods, *self.ended))) if self.ended else self.pods

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
    members: Mapping[Target, tuple[str, ...]] | None = None,
    gone: Container[str] = (),
) -> tuple[Link, ...]:
    """All variants, ascending by (model, namespace, name). `members`: what `pods_of` gives.
    `gone`: pods that are no more; a group does not wait for them."""
    by_target = {target: group[0] for target, group in declared_by_target(variants.values())}
    # Of two on one target the one that goes by the controller's decisions is the variant's.
    known = sorted(hpas.values(), key=_by_follower)
    scaled_by = {target_of(hpa): hpa for hpa in known}
    keda_by = {target_of(scaled): scaled for scaled in scaled_objects.values()}
    if members is None:
        tables = variants.values(), hpas.values(), scaled_objects.values()
        members = pods_of(workloads, pods, scaled_targets(*tables))
    unready = _unready_workers(pods, gone)
    targets = [*by_target, *_undeclared(by_target, members, workloads, scaled_by, keda_by, pods)]
    links = []
    for target in targets:
        own = members.get(target, ())
        variant, workload = by_target.get(target), workloads.get(target)
        hpa, scaled = scaled_by.get(target), keda_by.get(target)
        declarer = variant or scaled or hpa or workload
        links.append(
            Link(
                name=declarer.name if declarer is not None else target[2],
                namespace=target[1],
                model=_model(variant, workload),
                source=variant.source if variant else _source(workload, hpa, scaled),
                variant=variant,
                workload=workload,
                hpa=hpa,
                scaled_object=scaled,
                pods=tuple(name for name in own if pods[name].phase not in ENDED),
                ended=tuple(name for name in own if pods[name].phase in ENDED),
                unready_workers={
                    name: unready[group]
                    for name in (own if unready else ())
                    if (group := lws_group(pods[name])) in unready
                },
            )
        )
    return tuple(sorted(links, key=_by_model))


def lws_group(pod: ev.Pod) -> tuple[str, str, str]:
    """The group of a LeaderWorkerSet that a pod is in."""
    return (pod.namespace, pod.labels.get(LWS_NAME, ""), pod.labels.get(_LWS_GROUP, ""))


def _unready_workers(
    pods: Mapping[str, ev.Pod], gone: Container[str]
) -> dict[tuple[str, str, str], str]:
    """A worker that is not Ready by its group; groups whose workers all are do not stand here."""
    workers = (name for name, pod in pods.items() if pod.labels.get(_LWS_INDEX, "0") != "0")
    unready = (name for name in workers if not pods[name].ready and name not in gone)
    return {lws_group(pods[name]): name for name in unready}


def scaled_targets(
    *scalers: Iterable[ev.Variant] | Iterable[ev.Autoscaler] | Iterable[ev.ScaledObject],
) -> frozenset[Target]:
    """What anything scales, or declares to be scaled."""
    return frozenset(target_of(scaler) for table in scalers for scaler in table)


def target_of(scaler: ev.Variant | ev.Autoscaler | ev.ScaledObject) -> Target:
    """What it scales, or declares: a Deployment where it names no kind."""
    return (scaler.target_kind or "Deployment", scaler.namespace, scaler.target_name)


def declared_by_target(variants: Iterable[ev.Variant]) -> list[tuple[Target, list[ev.Variant]]]:
    """What declares a variant for each scale target, the one that takes precedence first."""
    groups: dict[Target, list[ev.Variant]] = {}
    for variant in sorted(variants, key=_precedence):
        groups.setdefault(target_of(variant), []).append(variant)
    return list(groups.items())


def other_names(variants: Iterable[ev.Variant]) -> dict[NamespacedName, str]:
    """What else a variant is called: (namespace, other name) to the name it is kept by.

    Objects of different kinds that name one target declare one variant. Two of one kind are two,
    which is a mistake; and a name that a variant of its own has stands for that one.
    """
    groups = [group for _, group in declared_by_target(variants)]
    kept = {(group[0].namespace, group[0].name) for group in groups}
    return {
        (other.namespace, other.name): first.name
        for first, *others in groups
        for other in others
        if other.source != first.source and (other.namespace, other.name) not in kept
    }


def _model(variant: ev.Variant | None, workload: ev.Workload | None) -> str:
    if variant is not None:
        return variant.model
    return workload.labels.get("llm-d.ai/model", "") if workload is not None else ""


def _source(
    workload: ev.Workload | None, hpa: ev.Autoscaler | None, scaled: ev.ScaledObject | None
) -> str:
    """What a variant that nothing declares is known by."""
    if scaled is not None:
        return "ScaledObject"
    return "HPA" if hpa is not None else workload.kind if workload is not None else ""


def _by_model(item: Link) -> tuple[str, str, str]:
    return (item.model, item.namespace, item.name)


def _by_follower(hpa: ev.Autoscaler) -> tuple[bool, str]:
    return (_follows(hpa), hpa.name)


def is_decision_metric(name: str) -> bool:
    """Whether a metric is what the controller emits (wva_…, inferno_…; WVA docs/metrics)."""
    return name.endswith(("desired_replicas", "desired_ratio"))


def decision_metrics(scaler: ev.Autoscaler | ev.ScaledObject) -> list[str]:
    """Which of the controller's metrics an HPA or a ScaledObject reads."""
    if isinstance(scaler, ev.ScaledObject):
        return [name for name in scaler.reads if is_decision_metric(name)]
    return [metric.name for metric in scaler.metrics if is_decision_metric(metric.name)]


def _follows(hpa: ev.Autoscaler) -> bool:
    """Whether an HPA is the controller's: declared so, made by KEDA, or reading its decisions."""
    return hpa.managed or bool(hpa.scaled_object) or bool(decision_metrics(hpa))


def _precedence(variant: ev.Variant) -> tuple[int, str, str]:
    return (_PRECEDENCE.get(variant.source, 9), variant.namespace, variant.name)


def _undeclared(
    declared: Mapping[Target, ev.Variant],
    members: Mapping[Target, tuple[str, ...]],
    workloads: Mapping[Target, ev.Workload],
    scaled_by: Mapping[Target, ev.Autoscaler],
    keda_by: Mapping[Target, ev.ScaledObject],
    pods: Mapping[str, ev.Pod],
) -> list[Target]:
    """Scale targets with model pods, or with no pod, that nothing declares.

    Beside declared variants those that an HPA or a ScaledObject scales, else all of them. One
    without a pod is scaled to zero: what serves no model is no workload of a session.
    """
    return [
        target
        for target in (*workloads, *sorted({*scaled_by, *keda_by} - workloads.keys()))
        if target not in declared
        and (not declared or target in scaled_by or target in keda_by)
        and _may_serve(members.get(target, ()), pods, is_read=target in workloads)
    ]


def _may_serve(names: Iterable[str], pods: Mapping[str, ev.Pod], *, is_read: bool) -> bool:
    roles = {pods[name].role for name in names}
    return "model" in roles or (is_read and not roles)


def replicas_of(
    workloads: Mapping[Target, ev.Workload],
    pods: Mapping[str, ev.Pod],
    scaled: Collection[Target] = (),
) -> dict[Target, tuple[str, ...]]:
    """Pods by the workload they are replicas of, each in order of their names.

    Selectors decide; where several match (workloads of one model on different accelerators often
    share their labels), the pod's owner does. An owner that something else has made, as an operator
    makes StatefulSets, gives way to what is `scaled` and selects the pod too. What is scaled and
    could not be read has the pods that it owns by their names. Of a LeaderWorkerSet's groups the
    leaders count. Pods that have ended are no replicas.
    """
    living = {name: pod for name, pod in pods.items() if pod.phase not in ENDED}
    return pods_of(workloads, living, scaled)


def pods_of(
    workloads: Mapping[Target, ev.Workload],
    pods: Mapping[str, ev.Pod],
    scaled: Collection[Target] = (),
) -> dict[Target, tuple[str, ...]]:
    """As `replicas_of`, with the pods that have ended."""
    above = [target for target in workloads if target in scaled]
    unread = {target for target in scaled if target not in workloads}
    names_by_target: dict[Target, list[str]] = {}
    by_label = _by_label(workloads)
    places = {target: place for place, target in enumerate(workloads)}
    for name in sorted(pods):
        pod = pods[name]
        owners = owners_of_pod(pod)
        if _HASH not in pod.labels and _ROLLOUT_HASH not in pod.labels:
            owners = owners[::-1]
        target = _selecting(workloads, owners, pod)
        if target is None:
            labels = [None, *pod.labels.items()]
            likely = (key for label in labels for key in by_label.get((pod.namespace, label), ()))
            matching = (key for key in likely if _selects(workloads[key], pod))
            target = min(matching, key=places.__getitem__, default=None)
        if target is None and may_be_replica(pod):
            target = next((owner for owner in owners if owner in unread), None)
        elif target is not None and workloads[target].owner_kind and target not in scaled:
            target = _selecting(workloads, above, pod) or target
        if target is not None:
            names_by_target.setdefault(target, []).append(name)
    return {target: tuple(names) for target, names in names_by_target.items()}


_Label = tuple[str, str]


def _by_label(
    workloads: Mapping[Target, ev.Workload],
) -> dict[tuple[str, _Label | None], list[Target]]:
    """Workloads by their namespace and the label of their selector that the fewest others ask for;
    None: they ask for no label's value."""
    asked = Counter(label for workload in workloads.values() for label in workload.selector.items())
    index: dict[tuple[str, _Label | None], list[Target]] = {}
    for target, workload in workloads.items():
        rarest = min(workload.selector.items(), key=asked.__getitem__, default=None)
        index.setdefault((workload.namespace, rarest), []).append(target)
    return index


def living_pods(workload: ev.Workload, pods: Mapping[str, ev.Pod]) -> list[ev.Pod]:
    """Pods that a workload's selector picks, whoever owns them, without those that have ended; in
    order of their names."""
    label, value = next(iter(workload.selector.items()), ("", None))
    namespace = workload.namespace
    # It is asked at every look of an HPA: most pods are passed over at once.
    likely = [
        pod
        for pod in pods.values()
        if pod.namespace == namespace and (not label or pod.labels.get(label) == value)
    ]
    living = [pod for pod in likely if pod.phase not in ENDED and _selects(workload, pod)]
    return sorted(living, key=_name)


def _name(pod: ev.Pod) -> str:
    return pod.name


def _selecting(
    workloads: Mapping[Target, ev.Workload], targets: Iterable[Target], pod: ev.Pod
) -> Target | None:
    """The first of `targets` that is known and selects a pod."""
    known = (target for target in targets if target in workloads)
    return next((target for target in known if _selects(workloads[target], pod)), None)


def owners_of_pod(pod: ev.Pod) -> tuple[Target, ...]:
    """What may have made a pod, the likeliest first; what is not there made it not.

    A LeaderWorkerSet is named by a label. A ReplicaSet is called `<deployment>-<template hash>`,
    that of an Argo Rollout alike, and the label of the hash tells which; one that stands alone is
    the target itself, and its pods have no such label.
    """
    if group := pod.labels.get(LWS_NAME):
        return (("LeaderWorkerSet", pod.namespace, group),)
    if not pod.owner_kind or pod.owner_kind == "Job":
        return ()
    own = (pod.owner_kind, pod.namespace, pod.owner_name)
    if pod.owner_kind != "ReplicaSet":
        return (own,)
    above = pod.owner_name.rpartition("-")[0]
    makers = (("Deployment", pod.namespace, above), ("Rollout", pod.namespace, above), own)
    return makers if _ROLLOUT_HASH not in pod.labels else (makers[1], makers[0], own)


def may_be_replica(pod: ev.Pod) -> bool:
    """Whether it is no pod of a Job and no worker of a LeaderWorkerSet."""
    return pod.owner_kind != "Job" and pod.labels.get(_LWS_INDEX, "0") == "0"


def _selects(workload: ev.Workload, pod: ev.Pod) -> bool:
    if workload.namespace != pod.namespace or not may_be_replica(pod):
        return False
    if not workload.selector and not workload.requirements:
        # A LeaderWorkerSet has none.
        is_group = workload.kind == "LeaderWorkerSet"
        return is_group and pod.labels.get(LWS_NAME) == workload.name
    return selects(workload.selector, workload.requirements, pod.labels)


def ready_replicas(item: Link, pods: Mapping[str, ev.Pod], gone: Mapping[str, float]) -> int | None:
    """Ready replicas as the workload says; of what was read through its Scale, ready pods.

    A Scale has no such count. None: it is not known.
    """
    workload = item.workload
    if workload is None or workload.ready is not None or workload.replicas is None:
        return workload.ready if workload is not None else None
    there = (name for name in item.pods if name not in gone and name not in item.unready_workers)
    return sum(pods[name].ready for name in there)


def sleeps(hpa: ev.Autoscaler, decided: int | None) -> bool:
    """Whether an HPA is off at 0 replicas and somebody else wakes its target: KEDA, or the
    controller, where it `decided` for none (WVA v0.5.0 on: internal/engines/scalefromzero)."""
    off = any(c.type == "ScalingActive" and c.reason == "ScalingDisabled" for c in hpa.conditions)
    return off and (bool(hpa.scaled_object) or decided == 0)


def wanted(hpa: ev.Autoscaler | None) -> int | None:
    """What an HPA wants, replicas. None: no HPA, or one that has never computed anything.

    Kubernetes writes `desiredReplicas: 0` while ScalingActive is False for want of a metric; that
    is not a wish for zero replicas.
    """
    if hpa is None or hpa.desired is None:
        return None
    if hpa.desired == 0 and hpa.current:
        active = ev.condition_of(hpa.conditions, "ScalingActive")
        if active is not None and active.status == "False" and active.reason.startswith("Failed"):
            return None
    return hpa.desired
