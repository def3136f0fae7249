"""A simulated cluster over real HTTP for tests, and a session that watches it to the end."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.engine.timeline import Timeline
from wvatui.errors import ClusterError
from wvatui.kube import stepped
from wvatui.kube.clock_server import ClockMoment
from wvatui.recording import open_recording
from wvatui.session.live import LiveSession
from wvatui.sim.__main__ import kubeconfig, write_kubeconfig
from wvatui.sim.api.context import AccessRules
from wvatui.sim.api.server import ApiServer
from wvatui.sim.cluster import START, Cluster
from wvatui.sim.faults import Fault
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

MANAGER = "manager"


@dataclass
class Served:
    """A cluster that is being served in this event loop."""

    cluster: Cluster
    server: ApiServer
    kubeconfig: Path
    folder: Path

    def at(self, seconds: float, action: Callable[[], Any]) -> None:
        """Call `action` `seconds` after the cluster's start, in its time."""
        timeline = self.cluster.timeline
        timeline.call_at(timeline.start + seconds, action)

    def fault(self, kind: str, path: str = "", **more: Any) -> Fault:
        """Plan a fault of the API server; see `wvatui.sim.faults`."""
        return self.server.context.faults.add(Fault(kind, path, **more))

    @property
    def leader(self) -> str:
        """The name of the controller pod that holds the Lease."""
        return self.cluster.controller.leader

    def written(self, pod: str) -> list[str]:
        """All lines of the present run of the controller in `pod`, with time stamps."""
        log = self.cluster.logbook.current(self.cluster.controller_namespace, pod, MANAGER)
        return [line.wire(True).decode().rstrip("\n") for line in log.read()]

    async def watch(self, duration_s: float = 120.0, **request: Any) -> "Watched":
        """Record a session of `duration_s` seconds of the cluster's time; returns what it saw."""
        path = self.folder / f"run-{len(list(self.folder.glob('run-*')))}.jsonl"
        asked = WatchRequest(
            kubeconfig=str(self.kubeconfig),
            headless=True,
            duration=duration_s,
            record=path,
            **request,
        )
        session = LiveSession(
            lambda session: connect(asked, session),
            duration_s=duration_s,
            namespace=asked.namespace,
        )
        try:
            await session.run()
        finally:
            await session.aclose()
        return Watched(list(open_recording(path).events()), path)


class Bare:
    """A cluster that is empty but for what the test puts into it."""

    namespace = "llm-d-sim"
    controller_namespace = "workload-variant-autoscaler-system"

    def __init__(self) -> None:
        self.timeline = Timeline(START)
        self.store = Store(self.timeline)
        self.logbook = LogBook(self.timeline)
        self.pages = PodPages()

    def pod(
        self,
        name: str,
        port: int = 8000,
        image: str = "vllm/vllm-openai",
        owner: tuple[str, str] | None = None,
        **labels: str,
    ) -> None:
        """Add a running pod with a declared metrics port. `owner`: (kind, name)."""
        owners = [{"kind": owner[0], "name": owner[1], "controller": True}] if owner else []
        self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": name,
                    "namespace": self.namespace,
                    "labels": labels,
                    "ownerReferences": owners,
                },
                "spec": {
                    "nodeName": "node-0",
                    "containers": [
                        {
                            "name": "server",
                            "image": image,
                            "ports": [{"containerPort": port}],
                        }
                    ],
                },
                "status": {
                    "phase": "Running",
                    "podIP": "10.0.0.9",
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            }
        )

    def deployment(self, name: str, replicas: int = 1, image: str = "vllm/vllm-openai") -> None:
        """Add a Deployment whose selector is `app=NAME`."""
        self.store.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": self.namespace},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": name}},
                    "template": {
                        "metadata": {"labels": {"app": name}},
                        "spec": {"containers": [{"name": "server", "image": image}]},
                    },
                },
                "status": {"replicas": replicas, "readyReplicas": replicas},
            }
        )


@dataclass
class Watched:
    """A recorded session."""

    events: list[ev.Event]
    path: Path

    def of(self, kind: type[ev.Event]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def state(self) -> State:
        """The State at the end of the session."""
        return fold(EMPTY, self.events)

    def lines(self, pod: str) -> list[str]:
        """The recorded log lines of a controller pod."""
        return [event.line for event in self.of(ev.Log) if event.pod == pod]

    def health(self, source: str) -> list[tuple[str, str]]:
        """(status, text) of each event of a source, in order."""
        return [(e.status, e.text) for e in self.of(ev.Source) if e.source == source]


class SameLoopClock:
    """The clock of a cluster served in this event loop, advanced without an HTTP request per step.

    `kube/test_stepped.py`, and every watch in a process of its own, advance it over HTTP.
    """

    def __init__(self, server: ApiServer) -> None:
        self._clockwork, self._streams = server.clockwork, server.context.streams
        self._driver = ""

    async def attach(self) -> tuple[float, float]:
        driver = self._clockwork.attach()
        self._driver = driver.name
        return self._clockwork.timeline.now, self._clockwork.speed

    async def advance(self, to: float) -> ClockMoment | None:
        if not await self._clockwork.advance(self._driver, to):
            if self._clockwork.failure is not None:
                raise ClusterError(f"the simulation broke: {self._clockwork.failure!r}")
            return None
        self._streams.pump()
        return ClockMoment(self._clockwork.timeline.now, self._streams.written())

    async def leave(self) -> None:
        self._clockwork.detach(self._driver)


@contextmanager
def advanced_here(server: ApiServer) -> Iterator[None]:
    """In this context, sessions attach to the clock of `server` without HTTP."""
    over_http = stepped.ClockServer

    def clock(url: str) -> Any:
        return SameLoopClock(server) if url == server.clock_url else over_http(url)

    with patch.object(stepped, "ClockServer", clock):
        yield


@asynccontextmanager
async def served(
    folder: Path,
    *,
    access: AccessRules | None = None,
    made: Any = None,
    real_time: bool = False,
    **cluster: Any,
) -> AsyncIterator[Served]:
    """Serve `made`, or a cluster made from the arguments; its time stands until it is watched.

    `real_time`: its time is the wall clock's, and its kubeconfig names no clock.
    """
    if made is None:
        made = Cluster(**({"scenario": "steady"} | cluster))
    # In real time, wait until a controller holds the Lease.
    made.timeline.run_until(made.timeline.start + (60 if real_time else 0))
    server = ApiServer(made, speed=1.0 if real_time else 0.0, access=access)
    await server.start()
    path = folder / "kubeconfig"
    content = kubeconfig(server.url, server.clock_url, 20.0, made.namespace)
    if real_time:
        del content["clusters"][0]["cluster"]["extensions"]
    write_kubeconfig(path, content)
    try:
        with advanced_here(server):
            yield Served(made, server, path, folder)
    finally:
        await server.stop()
