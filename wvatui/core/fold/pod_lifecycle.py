"""The steps of each replica's lifecycle, each with the time at which it was first seen.

A pod's object shows only its present state. Once the pod is deleted, nothing shows when it became
ready. The fold keeps each step, so that a scale-up can be measured afterwards.
"""

from wvatui.core.events import Deleted, KubeEvent, Pod
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.history import PodLifecycle
from wvatui.core.state.replicas import owners_of_pod
from wvatui.core.structs import replace

KEPT = 5_000
"""How many lifecycles are kept; the oldest go first."""


def pod_seen(builder: StateBuilder, event: Pod) -> None:
    """Add the steps that a pod's object shows."""
    if event.role != "model":
        return
    before = builder.lifecycles.get(event.name)
    if before is not None and before.created_at != event.created_at:
        before = None  # another pod of the same name: StatefulSets reuse names
    known = before or PodLifecycle(
        pod=event.name,
        namespace=event.namespace,
        owner=next(iter(owners_of_pod(event)), ("", "", "")),
        created_at=event.created_at,
    )
    life = replace(
        known,
        scheduled_at=_first(known.scheduled_at, event.scheduled_at),
        started_at=_first(known.started_at, event.started_at),
        ready_at=_first(known.ready_at, event.ready_at),
        # The deletion's own timestamp is the end of its grace period, not its beginning.
        leaving_at=_first(known.leaving_at, event.at if event.deleting_at is not None else None),
    )
    if life != before:
        _put(builder, life)


def pod_event(builder: StateBuilder, event: KubeEvent) -> None:
    """Add the steps that the kubelet's events show: pulling and pulled."""
    life = builder.lifecycles.get(event.name) if event.kind == "Pod" else None
    at = event.first_at if event.first_at is not None else event.at
    if life is None or at < (life.created_at or at):
        return
    # Reasons of the kubelet's events: Kubernetes pkg/kubelet/events/event.go.
    if event.reason == "Pulling" and life.pulling_at is None:
        _put(builder, replace(life, pulling_at=at))
    elif event.reason == "Pulled" and life.pulled_at is None:
        _put(builder, replace(life, pulled_at=at))


def pod_deleted(builder: StateBuilder, event: Deleted) -> None:
    """Add the end of a deleted pod."""
    life = builder.lifecycles.get(event.name)
    if life is not None and life.gone_at is None:
        _put(builder, replace(life, gone_at=event.at))


def first_tokens(builder: StateBuilder) -> None:
    """Add the first scrape at which a pod had generated tokens; called once a second."""
    for name in builder.unserved:
        look = builder.latest_scrape(name)
        if look is not None and look.generation_tokens:
            _put(builder, replace(builder.lifecycles[name], served_at=look.at))


def _first(before: float | None, now: float | None) -> float | None:
    return now if before is None else before


def _put(builder: StateBuilder, life: PodLifecycle) -> None:
    lifecycles = builder.lifecycles
    if life.pod not in lifecycles and len(lifecycles.current) >= KEPT:
        oldest = next(iter(lifecycles.current))
        _served(builder, oldest)
        lifecycles.discard(oldest)
    lifecycles[life.pod] = life
    if life.served_at is None and life.gone_at is None:
        if life.pod not in builder.unserved:
            builder.unserved = (*builder.unserved, life.pod)
    else:
        _served(builder, life.pod)


def _served(builder: StateBuilder, name: str) -> None:
    """Stop waiting for the pod's first token."""
    if name in builder.unserved:
        builder.unserved = tuple(each for each in builder.unserved if each != name)
