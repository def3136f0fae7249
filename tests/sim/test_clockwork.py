"""Drivers of simulated time, and how far each may advance it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.sim.small import START, asked
from tests.waiting import until
from wvatui.engine.timeline import Timeline
from wvatui.sim.clockwork import FORGET_S, Clockwork


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[tuple[Clockwork, Timeline]]:
    timeline = Timeline(START)
    clockwork = Clockwork(timeline, **options)
    await clockwork.start()
    try:
        yield clockwork, timeline
    finally:
        await clockwork.stop()


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_time_stands_until_every_driver_permits_it() -> None:
    async with running(speed=0.0) as (clockwork, timeline):
        first, second = clockwork.attach(), clockwork.attach()
        task = asyncio.create_task(clockwork.advance(first.name, START + 10))
        await turns()
        assert timeline.now == START
        assert await clockwork.advance(second.name, START + 4)
        assert timeline.now == START + 4
        assert not task.done()
        clockwork.detach(second.name)
        assert await task
        assert timeline.now == START + 10


async def test_what_is_due_happens_in_order_and_is_flushed_before_the_answer() -> None:
    async with running(speed=0.0) as (clockwork, timeline):
        happened: list[str] = []
        clockwork.flush = lambda: happened.append("flush")
        timeline.call_at(START + 2, lambda: happened.append("two"))
        timeline.call_at(START + 1, lambda: happened.append("one"))
        timeline.call_at(START + 5.5, lambda: happened.append("later"))
        driver = clockwork.attach()
        assert await clockwork.advance(driver.name, START + 5)
        assert [word for word in happened if word != "flush"] == ["one", "two"]
        assert happened[-1] == "flush"


async def test_a_driver_that_is_not_heard_of_any_more_holds_up_nobody() -> None:
    wall = Wall()
    async with running(speed=0.0, wall=wall) as (clockwork, timeline):
        silent, driver = clockwork.attach(), clockwork.attach()
        task = asyncio.create_task(clockwork.advance(driver.name, START + 1))
        await turns()
        assert not task.done()
        wall.now += FORGET_S + 1
        clockwork.detach("nobody")  # wakes it
        assert await task
        assert timeline.now == START + 1
        assert await clockwork.advance(silent.name, START + 2) is False


async def test_a_driver_that_waits_is_not_forgotten() -> None:
    wall = Wall()
    async with running(speed=0.0, wall=wall) as (clockwork, _):
        waiting, slow = clockwork.attach(), clockwork.attach()
        task = asyncio.create_task(clockwork.advance(waiting.name, START + 1))
        await turns()
        wall.now += FORGET_S + 1
        slow.heard = wall.now
        clockwork.detach("nobody")
        await turns()
        assert await clockwork.advance(slow.name, START + 1)
        assert await task


async def test_without_drivers_time_passes_at_its_speed() -> None:
    async with running(speed=1000.0) as (_, timeline):
        await until(lambda: timeline.now > START + 50)


async def test_a_clock_that_is_held_begins_with_the_first_question() -> None:
    async with running(speed=1000.0, hold=True) as (clockwork, timeline):
        await turns(200)
        assert timeline.now == START
        clockwork.touch()
        await until(lambda: timeline.now > START)


async def test_a_machine_that_is_too_slow_slows_time_and_skips_nothing() -> None:
    wall = Wall()
    timeline = Timeline(START)
    clockwork = Clockwork(timeline, speed=10.0, wall=wall)
    seen: list[float] = []

    def work() -> None:
        seen.append(timeline.now)
        wall.now += 1.0  # one second of work per simulated second, ten times too much

    for second in range(1, 61):
        timeline.call_at(START + second, work)
    await clockwork._step()
    for _ in range(40):
        wall.now += 0.02
        await clockwork._step()
    # It falls behind, but skips nothing and never runs ahead.
    assert seen == [START + second for second in range(1, len(seen) + 1)]
    assert len(seen) >= 10
    assert timeline.now - START <= len(seen) + 1


async def test_a_simulation_that_breaks_says_so_to_whoever_waits() -> None:
    timeline = Timeline(START)
    clockwork = Clockwork(timeline, speed=0.0)
    await clockwork.start()
    timeline.call_at(START + 1, lambda: [][0])
    driver = clockwork.attach()
    assert await clockwork.advance(driver.name, START + 2) is False
    assert isinstance(clockwork.failure, IndexError)
    await clockwork.stop()


async def test_the_protocol_over_http() -> None:
    async with asked() as here:
        assert await here.json("/wvatui/clock") == {"now": START, "speed": 0.0}
        made = (await here.http.post("/wvatui/clock/drivers")).json()
        assert (made["now"], made["speed"]) == (START, 0.0)
        moved = await here.advance(made["id"], START + 2.5)
        assert moved == {"now": START + 2.5, "streams": {}}
        assert (await here.http.delete(f"/wvatui/clock/drivers/{made['id']}")).status_code == 200
        body = {"driver": made["id"], "to": START + 3}
        gone = await here.http.post("/wvatui/clock/advance", json=body)
        assert (gone.status_code, gone.json()) == (404, {"error": "no such driver"})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"to": "x"}', b'{"to": 1e15}'])
async def test_a_moment_that_cannot_be_is_refused(body: bytes) -> None:
    async with asked() as here:
        answer = await here.http.post("/wvatui/clock/advance", content=body)
        assert answer.status_code == 400
        assert here.cluster.timeline.now == START
