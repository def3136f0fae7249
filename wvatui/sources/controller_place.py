"""Finds the controller: its namespace, its pods, its Lease, its configuration.

Tried in turn: the namespace that the user named; the whole cluster, where that is allowed; then the
namespaces that the releases install into. A cluster without a controller is no failure, as HPA and
KEDA scale without one.
"""

import asyncio
from collections.abc import Mapping, Sequence

from wvatui.clock import Clock
from wvatui.core.events import Notice, Source
from wvatui.core.kube_object import ReadObject, holder_pod
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube import paths
from wvatui.kube.client import Client
from wvatui.sources.inventory import Inventory
from wvatui.sources.objects.fields import items, text
from wvatui.sources.objects.lease import CONTROLLER_LEASE
from wvatui.sources.objects.pod import CONTROLLER_LABELS
from wvatui.sources.source import Emit, HealthReporter
from wvatui.sources.watches import WatchedKind, Watches

SELECTOR = ",".join(f"{key}={value}" for key, value in CONTROLLER_LABELS.items())
USUAL = ("workload-variant-autoscaler-system", "llm-d-autoscaler", "wva-system")
AGAIN_S = 20.0
LEASE_AGAIN_S = 60.0


class ControllerPlace:
    """A source: the controller's pods and Lease, and its thresholds."""

    name = "controller"
    title = "controller"

    def __init__(
        self,
        client: Client,
        clock: Clock,
        book: Inventory,
        *,
        namespaces: Sequence[str],
        wanted: str = "",
    ) -> None:
        """`namespaces`: the watched ones, "" for all; `wanted`: the controller's namespace as the
        user named it."""
        self.ready = asyncio.Event()
        self._client, self._clock, self._book = client, clock, book
        self._namespaces, self._wanted = namespaces, wanted
        self._reporter = HealthReporter()

    async def run(self, emit: Emit) -> None:
        """Find it, then watch it, until cancelled."""
        self._book.emit = emit
        while not (found := await self._find(emit)):
            self.ready.set()
            await self._client.retries.sleep(self._clock, AGAIN_S)
        self._book.controller_namespace = found
        place = Watches(
            "controller",
            self.title,
            self._client,
            self._clock,
            self._book,
            [WatchedKind(paths.POD, found, SELECTOR), WatchedKind(paths.LEASE, found)],
        )
        config = self._config(found)
        async with asyncio.TaskGroup() as group:
            group.create_task(place.run(emit))
            for each in config:
                group.create_task(each.run(emit))
            for each in (place, *config):
                await each.ready.wait()
            self.ready.set()
            await self._find_lease(found, emit)

    def _config(self, found: str) -> list[Watches]:
        """Watches of the ConfigMaps beside the controller and in the watched namespaces; of several
        namespaces, each reports its own state."""
        places = self._namespaces if "" in self._namespaces else (found, *self._namespaces)
        watched = [WatchedKind(paths.CONFIG_MAP, each) for each in dict.fromkeys(places)]
        several = len(self._namespaces) > 1
        parts = [[each] for each in watched] if several else [watched]
        return [
            Watches(
                "configmaps",
                "thresholds",
                self._client,
                self._clock,
                self._book,
                part,
                namespace=part[0].namespace if several and part[0].namespace != found else "",
            )
            for part in parts
        ]

    async def _find(self, emit: Emit) -> str:
        """The controller's namespace; empty when none of the readable namespaces has it."""
        if self._wanted:
            return self._wanted
        troubles: list[ClusterError] = []
        usual = list(dict.fromkeys([*filter(None, self._namespaces), *USUAL]))
        everywhere = await self._look("", troubles)
        if everywhere:
            # Several controllers can run in one cluster, each responsible for its own namespace.
            place = next((name for name in usual if name in everywhere), everywhere[0])
            self._tell_others(place, everywhere, emit)
            return place
        is_partly_seen = any(isinstance(trouble, DeniedError) for trouble in troubles)
        troubles.clear()
        for namespace in usual:
            if await self._look(namespace, troubles):
                return namespace
        self._tell_nowhere(usual, troubles, emit, partly=is_partly_seen)
        return ""

    def _tell_others(self, place: str, found: Sequence[str], emit: Emit) -> None:
        others = ", ".join(name for name in found if name != place)
        if others:
            words = f"following the controller in {place}; there are others in {others}"
            now = self._clock.now()
            emit(Notice(now, source=self.name, code="several-controllers", text=words))

    def _tell_nowhere(
        self, tried: Sequence[str], troubles: Sequence[ClusterError], emit: Emit, *, partly: bool
    ) -> None:
        now = self._clock.now()
        told = Source(
            now,
            source=self.name,
            status="waiting",
            text=f"no WVA controller in {', '.join(tried)}"
            + (f"; {troubles[-1].message}" if troubles else ""),
            # Report the namespaces that could not be read: one of them may hold the controller.
            verb="list" if partly else "",
            resource=paths.POD.resource if partly else "",
        )
        if len(troubles) == len(tried):  # nothing could be read, so nothing is known
            refused = next((t for t in troubles if isinstance(t, DeniedError)), None)
            status = "denied" if refused else "retrying"
            told = Source(
                now,
                source=self.name,
                status=status,
                text=(refused or troubles[-1]).message,
                verb="list" if refused else "",
                resource=paths.POD.resource if refused else "",
            )
        self._reporter.report(told, emit)

    async def _look(self, namespace: str, troubles: list[ClusterError]) -> Sequence[str]:
        """Namespaces with controller pods, searching one namespace or (empty) the whole cluster."""
        pods = await self._list(paths.POD, namespace, {"labelSelector": SELECTOR}, troubles)
        return sorted({text(pod, "metadata", "namespace") for pod in pods})

    async def _find_lease(self, found: str, emit: Emit) -> None:
        """Watch the Lease in its namespace, when that is not the one of the controller's pods."""
        place = ""
        while not place:
            # A new leader may take this long to start.
            await self._client.retries.sleep(self._clock, LEASE_AGAIN_S)
            known = self._book.controllers()
            if known.holder:
                return
            for namespace in dict.fromkeys(["", *self._namespaces, *USUAL]):
                if not place and known.pods and namespace != found:
                    place = await self._leased(namespace, known.pods)
        watched = [WatchedKind(paths.LEASE, place)]
        lease = Watches("lease", "lease", self._client, self._clock, self._book, watched)
        await lease.run(emit)

    async def _leased(self, namespace: str, pods: Sequence[str]) -> str:
        """The namespace where one of `pods` holds a Lease of the controller; empty: none that may
        be read."""
        query = {"fieldSelector": f"metadata.name={CONTROLLER_LEASE}"}
        for lease in await self._list(paths.LEASE, namespace, query, []):
            if holder_pod(text(lease, "spec", "holderIdentity")) in pods:
                return text(lease, "metadata", "namespace")
        return ""

    async def _list(
        self,
        kind: paths.Kind,
        namespace: str,
        query: Mapping[str, str],
        troubles: list[ClusterError],
    ) -> Sequence[ReadObject]:
        """Objects of `kind`; none when listing is refused, which is added to `troubles`."""
        try:
            found = await self._client.get_json(kind.path(namespace), {**query, "limit": "500"})
        except ClusterError as error:
            troubles.append(error)
            return ()
        return list(items(found, "items"))
