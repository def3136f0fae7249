"""The stepped clock advances a simulated cluster: nothing is skipped, and nothing is early."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from tests.sim.small import PLAIN
from wvatui.engine.timeline import Timeline
from wvatui.errors import ClusterError
from wvatui.kube.stepped import SteppedClock

START = 1_788_249_600.0


class ClockedServer:
    """A server of the clock protocol around a Timeline, with one stream and one slow answer."""

    def __init__(self) -> None:
        self.timeline = Timeline(START)
        self.permitted: list[float] = []
        self.drivers: set[str] = set()
        self.left: list[str] = []
        self.written: dict[str, int] = {}
        self.pending: dict[str, list[bytes]] = {}
        self.streams: dict[str, web.StreamResponse] = {}
        self.answer_slow = asyncio.Event()
        self.url = ""

    def write(self, text: str) -> None:
        for name in self.streams:
            self.pending.setdefault(name, []).append(text.encode())

    async def attach(self, request: web.Request) -> web.Response:
        name = f"d{len(self.drivers) + len(self.left) + 1}"
        self.drivers.add(name)
        return web.json_response({"id": name, "now": self.timeline.now, "speed": 20})

    async def advance(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["driver"] not in self.drivers:
            return web.json_response({}, status=404)
        if body["to"] > self.timeline.now:
            self.permitted.append(body["to"] - START)
        self.timeline.run_until(body["to"])
        for name, chunks in self.pending.items():
            for chunk in chunks:
                await self.streams[name].write(chunk)
                self.written[name] = self.written.get(name, 0) + len(chunk)
            chunks.clear()
        return web.json_response({"now": self.timeline.now, "streams": self.written})

    async def leave(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        self.drivers.discard(name)
        self.left.append(name)
        return web.json_response({})

    async def follow(self, request: web.Request) -> web.StreamResponse:
        name = f"s{len(self.streams) + 1}"
        answer = web.StreamResponse(headers={"x-wvatui-stream": name})
        await answer.prepare(request)
        self.streams[name] = answer
        for chunk in (b"history 1\n", b"history 2\n"):
            await answer.write(chunk)
            self.written[name] = self.written.get(name, 0) + len(chunk)
        await asyncio.Event().wait()
        return answer

    async def slow(self, request: web.Request) -> web.Response:
        await self.answer_slow.wait()
        return web.json_response({"now": self.timeline.now})


@asynccontextmanager
async def served() -> AsyncIterator[ClockedServer]:
    server = ClockedServer()
    app = web.Application()
    app.router.add_post("/wvatui/clock/drivers", server.attach)
    app.router.add_post("/wvatui/clock/advance", server.advance)
    app.router.add_delete("/wvatui/clock/drivers/{id}", server.leave)
    app.router.add_get("/follow", server.follow)
    app.router.add_get("/slow", server.slow)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def clocked(
    *, paced: bool = False, wall: Callable[[], float] = time.monotonic
) -> AsyncIterator[tuple[ClockedServer, SteppedClock]]:
    async with served() as server:
        clock = await SteppedClock.attach(server.url, paced=paced, wall=wall)
        try:
            yield server, clock
        finally:
            await clock.aclose()


async def test_time_stands_still_until_everything_is_listed() -> None:
    async with clocked() as (server, clock):
        nap = asyncio.create_task(clock.sleep(5))
        async with httpx.AsyncClient(
            base_url=server.url, trust_env=False, verify=PLAIN, timeout=120.0
        ) as client:
            server.answer_slow.set()
            for _ in range(20):
                assert (await client.get("/slow")).json() == {"now": START}
        assert clock.now() == START
        await clock.ready()
        await nap
        assert clock.now() == START + 5


async def test_sleepers_wake_in_order_of_time_and_then_of_lying_down() -> None:
    async with clocked() as (server, clock):
        woken: list[tuple[str, float]] = []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append((name, clock.now() - START))

        async with asyncio.TaskGroup() as group:
            for name, seconds in (("a", 3.0), ("b", 1.0), ("c", 3.0), ("d", 2.5), ("e", 0.0)):
                group.create_task(sleeper(name, seconds))
            await clock.ready()
        assert woken == [("e", 0.0), ("b", 1.0), ("d", 2.5), ("a", 3.0), ("c", 3.0)]
        assert server.permitted == [1.0, 2.5, 3.0]


async def test_a_sleeper_that_was_cancelled_is_no_reason_to_step() -> None:
    async with clocked() as (server, clock):
        early = asyncio.create_task(clock.sleep(1))
        late = asyncio.create_task(clock.sleep(2))
        await asyncio.sleep(0)
        early.cancel()
        await clock.ready()
        await late
        assert server.permitted == [2.0]


async def run_once(lag: float) -> list[tuple[float, str]]:
    """(when, what) a slow reader receives from a server that logs every 0.7 s."""
    seen: list[tuple[float, str]] = []
    opened = asyncio.Event()
    async with clocked() as (server, clock):
        server.timeline.every(0.7, lambda: server.write(f"at {server.timeline.now}\n"), first=0.7)

        async def follow(client: httpx.AsyncClient) -> None:
            async with client.stream("GET", "/follow") as answer:
                meter = clock.stream(answer.headers["x-wvatui-stream"])
                opened.set()
                async for chunk in answer.aiter_raw():
                    await asyncio.sleep(lag)
                    seen.extend((clock.now() - START, line) for line in chunk.decode().split("\n"))
                    meter.received(len(chunk))

        async def poll() -> None:
            while True:
                await clock.sleep(2)
                with clock.holding():
                    await asyncio.sleep(lag)
                    seen.append((clock.now() - START, "poll"))

        async with httpx.AsyncClient(
            base_url=server.url, trust_env=False, verify=PLAIN, timeout=120.0
        ) as client:
            tasks = [asyncio.create_task(follow(client)), asyncio.create_task(poll())]
            await opened.wait()
            await clock.ready()
            await clock.sleep(20.5)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return [(at, text) for at, text in seen if text]


async def test_a_slow_reader_sees_the_same_things_at_the_same_moments_as_a_fast_one() -> None:
    fast = await run_once(0.0)
    slow = await run_once(0.01)
    assert fast == slow
    assert fast[:2] == [(0.0, "history 1"), (0.0, "history 2")]
    assert len([text for _, text in fast if text == "poll"]) == 10
    assert len([text for _, text in fast if text.startswith("at")]) == 29


async def test_a_request_that_hangs_lets_time_go_on_and_its_time_out_fire(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wvatui.kube.stepped.HOLD_GRACE_S", 0.3)
    async with clocked() as (server, clock):

        async def hung(client: httpx.AsyncClient) -> None:
            with clock.holding():
                async with clock.timeout(10):
                    await client.get("/slow")

        clock._waited = 1e9  # after years of waiting; a tiny wait adds nothing to such a sum
        await clock.ready()
        async with httpx.AsyncClient(
            base_url=server.url, trust_env=False, verify=PLAIN, timeout=120.0
        ) as client:
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await hung(client)
        assert clock.now() == START + 10
        assert time.monotonic() - begun >= 0.27  # the answer was waited for


async def test_a_machine_that_was_suspended_gives_up_no_request() -> None:
    wall = 0.0
    async with clocked(wall=lambda: wall) as (_, clock):
        await clock.ready()
        with clock.holding():
            nap = asyncio.create_task(clock.sleep(1))
            await asyncio.sleep(0)
            wall += 100.0
            clock._stir()
            for _ in range(50):
                await asyncio.sleep(0)
            assert clock.now() == START
        await nap
        assert clock.now() == START + 1


async def test_a_time_out_that_is_not_needed_passes_no_time() -> None:
    async with clocked() as (_, clock):
        await clock.ready()
        async with clock.timeout(3):
            await clock.sleep(1)
        async with clock.timeout(None):
            await clock.sleep(1)
        assert clock.now() == START + 2


async def test_pacing_follows_the_wall_and_slows_instead_of_skipping() -> None:
    wall = 0.0
    async with clocked(paced=True, wall=lambda: wall) as (server, clock):
        ticks: list[float] = []

        async def tick() -> None:
            while True:
                await clock.sleep(1)
                ticks.append(clock.now() - START)

        async def wait_for(count: int) -> None:
            async with asyncio.timeout(120):
                while len(ticks) < count:
                    clock._stir()
                    await asyncio.sleep(0.001)

        async def stays(count: int) -> None:
            for _ in range(50):
                clock._stir()
                await asyncio.sleep(0.0005)
            assert len(ticks) == count

        task = asyncio.create_task(tick())
        await clock.ready()
        await stays(0)
        wall = 0.051  # one clock second at speed 20
        await wait_for(1)
        await stays(1)
        wall = 10.0  # the machine was busy for 200 clock seconds
        await wait_for(2)
        await stays(2)  # the clock does not catch up with the rest
        wall = 10.11
        await wait_for(4)
        await stays(4)
        assert ticks == [1.0, 2.0, 3.0, 4.0]
        assert server.permitted == ticks
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_lost_server_keeps_the_last_time_and_is_told_once() -> None:
    async with served() as server:
        clock = await SteppedClock.attach(server.url, paced=False)
        await clock.ready()
        await clock.sleep(3)
    nap = asyncio.create_task(clock.sleep(1))
    async with asyncio.timeout(120):
        with pytest.raises(ClusterError, match="clock is gone"):
            await asyncio.shield(clock.failed)
    assert clock.now() == START + 3
    assert not nap.done()
    nap.cancel()
    await asyncio.gather(nap, return_exceptions=True)
    await clock.aclose()


async def test_a_server_that_forgot_the_driver_is_joined_again() -> None:
    async with clocked() as (server, clock):
        await clock.ready()
        await clock.sleep(1)
        server.drivers.clear()
        await clock.sleep(2)
        assert clock.now() == START + 3
        assert len(server.drivers) == 1


async def test_closing_gives_up_the_seat() -> None:
    async with served() as server:
        clock = await SteppedClock.attach(server.url, paced=False)
        assert clock.speed == 20
        await clock.aclose()
        await clock.aclose()
        assert server.left == ["d1"]


async def test_nothing_behind_the_address_is_one_clear_error() -> None:
    with pytest.raises(ClusterError, match="clock is gone"):
        await SteppedClock.attach("http://127.0.0.1:9", paced=False)


async def test_what_one_moment_brought_can_be_put_in_order_before_the_next() -> None:
    async with clocked() as (_, clock):
        inbox: list[str] = []
        moments: list[tuple[float, list[str]]] = []

        def flush() -> None:
            if inbox:
                moments.append((clock.now() - START, sorted(inbox)))
                inbox.clear()

        assert clock.at_moments_end(flush)

        async def source(name: str, turns: int) -> None:
            for _ in range(3):
                await clock.sleep(1)
                for _ in range(turns):
                    await asyncio.sleep(0)
                inbox.append(name)

        async with asyncio.TaskGroup() as group:
            group.create_task(source("b", 0))
            group.create_task(source("a", 4))
            await clock.ready()
        await clock.sleep(1)
        assert moments == [(1.0, ["a", "b"]), (2.0, ["a", "b"]), (3.0, ["a", "b"])]
