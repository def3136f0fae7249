"""The steps of every replica's life, each with the time at which it was first known.

A pod's object tells only how it stands: once it is deleted nothing says any more when it was ready.
The fold keeps each step from the moment it is seen, so that a scale-up can be measured afterwards.
"""

from wvatui.core.events import Deleted, KubeEvent, Pod
from wvatui.core.state.builder import StateBuilder
from wvatui.core.state.links import owner_of_pod
from wvatui.core.state.state import PodLifecycle
from wvatui.core.structs import replace

KEPT = 5_000
"""Lives that are kept, the newest."""


def pod_seen(draft: StateBuilder, event: Pod) -> None:
    """What a pod's object adds to its life."""
    if event.role != "model":
        return
    before = draft.boots.get(event.name)
    if before is not None and before.created_at != event.created_at:
        before = None  # another pod of the same name: StatefulSets give names again
    known = before or PodLifecycle(
        pod=event.name,
        namespace=event.namespace,
        owner=owner_of_pod(event) or ("", "", ""),
        created_at=event.created_at,
    )
    boot = replace(
        known,
        scheduled_at=_first(known.scheduled_at, event.scheduled_at),
        started_at=_first(known.started_at, event.started_at),
        ready_at=_first(known.ready_at, event.ready_at),
        # The deletion's own timestamp is the end of its grace period, not its beginning.
        leaving_at=_first(known.leaving_at, event.at if event.deleting_at is not None else None),
    )
    if boot != before:
        _put(draft, boot)


def pod_told(draft: StateBuilder, event: KubeEvent) -> None:
    """What the kubelet says about a pod's image."""
    boot = draft.boots.get(event.name) if event.kind == "Pod" else None
    at = event.first_at if event.first_at is not None else event.at
    if boot is None or at < (boot.created_at or at):
        return
    # Reasons of the kubelet's events: Kubernetes pkg/kubelet/events/event.go.
    if event.reason == "Pulling" and boot.pulling_at is None:
        _put(draft, replace(boot, pulling_at=at))
    elif event.reason == "Pulled" and boot.pulled_at is None:
        _put(draft, replace(boot, pulled_at=at))


def pod_gone(draft: StateBuilder, event: Deleted) -> None:
    """A pod is no more."""
    boot = draft.boots.get(event.name)
    if boot is not None and boot.gone_at is None:
        _put(draft, replace(boot, gone_at=event.at))


def first_tokens(draft: StateBuilder) -> None:
    """Note the first look at which a pod had given tokens; to be asked once a second."""
    for name in draft.unserved:
        boot = draft.boots[name]
        look = draft.latest_scrape(name)
        if look is not None and look.generation_tokens:
            _put(draft, replace(boot, served_at=look.at))
        elif boot.gone_at is not None:
            _served(draft, name)


def _first(before: float | None, now: float | None) -> float | None:
    return now if before is None else before


def _put(draft: StateBuilder, boot: PodLifecycle) -> None:
    boots = draft.boots
    if boot.pod not in boots and len(boots.current) >= KEPT:
        oldest = next(iter(boots.current))
        _served(draft, oldest)
        boots.discard(oldest)
    boots[boot.pod] = boot
    if boot.served_at is None and boot.gone_at is None:
        if boot.pod not in draft.unserved:
            draft.unserved = (*draft.unserved, boot.pod)
    else:
        _served(draft, boot.pod)


def _served(draft: StateBuilder, name: str) -> None:
    """Its first token needs not be looked for any more."""
    if name in draft.unserved:
        draft.unserved = tuple(each for each in draft.unserved if each != name)
