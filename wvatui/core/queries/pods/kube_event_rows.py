"""Kubernetes Events of some objects, newest first, each once with its count."""

from collections.abc import Callable

from wvatui.core.events import KubeEvent
from wvatui.core.lines import clean
from wvatui.core.rows.views import KubeEventRow
from wvatui.core.state.session_window import SessionWindow
from wvatui.core.state.state import State


def kube_event_rows(state: State, wanted: Callable[[str, str], bool]) -> tuple[KubeEventRow, ...]:
    """Events about objects for which `wanted(kind, name)` is true. Kubernetes repeats an Event with
    a higher count; only the newest version is given."""
    rows: dict[tuple[str, str, str, str], KubeEventRow] = {}
    window = state.window
    for event in state.kube_events:
        if wanted(event.kind, event.name):
            key = (event.kind, event.name, event.reason, event.message)
            before = rows.pop(key, None)
            rows[key] = _row(event, before, window)
    return tuple(sorted(rows.values(), key=lambda row: row.at, reverse=True))


def every_event(state: State) -> tuple[KubeEventRow, ...]:
    """Events about all objects."""
    return kube_event_rows(state, lambda kind, name: True)


def happened_at(event: KubeEvent) -> float:
    """When it last happened, UTC epoch seconds; when it was seen, where it does not say."""
    return event.at if event.last_at is None else event.last_at


def _row(event: KubeEvent, before: KubeEventRow | None, window: SessionWindow) -> KubeEventRow:
    at = max(happened_at(event), before.at) if before else happened_at(event)
    return KubeEventRow(
        at=at,
        warning=event.type == "Warning",
        about=clean(f"{event.kind}/{event.name}"),
        reason=clean(event.reason),
        message=clean(event.message),
        count=max(event.count, before.count if before else 0),
        context=not window.holds(at),
    )
