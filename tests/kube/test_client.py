"""Single requests of the client: answers, messages of failures, and reuse of connections."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from tests.kube.server import (
    Renewing,
    by_hand,
    cuts,
    hangs,
    refuses,
    says,
    served,
    streams,
    talking,
)
from tests.waiting import until
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.auth import Credentials
from wvatui.kube.client import ApiError
from wvatui.kube.transport import broken_words

FORBIDDEN = (
    'pods is forbidden: User "viewer" cannot list resource "pods" in API group "" '
    'in the namespace "llm-d-sim"'
)


async def test_an_object_is_read_with_its_query() -> None:
    async with served() as server, talking(server) as client:
        server.on("/api/v1/pods", says({"items": []}))
        assert await client.get_json("/api/v1/pods", {"limit": "5"}) == {"items": []}
        await client.get_json("/api/v1/pods?fieldSelector=metadata.name%3Dx")
        await client.get_json("/api/v1/pods?a=b", {"c": "d"})
        assert [seen.query for seen in server.seen] == [
            {"limit": "5"},
            {"fieldSelector": "metadata.name=x"},
            {"a": "b", "c": "d"},
        ]


async def test_a_server_may_stand_below_a_path() -> None:
    async with served() as server:
        server.on("/k8s/clusters/c-1/version", says({"gitVersion": "v1"}))
        async with talking(server, server=f"{server.url}/k8s/clusters/c-1") as client:
            assert (await client.get_json("/version"))["gitVersion"] == "v1"


async def test_bytes_come_with_status_and_headers() -> None:
    async with served() as server, talking(server) as client:
        server.on("/x", says(b"kv 0.5\n", x_mark="7"))
        answer = await client.get_bytes("/x")
        assert (answer.status, answer.body, answer.headers["x-mark"]) == (200, b"kv 0.5\n", "7")


async def test_an_object_is_created() -> None:
    async with served() as server, talking(server) as client:
        server.on("/jobs", says({"kind": "Job"}, 201))
        assert await client.post_json("/jobs", {"kind": "Job"}) == {"kind": "Job"}
        assert server.seen[0].method == "POST"
        assert server.seen[0].body == b'{"kind":"Job"}'
        assert server.seen[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("body", ["<html>login</html>", "[1]", "7", '{"a":', " "])
async def test_what_is_no_json_object_is_one_clear_error(body: str) -> None:
    async with served() as server, talking(server) as client:
        server.on("/version", says(body))
        with pytest.raises(ClusterError, match="/version: the answer is no JSON object") as caught:
            await client.get_json("/version")
        assert "\n" not in caught.value.message


async def test_a_refusal_is_the_servers_own_sentence() -> None:
    async with served() as server, talking(server) as client:
        server.on("/pods", refuses(403, "Forbidden", FORBIDDEN))
        with pytest.raises(DeniedError) as caught:
            await client.get_json("/pods")
        assert caught.value.message == FORBIDDEN


async def test_a_pods_own_refusal_is_not_the_clusters() -> None:
    path = "/api/v1/namespaces/ns/pods/a:8000/proxy/metrics"
    async with served() as server, talking(server, access=None) as client:
        for status in (401, 403):
            server.on(path, says("go away", status))
            with pytest.raises(ApiError) as caught:
                await client.get_bytes(path)
            assert not isinstance(caught.value, DeniedError)
            assert caught.value.status in (401, 403)
        server.says[path] = [refuses(403, "Forbidden", FORBIDDEN)]
        with pytest.raises(DeniedError):
            await client.get_bytes(path)


async def test_an_error_keeps_status_reason_and_when_to_come_again() -> None:
    async with served() as server, talking(server) as client:
        server.on("/a", refuses(429, "TooManyRequests", "slow\ndown", retry_after="3"))
        with pytest.raises(ApiError) as caught:
            await client.get_json("/a")
        error = caught.value
        assert (error.status, error.reason, error.message) == (429, "TooManyRequests", "slow down")
        assert error.retry_after_s == 3.0


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("<html><head><title>502 Bad Gateway</title></head>..", 502, "502 Bad Gateway"),
        ("<html><body><script>x</script><p>no &amp; no</p>", 503, "HTTP 503: no & no"),
        ("upstream connect error\n\n", 503, "HTTP 503: upstream connect error"),
        (" ", 504, "HTTP 504 Gateway Timeout"),
        ("x" * 9_000, 500, "HTTP 500: " + "x" * 399 + "…"),
        ("\x1b[2J\x07boo", 500, "HTTP 500: ␛[2J␇boo"),
    ],
)
async def test_what_proxies_write_is_one_short_line(body: str, status: int, message: str) -> None:
    async with served() as server, talking(server) as client:
        server.on("/a", says(body, status))
        with pytest.raises(ApiError) as caught:
            await client.get_json("/a")
        assert caught.value.message == message


async def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    async with served() as server, talking(server) as client:
        server.on("/a", streams(*[b"x" * 100] * 5, then="wait"))
        with pytest.raises(ApiError, match="longer than 250 bytes"):
            await client.get_bytes("/a", limit_bytes=250)


async def test_time_outs_are_seconds_of_the_clock() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/slow", hangs)
        server.on("/trickle", streams(b"{", then="wait"))
        for path, limit_s in (("/slow", None), ("/slow", 0.5), ("/trickle", 2.0)):
            task = asyncio.create_task(client.get_bytes(path, timeout_s=limit_s))
            await until(lambda: clock.waits_s and server.seen)
            assert clock.holds == 1  # a simulated cluster's clock stands still meanwhile
            clock.advance((limit_s or 5.0) - 0.1)
            await asyncio.sleep(0.01)
            assert not task.done()
            clock.advance(0.2)
            with pytest.raises(ClusterError, match=f"timed out.*within {limit_s or 5:g} s"):
                await task
            assert clock.holds == 0
            server.seen.clear()


async def test_nobody_listening_is_said_in_words() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        async with served() as server, talking(server, server=url) as client:
            with pytest.raises(ClusterError) as caught:
                await client.get_json("/version")
            assert caught.value.message == f"{url}: connection refused"


def test_a_name_that_is_none_is_said_in_words() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = ExceptionGroup("all", [socket.gaierror(-2, "Name or service not known")])
    assert broken_words(error) == "the name cannot be resolved: Name or service not known"


async def test_a_connection_that_was_closed_meanwhile_costs_nothing() -> None:
    async with served() as server, talking(server) as client:
        server.on("/a", says({"n": 1}), cuts, says({"n": 2}))
        assert await client.get_json("/a") == {"n": 1}
        assert await client.get_json("/a") == {"n": 2}
        server.says["/a"] = [cuts]
        with pytest.raises(ClusterError, match=r"closed|reset"):
            await client.get_json("/a")


async def test_what_is_under_way_when_the_client_closes_is_not_asked_for_again() -> None:
    async with served() as server, talking(server) as client:
        server.on("/version", hangs)
        asked = asyncio.create_task(client.get_json("/version"))
        await until(lambda: server.asked("/version"))
        await client.aclose()
        with pytest.raises(ClusterError):
            await asked
        assert len(server.asked("/version")) == 1


async def test_what_creates_something_is_never_sent_twice() -> None:
    async with served() as server, talking(server) as client:
        server.on("/jobs", cuts)
        with pytest.raises(ClusterError):
            await client.post_json("/jobs", {})
        assert len(server.seen) == 1


# --- connections --------------------------------------------------------------------------


async def test_a_second_round_opens_no_new_connection() -> None:
    async with served() as server, talking(server) as client:
        gathered = asyncio.Barrier(40)

        async def together(request: Any) -> Any:
            await gathered.wait()  # all at once: each needs a connection of its own
            return await says(b"page")(request)

        paths = [f"/api/v1/namespaces/ns/pods/p{n}:8000/proxy/metrics" for n in range(40)]
        for path in paths:
            server.on(path, together)
        for _ in range(3):
            await asyncio.gather(*[client.get_bytes(path) for path in paths])
        assert len(server.seen) == 120
        assert server.connections == 40


async def test_streams_take_no_connection_from_polls() -> None:
    async with served() as server, talking(server) as client:
        server.on("/poll", says({}))
        server.on("/follow", streams(b"x\n", then="wait"))
        await client.get_json("/poll")
        async with client.stream("/follow") as one, client.stream("/follow") as two:
            assert (await anext(one), await anext(two)) == (b"x\n", b"x\n")
            await client.get_json("/poll")
        assert {seen.peer for seen in server.asked("/poll")} == {server.seen[0].peer}
        assert server.connections == 3


async def test_errors_and_refusals_keep_the_connection() -> None:
    async with served() as server, talking(server) as client:
        server.on("/a", refuses(404, "NotFound", "no"), refuses(500, "x", "no"), says({}))
        for _ in range(2):
            with pytest.raises(ApiError):
                await client.get_json("/a")
        await client.get_json("/a")
        assert server.connections == 1


async def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with served() as server, talking(server) as client:
        server.on("/version", says({}))
        await client.get_json("/version")
        assert server.connections == 1


# --- credentials --------------------------------------------------------------------------


def only(token: str) -> Any:
    """A handler that only answers requests with `token`."""

    async def say(request: Any) -> Any:
        if request.headers.get("authorization") == f"Bearer {token}":
            return await says({"ok": True})(request)
        return await refuses(401, "Unauthorized", "Unauthorized")(request)

    return say


async def test_a_refused_token_is_renewed_once_for_all_who_were_refused() -> None:
    async with served() as server:
        server.on("/a", only("new-token"))
        old = Credentials(server.url, authorization="Bearer old-token")
        access = Renewing(old, Credentials(server.url, authorization="Bearer new-token"))
        async with talking(server, access=access) as client:
            got = await asyncio.gather(*[client.get_json("/a") for _ in range(20)])
        assert got == [{"ok": True}] * 20
        assert access.asked == 1


async def test_a_stream_renews_a_refused_token_too() -> None:
    async with served() as server:
        server.on("/a", only("new-token"))
        old = Credentials(server.url, authorization="Bearer old-token")
        access = Renewing(old, Credentials(server.url, authorization="Bearer new-token"))
        async with talking(server, access=access) as client, client.stream("/a") as chunks:
            assert b"".join([chunk async for chunk in chunks]) == b'{"ok": true}'
        assert access.asked == 1


async def test_a_server_that_never_says_yes_is_denied_without_asking_plugins_in_a_circle() -> None:
    async with served() as server:
        server.on("/a", only("nobody's"))
        access = Renewing(Credentials(server.url, authorization="Bearer old-token", context="prod"))
        async with talking(server, access=access) as client:
            for _ in range(5):
                with pytest.raises(DeniedError, match=r"credentials of context 'prod' \(401\)"):
                    await client.get_json("/a")
            with pytest.raises(DeniedError):
                async with client.stream("/a"):
                    raise AssertionError("it was refused")
        assert access.asked == 1


async def test_a_pod_that_wants_a_password_renews_nothing() -> None:
    path = "/api/v1/namespaces/ns/pods/a:8000/proxy/metrics"
    async with served() as server:
        server.on(path, says("who are you?", 401))
        access = Renewing(Credentials(server.url))
        async with talking(server, access=access) as client:
            with pytest.raises(ApiError):
                await client.get_bytes(path)
        assert access.asked == 0


@pytest.mark.parametrize(
    "leak",
    [
        "you sent Authorization: Bearer s3cret-t0ken-value",
        "token s3cret-t0ken-value is unknown",
        "see https://me:s3cret-t0ken-value@proxy.example/",
        "eyJhbGciOiJSUzI1NiJ9.s3cret-t0ken-value.x",
        '{"access_token": "s3cret-t0ken-value"}',
    ],
)
async def test_no_error_holds_a_credential(leak: str) -> None:
    async with served() as server:
        for token in ("Bearer s3cret-t0ken-value", ""):
            if not token and leak.startswith("token s3cret"):
                continue  # not detectable
            async with talking(server, authorization=token) as client:
                for status in (200, 302, 403, 500, 502)[leak.startswith("{") :]:
                    server.says["/a"] = [says(leak, status)]
                    with pytest.raises(ClusterError) as caught:
                        await client.get_json("/a")
                    assert "s3cret" not in str(caught.value)
                    assert "s3cret" not in caught.value.hint


def test_credentials_do_not_show_themselves() -> None:
    credentials = Credentials("https://x", authorization="Bearer s3cret", key="k3y")
    assert "s3cret" not in repr(credentials)
    assert "k3y" not in str(credentials)
