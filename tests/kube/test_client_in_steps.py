"""The client on a simulated cluster's clock: everything is received at its own moment."""

import asyncio

import pytest

from tests.kube.test_stepped import START, clocked
from tests.waiting import until
from wvatui.errors import ClusterError
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.client import Client


async def test_what_a_stream_brings_is_handled_before_time_goes_on() -> None:
    async with clocked() as (server, clock):
        client = Client(Access(Credentials(server.url)), clock)
        for second in (1, 2, 3):
            server.timeline.call_at(
                START + second, lambda second=second: server.write(f"line {second}\n")
            )
        seen: list[tuple[str, float]] = []

        async def follow() -> None:
            async with client.stream("/follow", idle_s=60) as chunks:
                async for chunk in chunks:
                    for _ in range(50):
                        await asyncio.sleep(0)  # a slow reader
                    seen.extend((line, clock.now() - START) for line in chunk.decode().splitlines())

        task = asyncio.create_task(follow())
        await clock.ready()
        for _ in range(4):
            await clock.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()
        assert seen[2:] == [("line 1", 1.0), ("line 2", 2.0), ("line 3", 3.0)]
        assert [line for line, _ in seen[:2]] == ["history 1", "history 2"]


async def test_time_stands_still_while_an_answer_is_awaited() -> None:
    async with clocked() as (server, clock):
        client = Client(Access(Credentials(server.url)), clock)
        await clock.ready()
        task = asyncio.create_task(client.get_json("/slow"))
        nap = asyncio.create_task(clock.sleep(5))
        await until(lambda: bool(clock._holds))
        for _ in range(100):
            await asyncio.sleep(0)
        assert clock.now() == START
        server.answer_slow.set()
        assert await task == {"now": START}
        await nap
        assert clock.now() == START + 5
        await client.aclose()


async def test_an_answer_that_never_comes_times_out_on_the_same_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wvatui.kube.stepped.HOLD_GRACE_S", 0.1)
    async with clocked() as (server, clock):
        client = Client(Access(Credentials(server.url)), clock, request_timeout_s=10.0)
        await clock.ready()
        with pytest.raises(ClusterError, match="timed out"):
            await client.get_json("/slow")
        assert clock.now() == START + 10
        await client.aclose()
