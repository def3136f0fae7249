"""One look at the pages of gateways (EPP), for queries over their metrics."""

import asyncio
from collections.abc import Iterable

from wvatui.clock import Clock
from wvatui.core.events import Epp, Pod
from wvatui.core.metrics.scrape import read_epp
from wvatui.kube.client import Client
from wvatui.sources.pods.endpoints import EPP_PORTS, EndpointBook
from wvatui.sources.pods.page_fetch import ProxyFetch
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.pods.probe import Probe

MOST = 16
"""Gateways that are looked at; there are seldom more than two."""
TIMEOUT_S = 3.0


class GatewayReader:
    """Reads pages of gateways through the API server, and remembers where they are."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._clock = clock
        fetch = ProxyFetch(client, timeout_s=TIMEOUT_S)
        book = EndpointBook(EPP_PORTS, usual_first=True)
        self._probe = Probe(fetch, book, self._read, "endpoint picker")
        self.denied = ""
        """What the API server says where pages may not be read; empty: nothing."""

    async def look(self, pods: Iterable[Pod]) -> list[Epp]:
        """The pages of those of the pods that are gateways and answer."""
        targets = [
            PollTarget(
                pod.name,
                pod.namespace,
                ip=pod.ip,
                ports=pod.ports,
                path=pod.metrics_path,
                scheme=pod.metrics_scheme,
            )
            for pod in pods
            if pod.role == "epp" and pod.phase == "Running"
        ]
        looks = await asyncio.gather(*map(self._probe.look, targets[:MOST]))
        denied = [look.text for look in looks if look.page is None and look.why == "denied"]
        self.denied = next(iter(denied), "")
        return [look.page for look in looks if look.page is not None]

    def _read(self, page: bytes, target: PollTarget) -> Epp | None:
        events = read_epp(page, at=self._clock.now(), pod=target.pod, took_ms=0)
        return events[0] if events else None
