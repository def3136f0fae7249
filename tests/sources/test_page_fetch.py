"""Fetching a metrics page of a pod through the API server or directly, and reasons of failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from tests.fixtures import shared
from tests.sources.virtual import virtual_clock
from wvatui.clock import WallClock
from wvatui.errors import ClusterError
from wvatui.kube.answers import error_of
from wvatui.kube.client import Answer, Client
from wvatui.sources.pods import page_fetch
from wvatui.sources.pods.endpoints import PageEndpoint
from wvatui.sources.pods.page_fetch import DirectFetch, Fetched, ProxyFetch

PROXY = "/api/v1/namespaces/ns/pods/a:8000/proxy/metrics"


class OneAnswer:
    """A Client that always returns or raises the same."""

    def __init__(self, given: bytes | Exception) -> None:
        self.given = given
        self.paths: list[str] = []

    async def get_bytes(self, path: str, **limits: Any) -> Answer:
        self.paths.append(path)
        if isinstance(self.given, Exception):
            raise self.given
        return Answer(200, self.given, {})


async def through_proxy(given: bytes | Exception) -> Fetched:
    fetch = ProxyFetch(cast(Client, OneAnswer(given)), timeout_s=5.0)
    return await fetch("ns", "a", "10.0.0.1", PageEndpoint(8000))


def status(code: int, reason: str, message: str) -> ClusterError:
    body = (
        '{"kind":"Status","apiVersion":"v1","status":"Failure",'
        f'"message":"{message}","reason":"{reason}","code":{code}}}'
    )
    return error_of(code, body.encode(), path=PROXY)


def plain(code: int, text: str = "") -> ClusterError:
    return error_of(code, text.encode(), path=PROXY)


async def test_the_proxy_is_asked_for_the_pod_its_port_and_its_metrics() -> None:
    client = OneAnswer(b"x 1\n")
    assert await ProxyFetch(cast(Client, client), timeout_s=5)(
        "ns", "a", "", PageEndpoint(8000)
    ) == Fetched("", b"x 1\n")
    assert client.paths == [PROXY]


REACH = "error trying to reach service: dial tcp 10.1.2.3:8000: "


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (status(503, "ServiceUnavailable", REACH + "connect: connection refused"), "refused"),
        (status(503, "ServiceUnavailable", REACH + "connect: no route to host"), "refused"),
        (status(503, "ServiceUnavailable", REACH + "i/o timeout"), "timeout"),
        (status(503, "ServiceUnavailable", "error trying to reach service: EOF"), "tls"),
        (plain(400, "Client sent an HTTP request to an HTTPS server."), "tls"),
        (status(503, "ServiceUnavailable", "the server is starting up"), "error"),
        (status(504, "Timeout", "the server was unable to return a response"), "timeout"),
        (status(404, "NotFound", 'pods \\"a\\" not found'), "gone"),
        (status(403, "Forbidden", 'pods \\"a\\" is forbidden'), "denied"),
        (status(401, "Unauthorized", "Unauthorized"), "denied"),
        (status(429, "TooManyRequests", "slow down"), "error"),
        (status(500, "InternalError", "etcd is ill"), "error"),
        (plain(404, "404 page not found"), "other"),
        (plain(401, "Unauthorized"), "guarded"),
        (plain(403, "Authorization denied for user"), "guarded"),
        (plain(503, '{"object":"error","message":"not ready"}'), "starting"),
        (plain(500, "oops"), "error"),
        (plain(301), "other"),
        (ClusterError("timed out: no answer from x within 5 s"), "timeout"),
        (ClusterError("http://x: connection reset by peer"), "unreachable"),
        (TimeoutError(), "timeout"),
    ],
)
async def test_why_the_api_server_gives_no_page(error: Exception, why: str) -> None:
    fetched = await through_proxy(error)
    assert fetched.why == why
    assert fetched.text


@pytest.mark.parametrize(
    ("name", "why"),
    [("proxy-refused", "refused"), ("proxy-no-such-pod", "gone"), ("unauthorized", "denied")],
)
async def test_what_a_real_api_server_answers_is_understood(name: str, why: str) -> None:
    head, _, body = (
        shared(f"kube-api/{name}.http").read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
    )
    error = error_of(int(head.split()[1]), body, path=PROXY)
    assert (await through_proxy(error)).why == why


# --- straight from the pod


@asynccontextmanager
async def pod_server(*answers: bytes) -> AsyncIterator[int]:
    """The port of a server on loopback that sends the raw `answers` in turn, each on a connection
    of its own; an empty answer is never sent."""
    waiting = list(answers)
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer = waiting.pop(0)
        if answer:
            writer.write(answer)
            await writer.drain()
        else:
            await closed.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        closed.set()
        server.close()
        await server.wait_closed()


def http(code: int, body: bytes = b"", length: int | None = None) -> bytes:
    length = len(body) if length is None else length
    return b"HTTP/1.1 %d x\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (
        code,
        length,
        body,
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(200, b"x 1\n"), ""),
        (http(503), "starting"),
        (http(401), "guarded"),
        (http(403), "guarded"),
        (http(404), "other"),
        (http(200, b"x 1\n", length=100), "error"),
        (b"no HTTP at all\r\n\r\n", "tls"),
        (http(400, b"Client sent an HTTP request to an HTTPS server.\n"), "tls"),
        (b"", "timeout"),
    ],
)
async def test_a_pod_that_is_asked_straight(answer: bytes, why: str) -> None:
    async with pod_server(answer) as port:
        fetch = DirectFetch(WallClock(), timeout_s=120.0 if answer else 0.3)
        fetched = await fetch("ns", "a", "127.0.0.1", PageEndpoint(port))
        await fetch.aclose()
    assert fetched.why == why
    assert fetched.body == (b"x 1\n" if not why else b"")


async def test_a_page_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_fetch, "PAGE_LIMIT_BYTES", 1000)
    async with pod_server(http(200, b"x" * 5000)) as port:
        fetch = DirectFetch(WallClock(), timeout_s=120.0)
        assert (await fetch("ns", "a", "127.0.0.1", PageEndpoint(port))).why == "error"
        await fetch.aclose()


async def test_a_pod_where_nothing_listens_refuses() -> None:
    async with pod_server() as port:
        pass
    fetch = DirectFetch(WallClock(), timeout_s=120.0)
    assert (await fetch("ns", "a", "127.0.0.1", PageEndpoint(port))).why == "refused"
    await fetch.aclose()


async def test_a_pod_without_an_address_is_starting() -> None:
    async with virtual_clock() as (clock, _):
        fetch = DirectFetch(clock, timeout_s=5.0)
        assert (await fetch("ns", "a", "", PageEndpoint(8000))).why == "starting"
        await fetch.aclose()
