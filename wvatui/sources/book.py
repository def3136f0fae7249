"""What is known of the objects that are watched, and which of them concern us.

A namespace holds more than model servers. The book keeps every object it is shown and passes on
those that belong to a variant, to the controller or to the endpoint picker; what an object is for
can turn out later (its workload is listed after it), and then it is passed on late.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from wvatui.core import events as ev
from wvatui.core.links import link
from wvatui.sources.controller_log import Controllers, holder_pod
from wvatui.sources.poller import Target
from wvatui.sources.source import Emit

WAITING_EVENTS = 500
"""Kubernetes events kept until it is known whether their object concerns us."""
_TAGS: dict[type[ev.Event], str] = {
    ev.Pod: "pod", ev.Workload: "workload", ev.Variant: "variant", ev.Autoscaler: "hpa",
    ev.ScaledObject: "keda", ev.Lease: "lease", ev.Config: "config",
}  # fmt: skip

_T = TypeVar("_T", bound=ev.Event)
Identity = tuple[str, str, str, str]
"""(tag, source or kind, namespace, name)."""


def identity(event: ev.Event) -> Identity:
    """Which object an event is about."""
    what = getattr(event, "source", "") or getattr(event, "kind", "")
    return (_TAGS[type(event)], what, event.namespace, event.name)  # type: ignore[attr-defined]


class Book:
    """The objects of one session. `emit` is set by whoever runs."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.emit: Emit = _nowhere
        self._now = now
        self._known: dict[Identity, ev.Event] = {}
        self._told: dict[Identity, ev.Event] = {}
        self._waiting: deque[ev.Happening] = deque(maxlen=WAITING_EVENTS)
        self._concerned: set[tuple[str, str]] = set()
        self._template_roles: dict[tuple[str, str, str], str] = {}
        self.controller_namespace = ""

    # --- what comes in

    def put(self, event: ev.Event) -> None:
        """An object as it is now."""
        self._known[identity(event)] = event
        self._settle()

    def put_all(self, events: list[ev.Event], gone: list[Identity]) -> None:
        """All objects of a list; `gone` were known and are not in it."""
        for event in events:
            self._known[identity(event)] = event
        for who in gone:
            self._known.pop(who, None)
        self._settle()

    def drop(self, who: Identity) -> None:
        """An object was deleted."""
        if self._known.pop(who, None) is not None:
            self._settle()

    def hear(self, event: ev.Happening) -> None:
        """A Kubernetes event."""
        if self._concerns(event):
            self.emit(event)
        else:
            self._waiting.append(event)

    def template_role(self, workload: ev.Workload, role: str) -> None:
        """What the pods of a workload are for, by its template: known before it has any."""
        self._template_roles[(workload.kind, workload.namespace, workload.name)] = role

    # --- what goes out

    def _settle(self) -> None:
        """Tell what is new, changed or gone of the objects that concern us."""
        wanted = self._wanted()
        for who, event in wanted.items():
            told = self._told.get(who)
            if told is None or msgspec.structs.replace(told, at=event.at) != event:
                self._told[who] = event
                self.emit(event)
        for who in [who for who in self._told if who not in wanted]:
            tag, what, namespace, name = who
            del self._told[who]
            source = what if tag in ("variant", "workload") else ""
            self.emit(ev.Gone(self._now(), kind=tag, name=name, namespace=namespace, source=source))
        self._concerned = {(_kind(e), e.name) for e in wanted.values()}  # type: ignore[attr-defined]
        for event in [event for event in self._waiting if self._concerns(event)]:
            self._waiting.remove(event)
            self.emit(event)

    def _wanted(self) -> dict[Identity, ev.Event]:
        pods = self._of(ev.Pod)
        workloads = self._of(ev.Workload)
        targets = self._declared() | {
            where for where, role in self._template_roles.items() if role == "model"
        }
        # A workload is ours when something of ours declares it, or when it serves models.
        members = {(w.kind, w.namespace, w.name): _selected(w, pods) for w in workloads}
        ours = {
            where
            for where, own in members.items()
            if where in targets or any(pod.role == "model" for pod in own)
        }
        replicas = {pod.name for where in ours for pod in members[where]}
        wanted: dict[Identity, ev.Event] = {}
        for who, event in self._known.items():
            if isinstance(event, ev.Pod):
                role = event.role or ("model" if event.name in replicas else "")
                if not role:
                    continue
                event = msgspec.structs.replace(event, role=role)
            elif (
                isinstance(event, ev.Workload)
                and (event.kind, event.namespace, event.name) not in ours
            ):
                continue
            wanted[who] = event
        return wanted

    def _declared(self) -> set[tuple[str, str, str]]:
        """Scale targets that a variant names: (kind, namespace, name)."""
        return {(v.target_kind, v.namespace, v.target_name) for v in self._of(ev.Variant)}

    def _concerns(self, event: ev.Happening) -> bool:
        if (event.kind, event.name) in self._concerned:
            return True
        if event.kind != "ReplicaSet":
            return False
        owner = event.name.rpartition("-")[0]
        return ("Deployment", owner) in self._concerned

    def _of(self, kind: type[_T]) -> list[_T]:
        return [event for event in self._known.values() if isinstance(event, kind)]

    # --- what others ask

    def model_targets(self) -> list[Target]:
        """Pods whose engine is to be polled, with the ports they declare."""
        return self._targets("model")

    def epp_targets(self) -> list[Target]:
        """Endpoint pickers to be polled."""
        return self._targets("epp")

    def _targets(self, role: str) -> list[Target]:
        pods = [
            event
            for event in self._told.values()
            if isinstance(event, ev.Pod) and event.role == role
        ]
        owner = self._owners() if role == "model" else {}
        return [
            Target(
                pod=pod.name,
                namespace=pod.namespace,
                ip=pod.ip,
                ports=pod.ports,
                workload=owner.get(pod.name, pod.owner_name),
                phase=pod.phase,
                ready=pod.ready,
            )
            for pod in sorted(pods, key=lambda pod: pod.name)
        ]

    def _owners(self) -> dict[str, str]:
        """Workload of each replica."""
        tables: tuple[dict[object, ev.Event], ...] = ({}, {}, {}, {}, {})
        for (tag, what, namespace, name), event in self._told.items():
            if tag == "variant":
                tables[0][(what, namespace, name)] = event
            elif tag == "workload":
                tables[1][(what, namespace, name)] = event
            elif tag == "pod":
                tables[4][name] = event
        links = link(*tables)  # type: ignore[arg-type]
        return {pod: item.workload.name for item in links if item.workload for pod in item.pods}

    def controllers(self) -> Controllers:
        """Where the controller's log is, as far as it is known."""
        namespace = self.controller_namespace
        pods = sorted(
            event.name
            for event in self._told.values()
            if isinstance(event, ev.Pod)
            and event.role == "controller"
            and event.namespace == namespace
        )
        holder = next(
            (
                holder_pod(event.holder)
                for event in self._told.values()
                if isinstance(event, ev.Lease) and event.holder and event.namespace == namespace
            ),
            "",
        )
        return Controllers(namespace, tuple(pods), holder)


def _kind(event: ev.Event) -> str:
    """The object kind as Kubernetes events name it."""
    if isinstance(event, ev.Workload):
        return event.kind
    if isinstance(event, ev.Variant):
        return event.source
    return {
        ev.Pod: "Pod", ev.Autoscaler: "HorizontalPodAutoscaler", ev.ScaledObject: "ScaledObject",
        ev.Lease: "Lease", ev.Config: "ConfigMap",
    }[type(event)]  # fmt: skip


def _selected(workload: ev.Workload, pods: list[ev.Pod]) -> list[ev.Pod]:
    labels: Mapping[str, str] = workload.selector
    if not labels and workload.kind == "LeaderWorkerSet":
        labels = {"leaderworkerset.sigs.k8s.io/name": workload.name}
    if not labels:
        return []
    return [
        pod
        for pod in pods
        if pod.namespace == workload.namespace
        and all(pod.labels.get(key) == value for key, value in labels.items())
    ]


def _nowhere(event: ev.Event) -> None:
    """Where events go before anybody runs."""
