"""Selects one namespace of a log or a recording that holds several."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from wvatui.core.events import (
    Autoscaler,
    Deleted,
    Engine,
    Epp,
    Event,
    Header,
    Job,
    JobProgress,
    JobResult,
    KubeEvent,
    Log,
    Pod,
    ScaledObject,
    Scrape,
    ScrapeFailure,
    Source,
    Variant,
    Workload,
)
from wvatui.core.fold.fold_load import JOB_STREAM
from wvatui.core.kube_object import bare
from wvatui.core.state.session_window import window_of
from wvatui.errors import UsageError

_OBJECTS = (
    Variant,
    Workload,
    Autoscaler,
    ScaledObject,
    Job,
    JobProgress,
    JobResult,
    KubeEvent,
    Source,
)
_OF_A_POD = (Scrape, ScrapeFailure, Engine, Epp)
_KINDS = ("variant", "workload", "hpa", "keda", "job", "pod")
"""Kinds of objects that belong to a namespace of the session; the controller's own do not."""


class Narrowing:
    """Selects the events of one namespace; the controller's own objects, and its whole log, are
    kept.

    The header then names the namespace, which tells the fold what to count.
    """

    def __init__(self, name: str, namespace: str) -> None:
        """`name`: the file's, for errors."""
        self._name, self._namespace = name, namespace
        self._elsewhere: set[str] = set()
        self._several = False

    def take(self, events: Iterable[Event]) -> Iterator[Event]:
        """The selected ones of these events. Raises UsageError where the namespace was not
        watched."""
        for event in events:
            if isinstance(event, Header):
                yield self._header(event)
            elif self._keeps(event):
                yield self._alone(event)

    def _header(self, header: Header) -> Header:
        window = window_of(header)
        self._several = window.several
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
            where = event.pod.rpartition("/")[0]
            return where in ("", self._namespace) and event.pod not in self._elsewhere
        if isinstance(event, Pod) and event.role != "controller":
            if event.namespace not in ("", self._namespace):
                self._elsewhere.add(event.name)
                return False
            self._elsewhere.discard(event.name)
        if isinstance(event, Deleted) and self._several and event.kind in _KINDS:
            return event.namespace in ("", self._namespace)
        if isinstance(event, Log) and event.stream == JOB_STREAM:
            return event.pod.rpartition("/")[0] in ("", self._namespace)
        return True

    def _alone(self, event: Event) -> Event:
        """The event with its names as they are in a session of one namespace."""
        if not self._several:
            return event
        if isinstance(event, KubeEvent | Source):
            return replace(event, namespace="")
        if isinstance(event, _OF_A_POD) or (isinstance(event, Log) and event.stream == JOB_STREAM):
            event = replace(event, pod=bare(event.pod))
        if isinstance(event, Scrape | Engine) and event.ranks:
            ranks = tuple(replace(rank, pod=bare(rank.pod)) for rank in event.ranks)
            event = replace(event, ranks=ranks)
        return event
