"""What is known at one moment, said again as events: the head of a recording's later parts."""

from collections.abc import Iterable

from wvatui.core import events as ev
from wvatui.core.state.state import State


def known_objects(state: State) -> Iterable[ev.Event]:
    """The newest facts of every object in `state`, as the events that brought them."""
    for le_id, le in state.bounds.items():
        yield ev.Bounds(state.now, id=le_id, le=le)
    for table in (
        state.variants,
        state.workloads,
        state.hpas,
        state.scaled_objects,
        state.leases,
        state.configs,
        state.pods,
        state.jobs,
    ):
        yield from table.values()
    if state.experiment is not None:
        yield state.experiment
    for watched in state.watched.values():
        if watched.engine is not None:
            yield watched.engine
    for name, at in state.gone.items():
        pod = state.pods.get(name)
        yield ev.Deleted(at, kind="pod", name=name, namespace=pod.namespace if pod else "")
    for health in state.sources.values():
        yield ev.Source(
            health.since,
            source=health.source,
            status=health.status,
            text=health.text,
            retry_at=health.retry_at,
            verb=health.verb,
            resource=health.resource,
        )
