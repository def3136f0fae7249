"""A fake Client for logs of controller pods, whose time is a Timeline's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wvatui.clock import RetryBell
from wvatui.core.lines import rfc3339
from wvatui.engine.timeline import Timeline
from wvatui.errors import ClusterError


def stamp(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}000Z"


@dataclass
class FakePod:
    """The log of one container, that of its previous run, and the open streams of it."""

    log: list[tuple[float, bytes]] = field(default_factory=list)
    previous: list[tuple[float, bytes]] | None = None
    restarts: int = 0
    running: bool = True
    ended_at: str = ""
    containers: tuple[str, ...] = ("manager",)
    annotations: dict[str, str] = field(default_factory=dict)
    streams: list["asyncio.Queue[bytes | Exception | None]"] = field(default_factory=list)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class FakeLogs:
    """A Client with `get_bytes` and `stream`.

    The next openings raise `faults` in turn, and call `before_stream` first. The next answers with
    the log of a previous run end after as many bytes as `cuts` says.
    """

    def __init__(self, timeline: Timeline, now: Callable[[], float]) -> None:
        self.timeline = timeline
        self.now = now
        self.pods: dict[str, FakePod] = {}
        self.faults: list[Exception] = []
        self.before_stream: list[Callable[[], None]] = []
        self.opened: list[tuple[float, str, dict[str, str]]] = []
        self.written: list[str] = []
        self.chunk: int = 0
        self.cuts: list[int] = []
        self.pods_denied: Exception | None = None
        self.pods_body: bytes | None = None
        self.retries = RetryBell()

    def write(self, pod: str, text: str, at: float | None = None, repeat: int = 1) -> None:
        """Let the container print a line."""
        at = self.timeline.now if at is None else at
        for _ in range(repeat):
            raw = f"{stamp(at)} {text}\n".encode()
            self.written.append(raw.decode().rstrip("\n"))
            self.pods[pod].log.append((at, raw))
            for queue in self.pods[pod].streams:
                for start in range(0, len(raw), self.chunk or len(raw)):
                    queue.put_nowait(raw[start : start + (self.chunk or len(raw))])

    def end_streams(self, pod: str, error: Exception | None = None) -> None:
        """End all streams of a pod, cleanly or with `error`."""
        for queue in self.pods[pod].streams:
            queue.put_nowait(error)
        self.pods[pod].streams = []

    def restart(self, pod: str, reason: str = "OOMKilled") -> None:
        """Restart the container, which begins a new log."""
        found = self.pods[pod]
        found.previous, found.log = found.log, []
        found.restarts += 1
        found.ended_at = stamp(self.timeline.now)
        self.end_streams(pod)

    # --- methods of a Client

    async def get_bytes(self, path: str, **limits: Any) -> Answer:
        await asyncio.sleep(0)
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/pods"):
            if self.pods_denied is not None:
                raise self.pods_denied
            if self.pods_body is not None:
                return Answer(200, {}, self.pods_body)
            name = query["fieldSelector"].removeprefix("metadata.name=")
            items = [self._object(name)] if name in self.pods else []
            return Answer(200, {}, json.dumps({"items": items}).encode())
        pod = self._open(parts.path, query)
        if query.get("previous") == "true":
            if pod.previous is None:
                raise self.api_error(400, "previous terminated container not found")
            cut = self.cuts.pop(0) if self.cuts else None
            return Answer(200, {}, self._since(pod.previous, query)[:cut])
        return Answer(200, {}, self._since(pod.log, query))

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str], idle_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        await asyncio.sleep(0)
        if self.before_stream:
            self.before_stream.pop(0)()
        pod = self._open(path, dict(params))
        queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        queue.put_nowait(self._since(pod.log, params))
        if pod.running:
            pod.streams.append(queue)
        else:
            queue.put_nowait(None)

        async def chunks() -> AsyncIterator[bytes]:
            while True:
                item = await queue.get()
                if item is None:
                    return
                if isinstance(item, Exception):
                    raise item
                if item:
                    yield item

        yield chunks()

    def _open(self, path: str, query: dict[str, str]) -> FakePod:
        name = path.split("/")[-2]
        self.opened.append((self.now(), name, query))
        if self.faults:
            raise self.faults.pop(0)
        if name not in self.pods:
            raise self.api_error(404, f'pods "{name}" not found')
        pod = self.pods[name]
        if len(pod.containers) > 1 and "container" not in query:
            choices = " ".join(pod.containers)
            raise self.api_error(
                400,
                f"a container name must be specified for pod {name}, choose one of: [{choices}]",
            )
        return pod

    @staticmethod
    def api_error(status: int, message: str) -> ClusterError:
        from wvatui.kube.client import ApiError

        return ApiError(message, status=status)

    @staticmethod
    def _since(log: list[tuple[float, bytes]], query: Mapping[str, str]) -> bytes:
        since = rfc3339(query["sinceTime"])
        assert since is not None
        first = next((i for i, (at, _) in enumerate(log) if at >= since), len(log))
        return b"".join(raw for _, raw in log[first:])

    def _object(self, name: str) -> dict[str, Any]:
        pod = self.pods[name]
        last = {"terminated": {"finishedAt": pod.ended_at, "reason": "OOMKilled", "exitCode": 137}}
        state = {"running": {}} if pod.running else {"terminated": {"exitCode": 0}}
        return {
            "metadata": {"name": name, "uid": f"uid-{name}", "annotations": pod.annotations},
            "spec": {"containers": [{"name": c} for c in pod.containers]},
            "status": {
                "containerStatuses": [
                    {
                        "name": c,
                        "restartCount": pod.restarts,
                        "state": state,
                        "lastState": last if pod.ended_at else {},
                    }
                    for c in pod.containers
                ]
            },
        }
