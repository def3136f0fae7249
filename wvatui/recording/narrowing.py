"""One namespace of a log or a recording that holds several."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from wvatui.core.events import (
    Autoscaler,
    Engine,
    Event,
    Header,
    Job,
    JobProgress,
    JobResult,
    Pod,
    ScaledObject,
    Scrape,
    ScrapeFailure,
    Variant,
    Workload,
)
from wvatui.core.state.session_window import window_of
from wvatui.errors import UsageError

_OBJECTS = (Variant, Workload, Autoscaler, ScaledObject, Job, JobProgress, JobResult)
_OF_A_POD = (Scrape, ScrapeFailure, Engine)


class Narrowing:
    """Events of one namespace; the controller's own objects, and its whole log, stay.

    The header then names the namespace, by which the fold knows what to count.
    """

    def __init__(self, name: str, namespace: str) -> None:
        """`name`: of the file, for errors."""
        self._name, self._namespace = name, namespace
        self._elsewhere: set[str] = set()

    def take(self, events: Iterable[Event]) -> Iterator[Event]:
        """What is left of these. Raises UsageError where the namespace was not watched."""
        return (self._header(e) if isinstance(e, Header) else e for e in events if self._keeps(e))

    def _header(self, header: Header) -> Header:
        window = window_of(header)
        if not window.watches(self._namespace):
            watched = ", ".join(sorted(window.namespaces))
            raise UsageError(
                f"{self._name}: watched {watched}, not {self._namespace}",
                hint="leave --namespace out, or name another one",
            )
        return replace(header, namespace=self._namespace)

    def _keeps(self, event: Event) -> bool:
        if isinstance(event, _OBJECTS):
            return event.namespace in ("", self._namespace)
        if isinstance(event, _OF_A_POD):
            return event.pod not in self._elsewhere
        if isinstance(event, Pod) and event.role != "controller":
            if event.namespace not in ("", self._namespace):
                self._elsewhere.add(event.name)
                return False
            self._elsewhere.discard(event.name)
        return True
