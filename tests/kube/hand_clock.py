"""A clock that the test moves by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

START = 1_788_249_600.0


class HandMeter:
    """Counts what was read of one stream."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.read = 0
        self.closed = False

    def received(self, count: int) -> None:
        self.read += count

    def close(self) -> None:
        self.closed = True


class HandClock:
    """A clock whose time passes only by `advance`, which wakes the sleepers that are due."""

    speed = 1.0

    def __init__(self) -> None:
        self._now = START
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []
        self._asleep: list[tuple[float, asyncio.Future[None]]] = []
        self.holds = 0
        self.meters: list[HandMeter] = []

    def now(self) -> float:
        return self._now

    @property
    def waits_s(self) -> list[float]:
        """The seconds that each sleeper, and each time-out, still has to wait."""
        return sorted(when - self._now for when, woken in self._waiting if not woken.done())

    @property
    def sleeps_s(self) -> list[float]:
        """The seconds that each sleeper still has to wait, without time-outs of requests."""
        return sorted(when - self._now for when, woken in self._asleep if not woken.done())

    def advance(self, seconds: float) -> None:
        self._now += seconds
        for when, woken in self._waiting:
            if when <= self._now and not woken.done():
                woken.set_result(None)
        self._waiting = [(when, woken) for when, woken in self._waiting if not woken.done()]

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = self._alarm(seconds)
        self._asleep.append((self._now + seconds, woken))
        await woken

    def _alarm(self, seconds: float) -> "asyncio.Future[None]":
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._now + seconds, woken))
        return woken

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncIterator[None]:
        if seconds is None:
            yield
            return
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as scope:
            alarm = self._alarm(seconds)

            def ring(done: "asyncio.Future[None]") -> None:
                if not done.cancelled():
                    scope.reschedule(loop.time())

            alarm.add_done_callback(ring)
            try:
                yield
            finally:
                alarm.remove_done_callback(ring)
                alarm.cancel()

    @contextmanager
    def holding(self) -> Iterator[None]:
        self.holds += 1
        try:
            yield
        finally:
            self.holds -= 1

    def stream(self, stream_id: str) -> HandMeter:
        meter = HandMeter(stream_id)
        self.meters.append(meter)
        return meter

    async def ready(self) -> None:
        pass

    async def aclose(self) -> None:
        pass
