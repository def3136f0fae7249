"""TLS: trusted authorities, client certificates, and messages of refused connections."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.kube.certificates import Authority
from tests.kube.server import Renewing, refuses, says, served, talking
from wvatui.errors import ClusterError
from wvatui.kube.auth import Credentials


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def test_the_clusters_own_authority_is_trusted(authority: Authority, tmp_path: Path) -> None:
    async with (
        served(authority.server(tmp_path, "127.0.0.1")) as server,
        talking(server, ca=authority.pem, authorization="Bearer abcdef") as client,
    ):
        server.on("/version", says({"gitVersion": "v1"}))
        for _ in range(3):
            assert await client.get_json("/version") == {"gitVersion": "v1"}
        assert server.seen[0].headers["authorization"] == "Bearer abcdef"
        assert server.connections == 1


async def test_a_certificate_of_nobody_we_know_is_named(
    authority: Authority, tmp_path: Path
) -> None:
    async with served(authority.server(tmp_path, "127.0.0.1")) as server:
        for ca in ("", Authority().pem):
            async with talking(server, ca=ca) as client:
                with pytest.raises(ClusterError, match="certificate verify failed") as caught:
                    await client.get_json("/version")
                assert server.url in caught.value.message


async def test_a_certificate_for_another_name_is_refused_unless_that_name_is_given(
    authority: Authority, tmp_path: Path
) -> None:
    async with served(authority.server(tmp_path, "api.example.test")) as server:
        server.on("/version", says({}))
        async with talking(server, ca=authority.pem) as client:
            with pytest.raises(ClusterError, match="certificate verify failed"):
                await client.get_json("/version")
        async with talking(server, ca=authority.pem, server_name="api.example.test") as client:
            await client.get_json("/version")


async def test_whoever_skips_verification_trusts_anybody(
    authority: Authority, tmp_path: Path
) -> None:
    async with (
        served(authority.server(tmp_path, "api.example.test")) as server,
        talking(server, verify=False, ca="no certificate") as client,
    ):
        server.on("/version", says({}))
        await client.get_json("/version")


async def test_a_client_certificate_is_shown(authority: Authority, tmp_path: Path) -> None:
    me = authority.sign("viewer")
    async with served(authority.server(tmp_path, "127.0.0.1", ask=True)) as server:

        async def who(request: Any) -> Any:
            peer = request.transport.get_extra_info("peercert")
            return await says({"subject": peer["subject"][0][0][1]})(request)

        server.on("/me", who)
        ours = {"ca": authority.pem, "certificate": me.certificate, "key": me.key}
        async with talking(server, **ours) as client:
            assert await client.get_json("/me") == {"subject": "viewer"}
        async with talking(server, ca=authority.pem) as client:
            with pytest.raises(ClusterError, match=server.url):
                await client.get_json("/me")


async def test_another_client_certificate_after_a_401_opens_connections_of_its_own(
    authority: Authority, tmp_path: Path
) -> None:
    async with served(authority.server(tmp_path, "127.0.0.1", ask=True)) as server:

        async def only_new(request: Any) -> Any:
            name = request.transport.get_extra_info("peercert")["subject"][0][0][1]
            if name == "new":
                return await says({"ok": True})(request)
            return await refuses(401, "Unauthorized", "Unauthorized")(request)

        server.on("/a", only_new)
        old, new = (
            Credentials(server.url, ca=authority.pem, certificate=pair.certificate, key=pair.key)
            for pair in (authority.sign("old"), authority.sign("new"))
        )
        access = Renewing(old, new)
        async with talking(server, access=access) as client:
            got = await asyncio.gather(*[client.get_json("/a") for _ in range(5)])
            assert got == [{"ok": True}] * 5
            opened = server.connections
            await asyncio.gather(*[client.get_json("/a") for _ in range(5)])
            assert server.connections == opened
        assert access.asked == 1


@pytest.mark.parametrize("broken", [{"ca": "nonsense"}, {"certificate": "nonsense", "key": "s3cr"}])
async def test_a_broken_certificate_is_one_clear_error(broken: dict[str, str]) -> None:
    async with served() as server:
        url = server.url.replace("http:", "https:")
        async with talking(server, server=url, **broken) as client:
            with pytest.raises(ClusterError, match="certificate unusable") as caught:
                await client.get_json("/version")
            assert "s3cr" not in caught.value.message
            assert "\n" not in caught.value.message


async def test_plain_http_at_a_tls_port_is_said_in_words() -> None:
    async with served() as server:
        url = server.url.replace("http:", "https:")
        async with talking(server, server=url) as client:
            with pytest.raises(ClusterError, match=url):
                await client.get_json("/version")
