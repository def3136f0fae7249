"""A clock for tests whose time passes as soon as all tasks wait: hours take milliseconds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from wvatui.core.events import Event
from wvatui.engine.timeline import Timeline
from wvatui.kube.clock_server import ClockMoment, ClockServer
from wvatui.kube.stepped import SteppedClock

START = 1_788_249_600.0
"""2026-09-01T08:00:00Z."""


class _Seat:
    """A ClockServer without HTTP."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    async def attach(self) -> tuple[float, float]:
        return self._timeline.now, 1.0

    async def advance(self, to: float) -> ClockMoment:
        self._timeline.run_until(to)
        return ClockMoment(self._timeline.now, {})

    async def leave(self) -> None:
        pass


def virtual_wall() -> SteppedClock:
    """In place of a WallClock: what happens in a second does not depend on the machine."""
    return SteppedClock(cast(ClockServer, _Seat(Timeline(START))), START, 1.0, paced=False)


@asynccontextmanager
async def virtual_clock() -> AsyncIterator[tuple[SteppedClock, Timeline]]:
    """A running clock, and its Timeline, on which a test can schedule actions."""
    timeline = Timeline(START)
    clock = SteppedClock(cast(ClockServer, _Seat(timeline)), START, 1.0, paced=False)
    await clock.ready()
    try:
        yield clock, timeline
    finally:
        await clock.aclose()


@asynccontextmanager
async def running(
    run: Callable[[Callable[[Event], None]], Awaitable[None]],
) -> AsyncIterator[list[Event]]:
    """Runs a source; its events are appended to the list. An exception of the source is raised."""
    events: list[Event] = []

    async def main() -> None:
        await run(events.append)

    task = asyncio.create_task(main())
    try:
        yield events
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
