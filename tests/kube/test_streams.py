"""Streams: read piece by piece, metered, and closed at once."""

import asyncio

import pytest

from tests.kube.server import by_hand, hangs, refuses, says, served, streams, talking
from tests.waiting import until
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.client import AWAY_S, ApiError


async def test_a_chunk_counts_as_read_when_the_next_is_asked_for() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/log", streams(b"one\n", "zwölf\n".encode(), then="wait", name="s7"))
        async with client.stream("/log", {"follow": "true"}) as chunks:
            (meter,) = clock.meters
            assert (meter.name, clock.holds) == ("s7", 0)
            assert await anext(chunks) == b"one\n"
            assert meter.read == 0
            assert await anext(chunks) == "zwölf\n".encode()
            assert meter.read == 4
            waiting = asyncio.create_task(anext(chunks))
            await until(lambda: meter.read == 11)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert meter.closed
        assert server.seen[0].query == {"follow": "true"}
        assert server.seen[0].headers["accept-encoding"] == "identity"


async def test_a_stream_that_ends_just_ends() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/log", streams(b"one\n"))
        async with client.stream("/log") as chunks:
            assert [chunk async for chunk in chunks] == [b"one\n"]
        assert clock.meters[0].read == 4


async def test_a_stream_that_breaks_is_a_cluster_error() -> None:
    async with served() as server, talking(server) as client:
        server.on("/log", streams(b"one\n", then="cut"))
        got: list[bytes] = []

        async def read() -> None:
            async with client.stream("/log") as chunks:
                async for chunk in chunks:
                    got.append(chunk)  # noqa: PERF401 - what came before the break counts

        with pytest.raises(ClusterError, match=r"closed|reset") as caught:
            await read()
        assert got == [b"one\n"]
        assert not isinstance(caught.value, ApiError)


async def test_silence_is_a_time_out_in_the_clocks_seconds() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/log", streams(b"one\n", then="wait"))
        async with client.stream("/log", idle_s=300) as chunks:
            assert await anext(chunks) == b"one\n"
            waiting = asyncio.ensure_future(anext(chunks))
            await until(lambda: 300.0 in clock.waits_s)
            clock.advance(299)
            await asyncio.sleep(0.01)
            assert not waiting.done()
            clock.advance(2)
            with pytest.raises(TimeoutError):
                await waiting


async def test_a_stream_that_never_begins_is_a_cluster_error() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/log", hangs)

        async def read() -> None:
            async with client.stream("/log", idle_s=300):
                raise AssertionError("it never begins")

        task = asyncio.create_task(read())
        await until(lambda: server.seen and clock.waits_s)
        assert clock.holds == 1
        clock.advance(5)
        with pytest.raises(ClusterError, match="timed out"):
            await task
        assert clock.holds == 0
        assert not clock.meters


async def test_a_refused_stream_says_why() -> None:
    message = 'pods "x" is forbidden: User "v" cannot get resource "pods/log" in API group ""'
    async with served() as server, talking(server) as client:
        server.on("/log", refuses(403, "Forbidden", message), says("no such pod", 404))
        with pytest.raises(DeniedError, match="pods/log"):
            async with client.stream("/log"):
                raise AssertionError
        with pytest.raises(ApiError, match="no such pod"):
            async with client.stream("/log"):
                raise AssertionError


async def test_leaving_a_stream_in_the_middle_does_not_wait_for_its_end() -> None:
    async with served() as server, talking(server) as client:
        server.on("/log", streams(b"one\n", then="wait"))
        async with asyncio.timeout(120), client.stream("/log") as chunks:
            async for _ in chunks:
                break


async def test_an_error_of_the_reader_passes_through() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/log", streams(b"one\n", then="wait"))

        async def read() -> None:
            async with client.stream("/log") as chunks:
                async for _ in chunks:
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await read()
        assert clock.meters[0].closed


async def test_a_server_that_is_back_ends_all_waits_and_silent_streams() -> None:
    away, word = refuses(503, "ServiceUnavailable", "going down"), "no rules yet"
    async with by_hand() as (server, client, clock):
        server.on("/log", streams(b"one\n", then="wait"))
        server.on("/pods", away, away, refuses(403, "Forbidden", word))
        server.on("/api/proxy/metrics", away)
        async with client.stream("/log", idle_s=300) as chunks:
            assert await anext(chunks) == b"one\n"
            reading = asyncio.ensure_future(anext(chunks))
            waiting = asyncio.create_task(client.retries.sleep(clock, 60.0))
            await until(lambda: len(clock.waits_s) == 2)
            for path in ("/api/proxy/metrics", "/pods", "/pods"):
                with pytest.raises(ApiError):
                    await client.get_bytes(path)
                clock.advance(AWAY_S - 1.0)
            assert not waiting.done()
            with pytest.raises(DeniedError, match=word):  # a refusal is an answer too
                await client.get_bytes("/pods")
            await waiting
            with pytest.raises(TimeoutError):
                await reading


async def test_a_moment_without_an_answer_ends_no_wait() -> None:
    async with by_hand() as (server, client, clock):
        server.on("/pods", refuses(500, "InternalError", "a moment"), says({}))
        waiting = asyncio.create_task(client.retries.sleep(clock, 60.0))
        with pytest.raises(ApiError):
            await client.get_bytes("/pods")
        clock.advance(AWAY_S - 0.1)
        await client.get_bytes("/pods")
        assert clock.sleeps_s == [pytest.approx(60.0 - AWAY_S + 0.1)]
        waiting.cancel()
