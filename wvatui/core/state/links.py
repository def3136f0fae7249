"""Which objects and pods belong to which variant.

Two objects can declare a variant for the same scale target; WVA's precedence applies: a
VariantAutoscaling before a ScaledObject before an HPA (WVA v0.8.0 docs and wva annotations,
internal/annotations). A ScaledObject or HPA that scales model pods counts as a variant where
nothing declares one for its target, so that targets unknown to the controller are shown, too.
"""

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

import msgspec

from wvatui.core import events as ev
from wvatui.core.kube_object import NamespacedName
from wvatui.core.state.replicas import (
    LWS_NAME,
    NO_REPLICAS,
    KnownReplicas,
    Replicas,
    Target,
    is_worker,
)
from wvatui.core.structs import replace

_PRECEDENCE = {"VariantAutoscaling": 0, "ScaledObject": 1, "HorizontalPodAutoscaler": 2}
_LWS_GROUP = "leaderworkerset.sigs.k8s.io/group-index"

SHORT_KINDS = {"Deployment": "Deploy", "StatefulSet": "STS", "LeaderWorkerSet": "LWS"}
"""Kinds of workloads that are watched, and their short names; others are read by their scale."""


class Link(msgspec.Struct, frozen=True, gc=False):
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
    unready_workers: Mapping[str, str] = {}
    """For replicas that are groups of pods: a worker that is not Ready, by the leader's name. Such
    a group is not ready (LeaderWorkerSet pkg/controllers/leaderworkerset_controller.go)."""

    @property
    def target_kind(self) -> str:
        """Kind of the scale target; empty when not known."""
        if self.workload is not None:
            return self.workload.kind
        scaler = self.variant or self.hpa or self.scaled_object
        return scaler.target_kind if scaler is not None else ""

    @property
    def all_pods(self) -> tuple[str, ...]:
        """Its replicas and its ended pods, whose history belongs to the variant, too."""
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
    members: Mapping[Target, Replicas] | None = None,
    gone: Container[str] = (),
) -> tuple[Link, ...]:
    """All variants, ascending by (model, namespace, name). `members`: what `KnownReplicas` gives.
    `gone`: deleted pods, which a group does not wait for."""
    by_target = {target: group[0] for target, group in declared_by_target(variants.values())}
    scaled_by = _by_scaled(hpas.values())
    keda_by = {target_of(scaled): scaled for scaled in scaled_objects.values()}
    if members is None:
        tables = variants.values(), hpas.values(), scaled_objects.values()
        members = KnownReplicas().of(workloads, pods, scaled_targets(*tables))
    unready = _unready_workers(pods, gone)
    targets = [*by_target, *_undeclared(by_target, members, workloads, scaled_by, keda_by)]
    links = []
    for target in targets:
        own = members.get(target, NO_REPLICAS)
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
                pods=own.living,
                ended=own.ended,
                unready_workers={
                    name: unready[group]
                    for name in (*own.living, *own.ended)
                    if (group := lws_group(pods[name])) in unready
                }
                if unready
                else {},
            )
        )
    return tuple(sorted(links, key=_by_model))


class KnownLinks(NamedTuple):
    """Links with what they were made of. `others`: all but the HPAs, or a count of its changes."""

    others: object
    hpas: Mapping[NamespacedName, ev.Autoscaler]
    links: tuple[Link, ...]


def with_hpas(
    known: KnownLinks | None, others: object, hpas: Mapping[NamespacedName, ev.Autoscaler]
) -> tuple[Link, ...] | None:
    """The known links with the HPAs as they are now, where nothing but statuses of HPAs changed
    since. None: an HPA came, went, or belongs elsewhere now, or something else changed."""
    if known is None or known.others != others:
        return None
    before = known.hpas
    if before is hpas:
        return known.links
    if before.keys() != hpas.keys():
        return None
    newer = [(hpa, before[key]) for key, hpa in hpas.items() if hpa is not before[key]]
    if not all(_belongs_alike(*pair) for pair in newer):
        return None
    if not newer:
        return known.links
    return tuple(
        [
            each if each.hpa is None else replace(each, hpa=hpas[each.hpa.namespace, each.hpa.name])
            for each in known.links
        ]
    )


def _belongs_alike(hpa: ev.Autoscaler, before: ev.Autoscaler) -> bool:
    """Whether two versions of an HPA agree in all that decides which variant it belongs to."""
    if hpa.target_name != before.target_name or hpa.target_kind != before.target_kind:
        return False
    if hpa.managed != before.managed or hpa.scaled_object != before.scaled_object:
        return False
    return [m.name for m in hpa.metrics] == [m.name for m in before.metrics]


def lws_group(pod: ev.Pod) -> tuple[str, str, str]:
    """The group of a LeaderWorkerSet that a pod is in."""
    return (pod.namespace, pod.labels.get(LWS_NAME, ""), pod.labels.get(_LWS_GROUP, ""))


