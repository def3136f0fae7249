"""Which pods are replicas of which workload."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping

import msgspec

from wvatui.core import events as ev
from wvatui.core.label_selector import selects
from wvatui.core.state.building.builder_fields import TableBuilder

Target = tuple[str, str, str]
"""(kind, namespace, name) of what is scaled."""
ENDED = ("Failed", "Succeeded")
"""Phases of pods that never run again, evicted ones among them."""
UNKNOWN_PHASE = "Unknown"
"""What Kubernetes calls the phase of a pod that cannot be asked for."""
LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"
_HASH, _ROLLOUT_HASH = "pod-template-hash", "rollouts-pod-template-hash"
"""Labels that a Deployment and an Argo Rollout give the pods of each template (Kubernetes
staging/src/k8s.io/api/apps/v1/types.go; argo-rollouts pkg/apis/rollouts/v1alpha1/types.go)."""
_Label = tuple[str, str]
_Place = tuple[str, str | None]
"""A namespace, and a value of a label."""


def replicas_of(
    workloads: Mapping[Target, ev.Workload],
    pods: Mapping[str, ev.Pod],
    scaled: Collection[Target] = (),
) -> dict[Target, tuple[str, ...]]:
    """Pods by the workload they are replicas of, each in order of their names.

    Selectors decide; where several match (workloads of one model on different accelerators often
    share their labels), the pod's owner decides. An owner made by another object, such as an
    operator's StatefulSet, gives way to a `scaled` workload that selects the pod too. A scaled
    workload that could not be read gets the pods whose names show that it owns them. Of the groups
    of a LeaderWorkerSet, the leaders count. Pods that have ended are no replicas.
    """
    members = KnownReplicas().of(workloads, pods, scaled)
    return {target: own.living for target, own in members.items() if own.living}


class Replicas(msgspec.Struct, frozen=True, gc=False):
    """The pods of one workload, by name and in order.

    `living`: pods that run or will run; `ended`: pods that never run again; `roles`: of both.
    """

    living: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str], pods: Mapping[str, ev.Pod]) -> "Replicas":
        """The Replicas made of the pods of these names."""
        living: list[str] = []
        ended: list[str] = []
        roles: set[str] = set()
        for name in sorted(names):
            pod = pods[name]
            (ended if pod.phase in ENDED else living).append(name)
            roles.add(pod.role)
        return cls(tuple(living), tuple(ended), frozenset(roles))


NO_REPLICAS = Replicas()


class KnownReplicas:
    """Pods by their workload, kept from moment to moment: only changes are computed anew."""

    def __init__(self) -> None:
        self._rules: object = None
        self._owning: _Owning | None = None
        self._known: dict[str, tuple[ev.Pod, Target | None]] = {}
        self._names: dict[Target, set[str]] = {}
        self._members: dict[Target, Replicas] = {}

    def of(
        self,
        workloads: Mapping[Target, ev.Workload],
        pods: Mapping[str, ev.Pod],
        scaled: Collection[Target] = (),
        touched: Iterable[str] | None = None,
    ) -> Mapping[Target, Replicas]:
        """As `replicas_of`, with ended pods too. `touched`: names of all pods that were added,
        changed or removed since the last call; None: any may have been."""
        asked = [
            (target, each.owner_kind, each.selector, each.requirements)
            for target, each in workloads.items()
        ]
        rules = asked, frozenset(scaled)
        if rules != self._rules:
            self._rules, self._owning = rules, None
            self._known, self._names, self._members = {}, {}, {}
            touched = None
        if touched is None:
            touched = [*pods, *(self._known.keys() - pods.keys())]
        changed = self._placed(workloads, pods, scaled, touched)
        if changed:
            members = dict(self._members)
            for target in changed:
                names = self._names.get(target)
                if names:
                    members[target] = Replicas.of(names, pods)
                else:
                    members.pop(target, None)
            self._members = members
        return self._members

    def _placed(
        self,
        workloads: Mapping[Target, ev.Workload],
        pods: Mapping[str, ev.Pod],
        scaled: Collection[Target],
        touched: Iterable[str],
    ) -> set[Target]:
        """Assign the touched pods to their workloads; return the workloads that this changed."""
        changed: set[Target] = set()
        known = self._known
        for name in touched:
            pod, placed = pods.get(name), known.get(name)
            before = None if placed is None else placed[1]
            if pod is None:
                known.pop(name, None)
                target = None
            elif placed is not None and placed[0] is pod:
                continue
            else:
                if placed is not None and _same_place(placed[0], pod):
                    target = before
                else:
                    if self._owning is None:
                        self._owning = _Owning(workloads, scaled)
                    target = self._owning.target_of(pod)
                known[name] = pod, target
            if before is not None:
                self._names[before].discard(name)
                changed.add(before)
            if target is not None:
                self._names.setdefault(target, set()).add(name)
                changed.add(target)
        return changed


def _same_place(before: ev.Pod, pod: ev.Pod) -> bool:
    """Whether two versions of a pod agree in all that decides which workload it belongs to."""
    return (
        before.labels == pod.labels
        and before.namespace == pod.namespace
        and before.owner_kind == pod.owner_kind
        and before.owner_name == pod.owner_name
    )


class _Owning:
    """Decides which of some workloads a pod belongs to."""

    def __init__(self, workloads: Mapping[Target, ev.Workload], scaled: Collection[Target]) -> None:
        self._workloads, self._scaled = workloads, scaled
        self._above = [target for target in workloads if target in scaled]
        self._unread = {target for target in scaled if target not in workloads}
        self._by_label = _by_label(workloads)
        self._places = {target: place for place, target in enumerate(workloads)}

    def target_of(self, pod: ev.Pod) -> Target | None:
        """The workload that a pod is a replica of; None: it is of none."""
        workloads, scaled = self._workloads, self._scaled
        owners = owners_of_pod(pod)
        if _HASH not in pod.labels and _ROLLOUT_HASH not in pod.labels:
            owners = owners[::-1]
        target = _selecting(workloads, owners, pod)
        if target is None:
            labels = [None, *pod.labels.items()]
            by_label = self._by_label
            likely = (key for label in labels for key in by_label.get((pod.namespace, label), ()))
            matching = (key for key in likely if _selects(workloads[key], pod))
            target = min(matching, key=self._places.__getitem__, default=None)
        if target is None:
            if may_be_replica(pod):
                return next((owner for owner in owners if owner in self._unread), None)
        elif workloads[target].owner_kind and target not in scaled:
            return _selecting(workloads, self._above, pod) or target
        return target


def _by_label(
    workloads: Mapping[Target, ev.Workload],
) -> dict[tuple[str, _Label | None], list[Target]]:
    """Workloads by their namespace and the rarest label of their selector; None: the selector has
    no label's value."""
    asked = Counter(label for workload in workloads.values() for label in workload.selector.items())
    index: dict[tuple[str, _Label | None], list[Target]] = {}
    for target, workload in workloads.items():
        rarest = min(workload.selector.items(), key=asked.__getitem__, default=None)
        index.setdefault((workload.namespace, rarest), []).append(target)
    return index


