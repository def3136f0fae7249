"""A cluster made by hand, read by sources over HTTP in simulated time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.cluster import Bare, advanced_here
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.client import Client
from wvatui.kube.stepped import SteppedClock
from wvatui.sim.api.server import ApiServer
from wvatui.sources.inventory import Inventory
from wvatui.sources.objects.lease import CONTROLLER_LEASE
from wvatui.sources.objects.pod import CONTROLLER_LABELS

NS = Bare.namespace


@dataclass
class Scene:
    """The cluster, a client of it, and `book`, the inventory that the sources fill."""

    cluster: Bare
    server: ApiServer
    client: Client
    clock: SteppedClock
    book: Inventory

    def at(self, seconds: float, action: Any, *args: Any) -> None:
        """Call `action` `seconds` after the start."""
        timeline = self.cluster.timeline
        timeline.call_at(timeline.start + seconds, lambda: action(*args))

    def deny(self, verb: str, resource: str, namespace: str = "*") -> None:
        """Revoke a right, also for watches that are open."""
        self.server.context.access.deny(verb, resource, namespace)
        self.server.context.streams.cut(f"/{resource.partition('.')[0]}", "eof")

    def controller(self, namespace: str, name: str = "ctl-a") -> None:
        """Add a running controller pod."""
        self.cluster.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": namespace, "labels": CONTROLLER_LABELS},
                "spec": {"containers": [{"name": "manager"}]},
                "status": {"phase": "Running"},
            }
        )

    def lease(self, namespace: str, holder: str = "ctl-a", name: str = CONTROLLER_LEASE) -> None:
        """Add a Lease that a pod holds."""
        self.cluster.store.apply(
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {"holderIdentity": f"{holder}_1234-abc"},
            }
        )


@asynccontextmanager
async def looking() -> AsyncIterator[Scene]:
    cluster = Bare()
    server = ApiServer(cluster, speed=0.0)
    await server.start()
    with advanced_here(server):
        clock = await SteppedClock.attach(server.clock_url, paced=False)
    client = Client(Access(Credentials(server=server.url)), clock, request_timeout_s=5.0)
    await clock.ready()
    try:
        yield Scene(cluster, server, client, clock, Inventory(clock.now))
    finally:
        await client.aclose()
        await clock.aclose()
        await server.stop()
