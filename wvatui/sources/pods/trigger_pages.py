"""One look at the pages of gateways (EPP) and engines, to evaluate the queries of KEDA triggers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from wvatui.clock import Clock
from wvatui.core.decisions.keda.scraped import SeenSources, page_readings, pages_asked
from wvatui.core.events import Bounds, Epp, Event, Pod, ScaledObject, Scrape, Workload
from wvatui.core.kube_object import NamespacedName
from wvatui.core.metrics.scrape import BoundsBook, read_epp, read_page
from wvatui.core.state.history import History
from wvatui.core.state.looks import TriggerReading
from wvatui.core.state.ring import Ring
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import Watched
from wvatui.kube.client import Client
from wvatui.sources.pods.endpoints import EPP_PORTS, MODEL_PORTS, EndpointBook
from wvatui.sources.pods.page_fetch import ProxyFetch
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.pods.probe import Probe

AT_ONCE = 16
"""Pages that are read concurrently."""
TIMEOUT_S = 3.0
_PodLister = Callable[[str], Awaitable[Iterable[Pod]]]
"""Lists the pods of a namespace, as far as that is allowed."""


class TriggerPages:
    """Reads pages through the API server, and remembers their endpoints."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._clock = clock
        fetch = ProxyFetch(client, timeout_s=TIMEOUT_S)
        gateways, engines = EndpointBook(EPP_PORTS, usual_first=True), EndpointBook(MODEL_PORTS)
        self._probes: Mapping[str, Probe[list[Event]]] = {
            "epp": Probe(fetch, gateways, self._gateway, "endpoint picker"),
            "model": Probe(fetch, engines, self._engine, "model server"),
        }
        self._layouts = BoundsBook()
        self._bounds: dict[int, tuple[float, ...]] = {}
        self.denied = ""
        """The API server's refusal to read pages; empty: none."""

    async def readings(
        self,
        scaled: Iterable[ScaledObject],
        targets: Mapping[tuple[str, str, str], Workload],
        listed: _PodLister,
    ) -> dict[NamespacedName, dict[str, TriggerReading]]:
        """The values of these ScaledObjects' queries, by metric.

        Pages are read only for a ScaledObject with a formula: otherwise the HPA's status has the
        values.
        """
        self.denied = ""
        scaled = list(scaled)
        roles: dict[str, set[str]] = {}
        for each in scaled:
            asked = pages_asked(each) if each.modifiers else frozenset()
            if asked:
                roles.setdefault(each.namespace, set()).update(asked)
        read = {place: await self._read(await listed(place), roles[place]) for place in roles}
        at, readings = self._clock.now(), {}
        for each in scaled:
            pods, events = read.get(each.namespace, ((), ()))
            pages = [event for event in events if isinstance(event, Scrape)]
            gateways = [event for event in events if isinstance(event, Epp)]
            seen = SeenSources(
                at=at,
                first_at=at,
                lasts_s=fresh_s(None),
                pods={pod.name: pod for pod in pods},
                gone={},
                watched={p.pod: Watched(History().extend([p], self._bounds)) for p in pages},
                gateways={page.pod: Ring[Epp](1).extend([page]) for page in gateways},
                workloads=targets,
                bounds=self._bounds,
                variants={},
                namespace=each.namespace,
            )
            readings[each.namespace, each.name] = page_readings(each, seen)
        return readings

    async def _read(
        self, pods: Iterable[Pod], roles: Iterable[str]
    ) -> tuple[list[Pod], list[Event]]:
        """The running pods of these roles, and the events of those whose pages could be read."""
        running = [pod for pod in pods if pod.role in roles and pod.phase == "Running"]
        limit = asyncio.Semaphore(AT_ONCE)

        async def look(pod: Pod) -> list[Event]:
            target = PollTarget(
                pod.name,
                pod.namespace,
                ip=pod.ip,
                ports=pod.ports,
                path=pod.metrics_path,
                scheme=pod.metrics_scheme,
            )
            async with limit:
                answer = await self._probes[pod.role].look(target)
            if answer.page is None and answer.why == "denied":
                self.denied = self.denied or answer.text
            return answer.page or []

        looks = await asyncio.gather(*map(look, running))
        return running, [event for events in looks for event in events]

    def _gateway(self, page: bytes, target: PollTarget) -> list[Event] | None:
        return [*read_epp(page, at=self._clock.now(), pod=target.pod, took_ms=0)] or None

    def _engine(self, page: bytes, target: PollTarget) -> list[Event] | None:
        now, layouts = self._clock.now(), self._layouts
        events = read_page(page, at=now, pod=target.pod, took_ms=0, bounds=layouts)
        self._bounds |= {each.id: each.le for each in events if isinstance(each, Bounds)}
        return events or None
