"""Following the log of a job's pod: retries with growing waits, and a short one after a success."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

from tests.sources.virtual import START, virtual_clock
from wvatui.clock import Clock
from wvatui.errors import ClusterError
from wvatui.kube.client import Client
from wvatui.load.read.job_log import KeptLog, follow_log
from wvatui.load.read.progress import LogTrouble

NO = ClusterError("connection refused")


class Streams:
    """A client whose streams fail, or return some bytes and end, in turn; the last one waits."""

    def __init__(self, clock: Clock, *turns: Exception | bytes) -> None:
        self._clock, self._turns = clock, list(turns)
        self.opened_s: list[float] = []

    @asynccontextmanager
    async def stream(
        self, path: str, params: Mapping[str, str], idle_s: float | None = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.opened_s.append(self._clock.now() - START)
        turn = self._turns.pop(0) if self._turns else None
        if isinstance(turn, Exception):
            raise turn

        async def chunks() -> AsyncIterator[bytes]:
            if turn is None:
                await asyncio.Event().wait()
            else:
                yield turn

        yield chunks()


async def opened(*turns: Exception | bytes) -> tuple[list[float], list[str]]:
    """The times of the requests for the log, seconds after the start, and the reported errors."""
    told: list[str] = []
    async with virtual_clock() as (clock, _):
        client = Streams(clock, *turns)

        async def follow() -> None:
            log = KeptLog(None)
            async for found in follow_log(
                cast(Client, client), clock, "ns", "pod", "main", log, is_over=lambda: False
            ):
                told.extend(one.text for one in found if isinstance(one, LogTrouble))

        task = asyncio.create_task(follow())
        await clock.sleep(600.0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return client.opened_s, told


async def test_a_log_that_cannot_be_read_is_asked_for_at_least_twice_a_minute() -> None:
    times, told = await opened(*[NO] * 8)
    assert times == [0, 1, 3, 7, 15, 31, 61, 91, 121]
    assert told == ["cannot be read (connection refused); tried again"]


async def test_after_something_was_read_the_waits_begin_with_the_shortest() -> None:
    times, _ = await opened(*[NO] * 6, b"a line\n", NO, NO)
    assert times == [0, 1, 3, 7, 15, 31, 61, 62, 64, 68]