class PodTable(TableBuilder[str, ev.Pod]):
    """Pods by name, with an index of each label by which they are looked up."""

    __slots__ = ("_by_label", "_picked", "_touched")

    def __init__(self, before: Mapping[str, ev.Pod]) -> None:
        super().__init__(before)
        self._by_label: dict[str, dict[_Place, dict[str, ev.Pod]]] = {}
        self._picked: dict[tuple[str, _Place], tuple[ev.Workload, tuple[ev.Pod, ...]]] = {}
        """By label and place in its index: a workload, and the pods that it selects there."""
        self._touched: set[str] | None = None

    def touched(self) -> Iterable[str] | None:
        """Names of the pods that were added, changed or removed since the last call; None at the
        first call."""
        before, self._touched = self._touched, set()
        return before

    def __setitem__(self, name: str, pod: ev.Pod) -> None:
        self.leave(name)
        super().__setitem__(name, pod)
        for label, index in self._by_label.items():
            place = pod.namespace, pod.labels.get(label)
            index.setdefault(place, {})[name] = pod
            self._picked.pop((label, place), None)

    def discard(self, name: str) -> None:
        """Take a pod out, if it is there."""
        self.leave(name)
        super().discard(name)

    def leave(self, name: str) -> None:
        """Take a deleted pod out of the indexes, until it is put in again."""
        if self._touched is not None:
            self._touched.add(name)
        before = self.current.get(name) if self._by_label else None
        if before is not None:
            for label, index in self._by_label.items():
                place = before.namespace, before.labels.get(label)
                index.get(place, {}).pop(name, None)
                self._picked.pop((label, place), None)

    def replicas(self, workload: ev.Workload, gone: Container[str]) -> tuple[ev.Pod, ...]:
        """Pods that a workload's selector picks, whoever owns them, in order of their names;
        without ended ones and those in `gone`, which must be the same at every call."""
        label, value = next(iter(workload.selector.items()), ("", None))
        place = workload.namespace, value
        picked = self._picked.get((label, place))
        if picked is not None and picked[0] is workload:
            return picked[1]
        index = self._by_label.get(label)
        if index is None:
            index = self._by_label[label] = {}
            for name, pod in self.current.items():
                if name not in gone:
                    index.setdefault((pod.namespace, pod.labels.get(label)), {})[name] = pod
        likely = index.get(place)
        if not likely:
            return ()
        there = (pod for name, pod in likely.items() if name not in gone and pod.phase not in ENDED)
        selected = tuple(sorted((pod for pod in there if _selects(workload, pod)), key=_name))
        self._picked[label, place] = workload, selected
        return selected


def _name(pod: ev.Pod) -> str:
    return pod.name


def _selecting(
    workloads: Mapping[Target, ev.Workload], targets: Iterable[Target], pod: ev.Pod
) -> Target | None:
    """The first of `targets` that is known and selects a pod."""
    known = (target for target in targets if target in workloads)
    return next((target for target in known if _selects(workloads[target], pod)), None)


def owners_of_pod(pod: ev.Pod) -> tuple[Target, ...]:
    """Workloads that may have made a pod, the likeliest first; they need not exist.

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
    return pod.owner_kind != "Job" and not is_worker(pod)


def is_of_pages(pod: ev.Pod) -> bool:
    """Whether nothing is known of a pod but its metrics pages: whether it is Ready neither."""
    return pod.phase == UNKNOWN_PHASE and not pod.uid


def is_worker(pod: ev.Pod) -> bool:
    """Whether it is a pod of a LeaderWorkerSet's group, and not the group's leader."""
    return pod.labels.get(_LWS_INDEX, "0") != "0"


def _selects(workload: ev.Workload, pod: ev.Pod) -> bool:
    if workload.namespace != pod.namespace or not may_be_replica(pod):
        return False
    if not workload.selector and not workload.requirements:
        # A LeaderWorkerSet has none.
        is_group = workload.kind == "LeaderWorkerSet"
        return is_group and pod.labels.get(LWS_NAME) == workload.name
    return selects(workload.selector, workload.requirements, pod.labels)
