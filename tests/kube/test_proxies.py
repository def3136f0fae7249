"""Proxies: which one is used, when, and what it receives."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.kube.certificates import Authority
from tests.kube.server import says, served, talking
from wvatui.errors import ClusterError
from wvatui.kube.auth import Credentials
from wvatui.kube.transport import proxy_for


class Tunnel:
    """A CONNECT proxy that connects to one port, whatever host is requested."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = ""
        self.asked: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.port)
            if head.startswith("CONNECT "):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                there.write(head.encode())
            try:
                await asyncio.gather(_pump(reader, there), _pump(there_reader, writer))
            finally:
                there.close()
        finally:
            writer.close()

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def tunnel(url: str) -> AsyncIterator[Tunnel]:
    proxy = Tunnel(int(url.rpartition(":")[2]))
    server = await asyncio.start_server(proxy.begin, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.aclose()
        await server.wait_closed()


async def test_the_kubeconfigs_proxy_is_used_with_its_password(
    tmp_path: Path,
) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "api.example.test")
    async with served(tls) as server, tunnel(server.url) as proxy:
        server.on("/version", says({"ok": True}))
        through = proxy.url.replace("http://", "http://me:s3cret@")
        there = "https://api.example.test:6443"
        async with talking(
            server, server=there, proxy=through, ca=authority.pem, authorization="Bearer tok-en"
        ) as client:
            for _ in range(2):
                assert await client.get_json("/version") == {"ok": True}
        (head,) = proxy.asked
        assert head.startswith("CONNECT api.example.test:6443 ")
        assert "Proxy-Authorization: Basic bWU6czNjcmV0" in head
        assert "tok-en" not in head


async def test_the_servers_name_is_kept_through_a_proxy(tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "kubernetes.default")
    async with served(tls) as server, tunnel(server.url) as proxy:
        server.on("/version", says({"ok": True}))
        async with talking(
            server,
            server="https://api.example.test:6443",
            proxy=proxy.url,
            ca=authority.pem,
            server_name="kubernetes.default",
        ) as client:
            assert await client.get_json("/version") == {"ok": True}


async def test_a_proxy_of_the_environment_is_used_for_other_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with served() as server, tunnel(server.url) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        server.on("/version", says({"ok": True}))
        async with talking(server, server="http://api.example.test") as client:
            assert await client.get_json("/version") == {"ok": True}
        assert proxy.asked[0].startswith("GET http://api.example.test/version ")


@pytest.mark.parametrize(
    ("server", "environment", "expected"),
    [
        ("https://a.example", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.example", {"https_proxy": "p:1"}, "http://p:1"),
        ("https://a.example", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://a.example", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b, example"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "no_proxy": ".example"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*.example"}, None),
        ("https://example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "http://p:1"),
        ("https://notexample", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example"}, "http://p:1"),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example:443"}, None),
        (
            "https://a.example:6443",
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.example:443"},
            "http://p:1",
        ),
        ("https://10.96.0.1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.96.0.0/12"}, None),
        ("https://10.96.0.1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.96.0.1"}, None),
        ("https://[fd00::1]", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "fd00::/8"}, None),
        (
            "https://10.0.0.1",
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.1.0.0/16"},
            "http://p:1",
        ),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://[::1]:6443", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://localhost", {"HTTPS_PROXY": "http://p:1"}, None),
    ],
)
def test_the_environments_proxy_follows_the_rules_of_kubectl(
    server: str, environment: Mapping[str, str], expected: str | None
) -> None:
    assert proxy_for(Credentials(server), environment) == expected


async def test_a_proxy_that_cannot_be_used_is_one_clear_error() -> None:
    async with (
        served() as server,
        talking(server, server="https://a.example", proxy="ftp://me:s3cret@p") as client,
    ):
        with pytest.raises(ClusterError, match="proxy ftp://p cannot be used") as caught:
            await client.get_json("/version")
        assert "s3cret" not in caught.value.message
