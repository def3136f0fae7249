"""The watched objects, and which of them concern the session.

A namespace holds more than model servers. The inventory keeps every object that it is given, and
passes on those that belong to a variant, to the controller or to the endpoint picker. The role of
an object may become known later, when its workload is listed; it is then passed on late.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec

from wvatui.core import events as ev
from wvatui.core.kube_object import holder_pod, qualified
from wvatui.core.label_selector import Requirement, selects
from wvatui.core.state.links import SHORT_KINDS, Link, link, lws_group, scaled_targets, target_of
from wvatui.core.state.replicas import LWS_NAME, Target, is_worker, may_be_replica, replicas_of
from wvatui.core.state.session_window import ONE, SessionWindow
from wvatui.sources.log.controller_log import Controllers
from wvatui.sources.pods.page_hints import PageHint, endpoints_of
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.scale_reader import ScaleTargetRef
from wvatui.sources.source import Emit, nowhere

WAITING_EVENTS = 5_000
"""Kubernetes events kept until it is known whether their object concerns the session."""
_TAGS: dict[type[ev.Event], str] = {
    ev.Pod: "pod",
    ev.Workload: "workload",
    ev.Variant: "variant",
    ev.Autoscaler: "hpa",
    ev.ScaledObject: "keda",
    ev.Lease: "lease",
    ev.Config: "config",
}

_T = TypeVar("_T", bound=ev.Event)


_APIS = {"Rollout": "argoproj.io/v1alpha1"}
"""apiVersion of a scale target that does not state its own; for other kinds it is KEDA's default,
apps/v1."""
Identity = tuple[str, str, str, str]
"""(tag, source or kind, namespace, name)."""


def identity(event: ev.Event) -> Identity:
    """Identity of the object that an event is about."""
    what = getattr(event, "source", "") or getattr(event, "kind", "")
    return (_TAGS[type(event)], what, event.namespace, event.name)  # type: ignore[attr-defined]


class Inventory:
    """The objects of one session. `emit` is set by the source that runs."""

    def __init__(
        self,
        now: Callable[[], float],
        window: SessionWindow = ONE,
        selector: Sequence[Requirement] = (),
    ) -> None:
        """`window`: the session's, which gives pods their ids. `selector`: label selector that
        model pods must match to be watched."""
        self.emit: Emit = nowhere
        self._now, self._window, self._selector = now, window, tuple(selector)
        self._known: dict[Identity, ev.Event] = {}
        self._told: dict[Identity, ev.Event] = {}
        self._waiting: deque[ev.KubeEvent] = deque(maxlen=WAITING_EVENTS)
        self._concerned: set[Target] = set()
        self._listed: set[tuple[str, str]] = set()
        self._template_roles: dict[tuple[str, str, str], str] = {}
        self._port_names: dict[tuple[str, str], dict[str, int]] = {}
        self._asked_ports: dict[tuple[str, str], tuple[int, ...]] = {}
        self._hints: dict[str, Sequence[PageHint]] = {}
        self.controller_namespace = ""

    # --- input

    def put_all(
        self, events: list[ev.Event], gone: list[Identity], whole: tuple[str, str] | None = None
    ) -> None:
        """Take all objects of a list; `gone` were known before and are not in it. `whole`: kind and
        namespace ("": every one) of which the list has all objects."""
        if whole is not None:
            self._listed.add(whole)
        for event in events:
            self._known[identity(event)] = event
        for who in gone:
            self._known.pop(who, None)
            self._port_names.pop(who[2:], None)
            self._asked_ports.pop(who[2:], None)
        self._settle()

    def hear(self, event: ev.KubeEvent) -> None:
        """Take a Kubernetes event."""
        if self._concerns(event):
            self._tell(event)
        else:
            self._waiting.append(event)

    def template_role(self, workload: ev.Workload, role: str) -> None:
        """Note the role of a workload's pods, as its template shows it before there are any
        pods."""
        self._template_roles[(workload.kind, workload.namespace, workload.name)] = role

    def learn_ports(
        self, namespace: str, pod: str, names: dict[str, int], asked: tuple[int, ...]
    ) -> None:
        """Note the named ports of a pod's containers, and the ports on which its engines must
        listen."""
        self._port_names[(namespace, pod)] = names
        self._asked_ports[(namespace, pod)] = asked

    def learn_hints(self, namespace: str, hints: Sequence[PageHint]) -> None:
        """Note all hints that exist in a namespace ("": anywhere) about where pages are."""
        self._hints[namespace] = hints
        self._settle()

    # --- output

    def _settle(self) -> None:
        """Emit what is new, changed or gone among the objects that concern the session."""
        wanted = self._wanted()
        for who, event in wanted.items():
            told = self._told.get(who)
            if told is None or msgspec.structs.replace(told, at=event.at) != event:
                self._told[who] = event
                self._tell(event)
        for who in [who for who in self._told if who not in wanted]:
            tag, what, namespace, name = who
            del self._told[who]
            source = what if tag in ("variant", "workload") else ""
            self._tell(ev.Deleted(0.0, kind=tag, name=name, namespace=namespace, source=source))
        several = self._window.several
        concerned = {
            (_kind(event), namespace if several else "", name)
            for (_, _, namespace, name), event in wanted.items()
        }
        if concerned != self._concerned:
            self._concerned = concerned
            self._tell_waiting()

    def _tell(self, event: ev.Event) -> None:
        """Emit an event with the present time: an object passed on late was not shown earlier."""
        if isinstance(event, ev.KubeEvent) and not self._window.several:
            event = msgspec.structs.replace(event, namespace="")
        self.emit(msgspec.structs.replace(event, at=self._now()))

    def _tell_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque(maxlen=WAITING_EVENTS)
        for event in waiting:
            self.hear(event)

    def _wanted(self) -> dict[Identity, ev.Event]:
        pods = {qualified(pod.namespace, pod.name): pod for pod in self._of(ev.Pod)}
        workloads = {(w.kind, w.namespace, w.name): w for w in self._of(ev.Workload)}
        scalers = self._of(ev.Variant), self._of(ev.Autoscaler), self._of(ev.ScaledObject)
        replicas = replicas_of(workloads, pods, scaled_targets(*scalers))
        serving_pods = {name for name, pod in pods.items() if self._serves(pod)}
        # A workload concerns the session when a variant declares it, or when it serves models.
        serving = {where for where, role in self._template_roles.items() if role == "model"}
        for where, names in replicas.items():
            if not serving_pods.isdisjoint(names):
                serving.add(where)
        ours = self._declared() | serving
        own = serving_pods.union(name for where in ours for name in replicas.get(where, ()))
        own = {name for name in own if selects({}, self._selector, pods[name].labels)}
        groups = {lws_group(pods[name]) for name in own if LWS_NAME in pods[name].labels}
        wanted: dict[Identity, ev.Event] = {}
        for who, event in self._known.items():
            if isinstance(event, ev.Pod):
                role = event.role or (
                    "model"
                    if qualified(event.namespace, event.name) in own
                    else "worker"
                    if lws_group(event) in groups
                    else ""
                )
                if not role or (
                    role == "model" and qualified(event.namespace, event.name) not in own
                ):
                    continue
                event = msgspec.structs.replace(event, role=role)
            elif isinstance(event, ev.Workload):
                if (event.kind, event.namespace, event.name) not in ours:
                    continue
            elif (
                isinstance(event, ev.Autoscaler | ev.ScaledObject)
                and not event.managed
                and target_of(event) not in ours
                and not self._is_missing(target_of(event), workloads, ours)
            ):
                continue
            wanted[who] = event
        return wanted

    def _is_missing(
        self, target: Target, workloads: Mapping[Target, ev.Workload], ours: set[Target]
    ) -> bool:
        """Whether a scale target does not exist, in a namespace that the session is about."""
        kind, namespace, _ = target
        here = not self._window.several or any(namespace == each for _, each, _ in ours)
        listed = not self._listed.isdisjoint(((kind, namespace), (kind, "")))
        return bool(target[2]) and here and listed and target not in workloads

    def _serves(self, pod: ev.Pod) -> bool:
        """Whether a pod serves models, by its own labels and spec or as a member of the gateway's
        pool."""
        if pod.role or not may_be_replica(pod):
            return pod.role == "model"
        hints = (hint for listed in self._hints.values() for hint in listed)
        return any(hint.one_engine_each and hint.is_about(pod) for hint in hints)

    def _declared(self) -> set[tuple[str, str, str]]:
        """Scale targets that variants name: (kind, namespace, name)."""
        return set(map(target_of, self._of(ev.Variant)))

    def _concerns(self, event: ev.KubeEvent) -> bool:
        """Whether a Kubernetes event is about an object of the session, or about one created by
        such an object."""
        where = event.namespace if self._window.several else ""
        if (event.kind, where, event.name) in self._concerned:
            return True
        above = event.name.rpartition("-")[0]
        if event.kind == "ReplicaSet":
            makers = {("Deployment", above), ("Rollout", above)}
        elif event.kind == "Pod":  # even one that is gone: <deployment>-<hash>-<random>
            top = above.rpartition("-")[0]
            makers = {("Deployment", top), ("Rollout", top), ("ReplicaSet", above)}
            makers.add(("StatefulSet", above))  # <set>-<number>
        elif event.kind == "StatefulSet":  # <set>, and <set>-<group> for its workers
            front, _, group = event.name.rpartition("-")
            makers = {("LeaderWorkerSet", event.name)}
            makers |= {("LeaderWorkerSet", front)} if group.isdigit() else set()
        else:
            return False
        return any((kind, where, name) in self._concerned for kind, name in makers)

    def _of(self, kind: type[_T]) -> list[_T]:
        return [event for event in self._known.values() if isinstance(event, kind)]

    # --- queries by other sources

    def scale_targets(self) -> list[ScaleTargetRef]:
        """Scale targets of variants and autoscalers whose kinds are not watched."""
        scalers: list[ev.Variant | ev.Autoscaler | ev.ScaledObject] = [
            *self._of(ev.Variant),
            *self._of(ev.Autoscaler),
            *self._of(ev.ScaledObject),
        ]
        named = {
            target_of(s): s.target_api
            for s in sorted(scalers, key=lambda s: s.target_api)
            if s.target_name and s.target_kind not in SHORT_KINDS
        }
        return sorted(
            ScaleTargetRef(api or _APIS.get(kind, "apps/v1"), kind, namespace, name)
            for (kind, namespace, name), api in named.items()
        )

    def model_targets(self) -> list[PollTarget]:
        """Pods whose engines are to be polled, with the ports that they declare."""
        return self._targets("model")

    def epp_targets(self) -> list[PollTarget]:
        """Endpoint pickers to be polled."""
        return self._targets("epp")

    def _targets(self, role: str) -> list[PollTarget]:
        pods = [
            event
            for event in self._told.values()
            if isinstance(event, ev.Pod) and event.role == role
        ]
        owners = self._owners() if role == "model" else {}
        workers = self._workers() if role == "model" else {}
        return [
            self._hinted(
                pod, self._target(pod, owners.get(self._id(pod)), workers.get(lws_group(pod), ()))
            )
            for pod in sorted(pods, key=self._id)
        ]

    def _hinted(self, pod: ev.Pod, target: PollTarget) -> PollTarget:
        """A target with the hints of monitors and pools about its pages."""
        hints = [hint for told in self._hints.values() for hint in told]
        if not hints or pod.role != "model":
            return target
        named = self._port_names.get((pod.namespace, pod.name), {})
        endpoints, ranks = endpoints_of(hints, pod, named)
        return replace(target, hints=endpoints, ranks=(*target.ranks, *ranks))

    def _id(self, pod: ev.Pod) -> str:
        """Id of a pod in the session."""
        return self._window.id_of(pod.namespace, pod.name)

    def _target(
        self, pod: ev.Pod, owner: Link | None, workers: Sequence[ev.Pod] = ()
    ) -> PollTarget:
        workload = owner.workload.name if owner and owner.workload else pod.owner_name
        return PollTarget(
            pod=self._id(pod),
            namespace=pod.namespace,
            ip=pod.ip,
            ports=pod.ports,
            path=pod.metrics_path,
            scheme=pod.metrics_scheme,
            ranks=pod.rank_ports,
            asked=self._asked_ports.get((pod.namespace, pod.name), ()),
            group=tuple(self._target(each, None) for each in sorted(workers, key=self._id)),
            model=owner.model if owner else "",
            workload=self._window.id_of(pod.namespace, workload),
            phase=pod.phase,
            ready=pod.ready,
        )

    def _workers(self) -> dict[tuple[str, str, str], list[ev.Pod]]:
        """Workers of LeaderWorkerSets that may serve models, by group."""
        workers: dict[tuple[str, str, str], list[ev.Pod]] = {}
        for pod in self._of(ev.Pod):
            if is_worker(pod) and pod.ports and pod.ip and pod.deleting_at is None:
                workers.setdefault(lws_group(pod), []).append(pod)
        return workers

    def _owners(self) -> dict[str, Link]:
        """The variant of each replica."""
        tables: tuple[dict[object, ev.Event], ...] = ({}, {}, {}, {}, {})
        for (tag, what, namespace, name), event in self._told.items():
            if tag == "variant":
                tables[0][(what, namespace, name)] = event
            elif tag == "workload":
                tables[1][(what, namespace, name)] = event
            elif tag == "pod":
                tables[4][self._window.id_of(namespace, name)] = event
        links = link(*tables)  # type: ignore[arg-type]
        return {pod: item for item in links if item.workload for pod in item.pods}

    def controllers(self) -> Controllers:
        """Where the controller's log is, as far as known."""
        namespace = self.controller_namespace
        pods = sorted(
            event.name
            for event in self._told.values()
            if isinstance(event, ev.Pod)
            and event.role == "controller"
            and event.namespace == namespace
        )
        holders = [
            # The first holder of a Lease has no predecessor.
            Controllers(
                namespace,
                tuple(pods),
                holder_pod(event.holder),
                event.acquired_at if event.transitions else None,
                event.renewed_at,
            )
            for event in self._told.values()
            if isinstance(event, ev.Lease)
            and event.holder
            # The Lease may be in another namespace; its holder shows whose it is.
            and (event.namespace == namespace or holder_pod(event.holder) in pods)
        ]
        holders.sort(key=lambda held: (held.holder not in pods, held.holder))
        return holders[0] if holders else Controllers(namespace, tuple(pods))


def _kind(event: ev.Event) -> str:
    """The object kind, as Kubernetes events name it."""
    if isinstance(event, ev.Workload):
        return event.kind
    if isinstance(event, ev.Variant):
        return event.source
    return {
        ev.Pod: "Pod",
        ev.Autoscaler: "HorizontalPodAutoscaler",
        ev.ScaledObject: "ScaledObject",
        ev.Lease: "Lease",
        ev.Config: "ConfigMap",
    }[type(event)]
