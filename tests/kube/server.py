"""A small HTTP server that answers as the test says, and remembers all requests."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.kube.hand_clock import HandClock
from wvatui.clock import Clock, WallClock
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.client import Client

Say = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    peer: object
    body: bytes = b""
    raw: str = ""


@dataclass
class Server:
    """The server. `says[path]` are its answers in turn; the last one is repeated."""

    url: str = ""
    says: dict[str, list[Say]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def on(self, path: str, *says: Say) -> None:
        self.says.setdefault(path, []).extend(says)

    def asked(self, path: str) -> list[Seen]:
        return [one for one in self.seen if one.path == path]

    @property
    def connections(self) -> int:
        return len({one.peer for one in self.seen})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self.seen.append(
            Seen(
                request.method,
                request.path,
                dict(request.query),
                request.headers.copy(),
                request.transport.get_extra_info("peername"),
                await request.read(),
                request.raw_path,
            )
        )
        says = self.says.get(request.path)
        if not says:
            return web.Response(status=404, text="404 page not found\n")
        say = says.pop(0) if len(says) > 1 else says[0]
        return await say(request)


@asynccontextmanager
async def served(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.05, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


class Renewing(Access):
    """Credentials with a given sequence of renewals."""

    def __init__(self, credentials: Credentials, *renewals: Credentials) -> None:
        super().__init__(credentials)
        self.renewals = list(renewals)
        self.asked = 0

    async def _read(self) -> Credentials:
        self.asked += 1
        await asyncio.sleep(0.01)  # lets other requests come in the meantime
        return self.renewals.pop(0) if self.renewals else self.credentials


@asynccontextmanager
async def talking(
    here: Server,
    clock: Clock | None = None,
    *,
    access: Access | None = None,
    **credentials: Any,
) -> AsyncIterator[Client]:
    """A client of the server `here`, closed at the end. Requests time out after 5 s of a clock that
    the test moves; otherwise never, as the machine may be busy."""
    given = {"server": here.url, "context": "test"} | credentials
    access = access or Access(Credentials(**given))
    client = Client(access, clock or WallClock(), request_timeout_s=5.0 if clock else 300.0)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def by_hand() -> AsyncIterator[tuple[Server, Client, HandClock]]:
    """A server, a client of it, and the client's clock."""
    clock = HandClock()
    async with served() as server, talking(server, clock) as client:
        yield server, client, clock


# --- what a server may say ----------------------------------------------------------------


def says(body: Any, status: int = 200, **headers: str) -> Say:
    """A complete answer; bytes and texts are sent as they are, anything else as JSON."""

    async def say(request: web.Request) -> web.StreamResponse:
        kind = "text/plain" if isinstance(body, bytes | str) else "application/json"
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else None
        given = {"content-type": kind} | {k.replace("_", "-"): v for k, v in headers.items()}
        return web.Response(body=raw or json.dumps(body).encode(), status=status, headers=given)

    return say


def status(code: int, reason: str, message: str, **details: Any) -> dict[str, Any]:
    """A Status object of the API `meta/v1`."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    }


def refuses(code: int, reason: str, message: str, **headers: str) -> Say:
    return says(status(code, reason, message), code, **headers)


async def hangs(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def cuts(request: web.Request) -> web.StreamResponse:
    """An answer that closes the connection without a response."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def streams(*chunks: bytes, then: str = "end", name: str = "") -> Say:
    """A streamed answer: `chunks`, each sent on its own, then `end`, `cut` or `wait`."""

    async def say(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"x-wvatui-stream": name} if name else None)
        answer.content_type = "application/json"
        await answer.prepare(request)
        for chunk in chunks:
            await answer.write(chunk)
            await asyncio.sleep(0.002)  # so that each chunk is sent on its own
        if then == "wait":
            await asyncio.Event().wait()
        if then == "cut":
            assert request.transport is not None
            request.transport.abort()
        return answer

    return say


def pages(**items: Any) -> Say:
    """A list of objects: `items`, the resourceVersion `rv`, the token `more` of the next page."""
    metadata = {"resourceVersion": items.get("rv", "1")}
    if items.get("more"):
        metadata["continue"] = items["more"]
    return says(
        {
            "kind": "PodList",
            "apiVersion": "v1",
            "metadata": metadata,
            "items": [pod(name) for name in items.get("names", ())],
        }
    )


def pod(name: str, rv: str = "1") -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "ns",
            "resourceVersion": rv,
            "managedFields": [{"manager": "kubelet"}],
        }
    }


def happens(verb: str, thing: dict[str, Any]) -> bytes:
    """One line of a watch: the event `verb` of the object `thing`."""
    return json.dumps({"type": verb, "object": thing}, ensure_ascii=False).encode() + b"\n"
