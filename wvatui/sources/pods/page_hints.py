"""Where Prometheus and the gateway find pods' pages: PodMonitors, ServiceMonitors, InferencePools.

The endpoints that they name are tried before the usual ports. They are hints: where they cannot be
read, or do not exist, nothing else is lost, so that is not reported.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wvatui.clock import Clock
from wvatui.core.events import Pod
from wvatui.core.kube_object import ReadObject
from wvatui.core.label_selector import Requirement, selects
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube import paths
from wvatui.kube.client import Client
from wvatui.kube.paths import Kind
from wvatui.sources.objects.engine_ports import MOST_RANKS
from wvatui.sources.objects.fields import items, name_of, strings, table, text, whole
from wvatui.sources.objects.pod import plain_path
from wvatui.sources.objects.workload import requirements_of
from wvatui.sources.pods.endpoints import METRICS_PATH, PageEndpoint
from wvatui.sources.source import Emit

AGAIN_S = 60.0
"""Seconds between two readings, as they hardly ever change."""
Port = int | str
"""A container's port, by its number or its name."""


class PageHint(NamedTuple):
    """Where the pages of some pods are, according to one such object."""

    namespaces: tuple[str, ...] | None
    """Namespaces of the pods; None: all."""
    labels: Mapping[str, str]
    requirements: tuple[Requirement, ...] = ()
    ports: tuple[Port, ...] = ()
    """Empty: every port that the pod declares."""
    path: str = METRICS_PATH
    scheme: str = "http"
    one_engine_each: bool = False
    """Whether each of the ports is an endpoint of its own."""

    def is_about(self, pod: Pod) -> bool:
        """Whether the hint applies to the pod."""
        is_there = self.namespaces is None or pod.namespace in self.namespaces
        return is_there and selects(self.labels, self.requirements, pod.labels)

    def numbers(self, pod: Pod, named: Mapping[str, int]) -> tuple[int, ...]:
        """The hinted ports of that pod; `named`: its containers' named ports."""
        ports = self.ports or pod.ports
        numbers = (named.get(port, 0) if isinstance(port, str) else port for port in ports)
        return tuple(dict.fromkeys(number for number in numbers if 0 < number < 65536))


class PageHints:
    """A source without events of its own, which passes hints about pages to `learn`."""

    name = "page-hints"
    title = "monitors"

    def __init__(
        self,
        client: Client,
        clock: Clock,
        namespace: str,
        learn: Callable[[Sequence[PageHint]], None],
    ) -> None:
        self.ready = asyncio.Event()
        self.ready.set()  # nothing waits for hints
        self._client, self._clock, self._namespace = client, clock, namespace
        self._learn = learn
        self._narrow: set[Kind] = set()

    async def run(self, emit: Emit) -> None:
        """Read the hints again and again until cancelled."""
        while True:
            pods, services, *pools = await asyncio.gather(
                self._list(paths.POD_MONITOR, everywhere=True),
                self._list(paths.SERVICE_MONITOR, everywhere=True),
                *(self._list(kind) for kind in paths.POOLS),
            )
            behind = await self._list(paths.SERVICE) if services else ()
            hints = [hint for monitor in pods for hint in pod_monitor_hints(monitor)]
            for monitor in services:
                hints += service_monitor_hints(monitor, behind)
            hints += [hint for listed in pools for pool in listed for hint in pool_hints(pool)]
            self._learn(hints)
            await self._client.retries.sleep(self._clock, AGAIN_S)

    async def _list(self, kind: Kind, *, everywhere: bool = False) -> Sequence[ReadObject]:
        """Objects of a kind: of the whole cluster where that is wanted and allowed."""
        whole_cluster = everywhere and kind not in self._narrow
        path = kind.path("" if whole_cluster else self._namespace)
        try:
            listed = await self._client.get_json(path, {"limit": "500"})
        except DeniedError:
            if not whole_cluster:
                return ()
            self._narrow.add(kind)
            return await self._list(kind)
        except ClusterError:
            return ()
        return list(items(listed, "items"))


# --- the hints of each kind of object --------------------------------------------------------


