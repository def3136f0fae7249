"""Where the controller is: its namespace, its pods, its lease, its configuration.

Asked in turn: what the user said; the whole cluster, where that is allowed; then the namespaces
that the releases install into. A cluster without a controller is no failure: HPA and KEDA scale
without one.
"""

import asyncio
from collections.abc import Sequence

from wvatui.clock import Clock
from wvatui.core.events import Notice, Source
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube import paths
from wvatui.kube.client import Client
from wvatui.sources.book import Book
from wvatui.sources.controller_log import holder_pod
from wvatui.sources.objects.fields import items, text
from wvatui.sources.objects.pod import CONTROLLER_LABELS
from wvatui.sources.source import Emit
from wvatui.sources.watches import Watched, Watches

SELECTOR = ",".join(f"{key}={value}" for key, value in CONTROLLER_LABELS.items())
USUAL = ("workload-variant-autoscaler-system", "llm-d-autoscaler", "wva-system")
AGAIN_S = 20.0
LEADER_CHECK_S = 1.0


class ControllerPlace:
    """A source: the controller's pods and lease, its thresholds, and changes of its leader."""

    name = "controller"
    title = "controller"

    def __init__(
        self, client: Client, clock: Clock, book: Book, *, namespace: str, wanted: str = ""
    ) -> None:
        """`namespace`: the one that is watched; `wanted`: where the user says it is."""
        self.ready = asyncio.Event()
        self._client, self._clock, self._book = client, clock, book
        self._namespace, self._wanted = namespace, wanted
        self._said = ""

    async def run(self, emit: Emit) -> None:
        """Find it, then watch it, until cancelled."""
        self._book.emit = emit
        while not (found := await self._find(emit)):
            self.ready.set()
            await self._clock.sleep(AGAIN_S)
        self._book.controller_namespace = found
        place = Watches(
            "controller", self.title, self._client, self._clock, self._book,
            [Watched(paths.POD, found, SELECTOR), Watched(paths.LEASE, found)],
        )  # fmt: skip
        watched = [Watched(paths.CONFIG_MAP, found)]
        if self._namespace != found:
            watched.append(Watched(paths.CONFIG_MAP, self._namespace))
        config = Watches("configmaps", "thresholds", self._client, self._clock, self._book, watched)
        async with asyncio.TaskGroup() as group:
            group.create_task(place.run(emit))
            group.create_task(config.run(emit))
            group.create_task(self._tell_leaders(emit))
            await place.ready.wait()
            await config.ready.wait()
            self.ready.set()

    async def _find(self, emit: Emit) -> str:
        """The controller's namespace; empty when it is nowhere that may be looked at."""
        if self._wanted:
            return self._wanted
        troubles: list[str] = []
        whole = await self._look("", troubles)
        if whole:
            return whole[0]
        tried = list(dict.fromkeys([self._namespace, *USUAL]))
        for namespace in tried:
            if await self._look(namespace, troubles):
                return namespace
        unknown = f"; {troubles[-1]}" if len(troubles) > len(tried) else ""
        text_ = f"no WVA controller in {', '.join(tried)}{unknown}"
        if text_ != self._said:
            self._said = text_
            emit(Source(self._clock.now(), source=self.name, status="waiting", text=text_))
        return ""

    async def _look(self, namespace: str, troubles: list[str]) -> Sequence[str]:
        """Namespaces in which controller pods are, looking at one or (empty) at all."""
        try:
            found = await self._client.get_json(
                paths.POD.path(namespace), {"labelSelector": SELECTOR, "limit": "50"}
            )
        except DeniedError as error:
            troubles.append(error.message)
            return ()
        except ClusterError as error:
            troubles.append(error.message)
            return ()
        return sorted({text(item, "metadata", "namespace") for item in items(found, "items")})

    async def _tell_leaders(self, emit: Emit) -> None:
        """A notice whenever another pod holds the lease."""
        before = ""
        while True:
            holder = self._book.controllers().holder
            if holder and before and holder != before:
                words = f"{holder_pod(holder)} leads, after {holder_pod(before)}"
                emit(
                    Notice(self._clock.now(), source="controller", code="leader-change", text=words)
                )
            before = holder or before
            await self._clock.sleep(LEADER_CHECK_S)
