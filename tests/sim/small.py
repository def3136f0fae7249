"""A small cluster made by hand and served over HTTP, in which nothing happens by itself."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from wvatui.engine.timeline import Timeline
from wvatui.sim.api.context import AccessRules
from wvatui.sim.api.server import ApiServer
from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store

START = 1_788_249_600.0
"""2026-09-01T08:00:00Z."""
NS = "shop"
Object = dict[str, Any]


class Small:
    """The cluster: store, logs, pages, timeline."""

    def __init__(self) -> None:
        self.timeline = Timeline(START)
        self.store = Store(self.timeline)
        self.logbook = LogBook(self.timeline)
        self.pages = PodPages()

    def pod(self, name: str, *containers: str, namespace: str = NS, **more: Any) -> Object:
        """Add a running, ready pod; `more`: labels, node, ip, state."""
        names = containers or ("vllm",)
        state = more.get("state", {"running": {"startedAt": "2026-09-01T08:00:00Z"}})
        return self.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "labels": more.get("labels", {}),
                },
                "spec": {
                    "nodeName": more.get("node", "node-a"),
                    "containers": [
                        {
                            "name": one,
                            "image": "vllm/vllm-openai:v0.11.0",
                            "ports": [{"name": "http", "containerPort": 8000}],
                        }
                        for one in names
                    ],
                },
                "status": {
                    "phase": "Running",
                    "podIP": more.get("ip", "10.0.0.7"),
                    "conditions": [{"type": "Ready", "status": "True"}],
                    "containerStatuses": [
                        {
                            "name": one,
                            "ready": "running" in state,
                            "restartCount": 0,
                            "state": state,
                        }
                        for one in names
                    ],
                },
            }
        )

    def deployment(self, name: str, replicas: int = 1) -> Object:
        """Add a Deployment with a selector."""
        return self.store.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": NS},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": name}},
                    "template": {
                        "metadata": {"labels": {"app": name}},
                        "spec": {
                            "containers": [{"name": "vllm", "image": "vllm/vllm-openai:v0.11.0"}]
                        },
                    },
                },
                "status": {"replicas": replicas, "readyReplicas": replicas},
            }
        )

    def says(self, pod: str, text: str, container: str = "vllm") -> None:
        """Let a container print a line."""
        self.logbook.append(NS, pod, container, text)


@dataclass
class Asked:
    """A small cluster, its server, and a plain HTTP client of it."""

    cluster: Small
    server: ApiServer
    http: httpx.AsyncClient

    async def json(self, path: str, **params: str) -> Any:
        """The body of a GET that must succeed."""
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def names(self, path: str, **params: str) -> list[str]:
        """The names of the objects of a list."""
        return [item["metadata"]["name"] for item in (await self.json(path, **params))["items"]]

    async def refused(self, path: str, **params: str) -> tuple[int, str, str]:
        """(code, reason, message) of a GET that is refused."""
        answer = await self.http.get(path, params=params)
        return told(answer)

    async def driver(self) -> str:
        """Attach to the cluster's clock; returns the id of the driver."""
        return str((await self.http.post("/wvatui/clock/drivers")).json()["id"])

    async def advance(self, driver: str, to: float) -> Any:
        """Let time pass to `to`."""
        answer = await self.http.post("/wvatui/clock/advance", json={"driver": driver, "to": to})
        assert answer.status_code == 200, answer.text
        return answer.json()


def told(answer: httpx.Response) -> tuple[int, str, str]:
    """(code, reason, message) of a Status that refuses a request."""
    status = answer.json()
    assert (status["kind"], status["apiVersion"]) == ("Status", "v1")
    assert (status["status"], status["code"]) == ("Failure", answer.status_code)
    return answer.status_code, status["reason"], status["message"]


PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""A context for clients without TLS, which would each load all certificates of this machine."""


@asynccontextmanager
async def asked(*, access: AccessRules | None = None) -> AsyncIterator[Asked]:
    """Serve a small cluster whose time stands still until a driver advances it."""
    cluster = Small()
    server = ApiServer(cluster, speed=0.0, access=access)
    await server.start()
    try:
        async with httpx.AsyncClient(
            base_url=server.url, trust_env=False, timeout=120.0, verify=PLAIN
        ) as client:
            yield Asked(cluster, server, client)
    finally:
        await server.stop()


class Reader:
    """A stream being read, line by line."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.taken = 0
        self._chunks = answer.aiter_raw()
        self._rest = b""

    async def line(self) -> bytes | None:
        """The next line without its newline; None at the end of the stream."""
        while b"\n" not in self._rest:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                return self._rest or None
            self.taken += len(chunk)
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    async def lines(self, count: int) -> list[str]:
        """The next `count` lines, as text."""
        found = [await self.line() for _ in range(count)]
        return [line.decode() for line in found if line is not None]

    async def event(self) -> tuple[str, Object]:
        """The next event of a watch."""
        line = await self.line()
        assert line is not None, "the watch is over"
        event = json.loads(line)
        return event["type"], event["object"]


@asynccontextmanager
async def reading(here: Asked, path: str, **params: str) -> AsyncIterator[Reader]:
    """Open a stream."""
    async with here.http.stream("GET", path, params=params) as answer:
        yield Reader(answer)