def pod_monitor_hints(obj: ReadObject) -> Iterator[PageHint]:
    """The hints of a PodMonitor (monitoring.coreos.com/v1, podMetricsEndpoints)."""
    for endpoint in items(obj, "spec", "podMetricsEndpoints"):
        yield PageHint(
            _namespaces(obj),
            strings(obj, "spec", "selector", "matchLabels"),
            requirements_of(obj),
            _first_port(endpoint, "port", "portNumber", "targetPort"),
            *_where(endpoint),
        )


def service_monitor_hints(obj: ReadObject, services: Iterable[ReadObject]) -> Iterator[PageHint]:
    """The hints of a ServiceMonitor (monitoring.coreos.com/v1) about the pods behind these
    Services."""
    labels, requirements = strings(obj, "spec", "selector", "matchLabels"), requirements_of(obj)
    for service in services:
        namespace, _ = name_of(service)
        within = _namespaces(obj)
        behind = strings(service, "spec", "selector")
        is_meant = selects(labels, requirements, strings(service, "metadata", "labels"))
        if not behind or not is_meant or (within is not None and namespace not in within):
            continue
        for endpoint in items(obj, "spec", "endpoints"):
            ports = _first_port(endpoint, "targetPort") or _behind(service, text(endpoint, "port"))
            if ports:
                yield PageHint((namespace,), behind, (), ports, *_where(endpoint))


def pool_hints(obj: ReadObject) -> Iterator[PageHint]:
    """The hint of an InferencePool, each of whose ports the gateway treats as an endpoint.

    v1: `targetPorts`; v1alpha2: `targetPortNumber`, and the labels without `matchLabels`.
    """
    listed = [whole(port, "number") for port in items(obj, "spec", "targetPorts")]
    ports = tuple(port for port in (*listed, whole(obj, "spec", "targetPortNumber")) if port)
    selector = table(obj, "spec", "selector")
    labels = strings(selector, "matchLabels") if "matchLabels" in selector else strings(selector)
    if ports and labels:
        namespaces = (name_of(obj)[0],)
        yield PageHint(namespaces, labels, ports=ports[:MOST_RANKS], one_engine_each=True)


def _namespaces(obj: ReadObject) -> tuple[str, ...] | None:
    """The namespaces that a monitor selects: its own, unless it names others."""
    chosen = table(obj, "spec", "namespaceSelector")
    if chosen.get("any") is True:
        return None
    names = chosen.get("matchNames")
    if isinstance(names, list) and names:
        return tuple(name for name in names if isinstance(name, str))
    return (name_of(obj)[0],)


def _first_port(endpoint: ReadObject, *keys: str) -> tuple[Port, ...]:
    """The first of an endpoint's fields that names a port."""
    for key in keys:
        port = text(endpoint, key) or whole(endpoint, key)
        if port:
            return (int(port) if isinstance(port, str) and port.isdecimal() else port,)
    return ()


def _behind(service: ReadObject, name: str) -> tuple[Port, ...]:
    """The pods' ports behind the Service port called `name`; empty name: behind all of its
    ports."""
    ports: list[Port] = []
    for port in items(service, "spec", "ports"):
        if not name or text(port, "name") == name:
            ports += _first_port(port, "targetPort", "port")
    return tuple(ports)


def _where(endpoint: ReadObject) -> tuple[str, str]:
    """(path, scheme) of an endpoint."""
    scheme = text(endpoint, "scheme").lower()
    return (
        plain_path(text(endpoint, "path")) or METRICS_PATH,
        scheme if scheme == "https" else "http",
    )


# --- the hints about one pod -----------------------------------------------------------------


def endpoints_of(
    hints: Iterable[PageHint], pod: Pod, named: Mapping[str, int]
) -> tuple[tuple[PageEndpoint, ...], tuple[tuple[int, ...], ...]]:
    """(endpoints of a pod's pages, groups of its ports that serve an engine each)."""
    endpoints: list[PageEndpoint] = []
    ranks: list[tuple[int, ...]] = []
    for hint in hints:
        if not hint.is_about(pod):
            continue
        numbers = hint.numbers(pod, named)
        endpoints += (PageEndpoint(number, hint.path, hint.scheme) for number in numbers)
        if hint.one_engine_each and len(numbers) > 1:
            ranks.append(numbers)
    return tuple(dict.fromkeys(endpoints)), tuple(dict.fromkeys(ranks))