def _unready_workers(
    pods: Mapping[str, ev.Pod], gone: Container[str]
) -> dict[tuple[str, str, str], str]:
    """By group, a worker that is not Ready; groups whose workers are all Ready are left out."""
    workers = ((name, pod) for name, pod in pods.items() if not pod.ready and is_worker(pod))
    return {lws_group(pod): name for name, pod in workers if name not in gone}


def scaled_targets(
    *scalers: Iterable[ev.Variant] | Iterable[ev.Autoscaler] | Iterable[ev.ScaledObject],
) -> frozenset[Target]:
    """The targets of all these scalers and variants."""
    return frozenset(target_of(scaler) for table in scalers for scaler in table)


def target_of(scaler: ev.Variant | ev.Autoscaler | ev.ScaledObject) -> Target:
    """The target that a scaler or a variant names; a Deployment where it names no kind."""
    return (scaler.target_kind or "Deployment", scaler.namespace, scaler.target_name)


def declared_by_target(variants: Iterable[ev.Variant]) -> list[tuple[Target, list[ev.Variant]]]:
    """The objects that declare a variant for each scale target, in order of precedence."""
    groups: dict[Target, list[ev.Variant]] = {}
    for variant in sorted(variants, key=_precedence):
        groups.setdefault(target_of(variant), []).append(variant)
    return list(groups.items())


def other_names(variants: Iterable[ev.Variant]) -> dict[NamespacedName, str]:
    """Other names of variants: (namespace, other name) to the name that the State uses.

    Objects of different kinds that name one target declare one variant. Two of one kind declare
    two, which is a mistake. A name that another variant has of its own is no other name.
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
    """What stands as the source of a variant that nothing declares: its scaler, else its kind."""
    if scaled is not None:
        return "ScaledObject"
    return "HPA" if hpa is not None else workload.kind if workload is not None else ""


def _by_model(item: Link) -> tuple[str, str, str]:
    return (item.model, item.namespace, item.name)


def _by_scaled(hpas: Iterable[ev.Autoscaler]) -> dict[Target, ev.Autoscaler]:
    """The HPA of each target; of two on one target, the one that follows the controller's decisions
    counts."""
    scaled_by: dict[Target, ev.Autoscaler] = {}
    for hpa in hpas:
        other = scaled_by.setdefault(target_of(hpa), hpa)
        if other is not hpa and _by_follower(other) <= _by_follower(hpa):
            scaled_by[target_of(hpa)] = hpa
    return scaled_by


def _by_follower(hpa: ev.Autoscaler) -> tuple[bool, str]:
    return (_follows(hpa), hpa.name)


def is_decision_metric(name: str) -> bool:
    """Whether the controller emits a metric of this name (wva_…, inferno_…; WVA docs/metrics)."""
    return name.endswith(("desired_replicas", "desired_ratio"))


def decision_metrics(scaler: ev.Autoscaler | ev.ScaledObject) -> list[str]:
    """Which of the controller's metrics an HPA or a ScaledObject reads."""
    if isinstance(scaler, ev.ScaledObject):
        return [name for name in scaler.reads if is_decision_metric(name)]
    return [metric.name for metric in scaler.metrics if is_decision_metric(metric.name)]


def _follows(hpa: ev.Autoscaler) -> bool:
    """Whether an HPA follows the controller: declared so, made by KEDA, or reads its decisions."""
    return hpa.managed or bool(hpa.scaled_object) or bool(decision_metrics(hpa))


def _precedence(variant: ev.Variant) -> tuple[int, str, str]:
    return (_PRECEDENCE.get(variant.source, 9), variant.namespace, variant.name)


def _undeclared(
    declared: Mapping[Target, ev.Variant],
    members: Mapping[Target, Replicas],
    workloads: Mapping[Target, ev.Workload],
    scaled_by: Mapping[Target, ev.Autoscaler],
    keda_by: Mapping[Target, ev.ScaledObject],
) -> list[Target]:
    """Undeclared scale targets that have model pods, or no pods at all.

    Where some variants are declared, only those that an HPA or a ScaledObject scales; else all. A
    target without pods is scaled to zero: workloads that serve no model are not in a session.
    """
    return [
        target
        for target in (*workloads, *sorted({*scaled_by, *keda_by} - workloads.keys()))
        if target not in declared
        and (not declared or target in scaled_by or target in keda_by)
        and _may_serve(members.get(target, NO_REPLICAS).roles, is_read=target in workloads)
    ]


def _may_serve(roles: frozenset[str], *, is_read: bool) -> bool:
    return "model" in roles or (is_read and not roles)


def ready_replicas(item: Link, pods: Mapping[str, ev.Pod], gone: Mapping[str, float]) -> int | None:
    """Ready replicas as the workload states; for one read through its Scale, its ready pods.

    A Scale has no such count. None: not known.
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
