"""Time, injected: the wall clock of a real cluster, or the clock that a simulated cluster carries.

Everything above this floor asks a Clock, never `time`: `at`, ages, intervals, time-outs and
`--duration` are all in the clock's seconds. With the wall clock the extra calls do nothing. With a
stepped clock (see `wvatui.kube.stepped`) time passes only when nobody is in the middle of
something: `holding()` says "I am", `stream()` says "I have read this far".
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from typing import Protocol


class StreamMeter(Protocol):
    """How far one long answer (a watch, a followed log) has been read."""

    def received(self, count: int) -> None:
        """`count` more bytes of the body were read *and everything in them was delivered*."""

    def close(self) -> None:
        """End the stream, so that nobody waits for it any more."""


class Clock(Protocol):
    """Seconds, and waiting for them. All times are UTC epoch seconds of this clock."""

    @property
    def speed(self) -> float:
        """The intended pace: clock seconds per wall second; 1 for the wall clock."""

    def now(self) -> float:
        """The present, UTC epoch seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock; 0 or less gives others a turn."""

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[None]:
        """Raise TimeoutError in the block after `seconds` of this clock; None: never."""

    def holding(self) -> AbstractContextManager[None]:
        """While inside, work is under way that belongs to the present moment."""

    def stream(self, stream_id: str) -> StreamMeter:
        """Meter for an opened stream; `stream_id` is what the server named it, or empty."""

    def at_moments_end(self, act: Callable[[], None]) -> bool:
        """Call `act` between this moment and the next; False: this clock has no such moments."""

    def check(self) -> None:
        """Raise the ClusterError that ended this clock; do nothing while it runs."""

    async def ready(self) -> None:
        """Let time begin to pass; the session calls it once, when all objects are listed."""

    async def aclose(self) -> None:
        """Release the clock."""


class _NoMeter:
    def received(self, count: int) -> None:
        pass

    def close(self) -> None:
        pass


_NO_METER = _NoMeter()


class WallClock:
    """The real time. It never goes backwards, even when the system clock is set back."""

    speed = 1.0

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._base = time.time() - time.monotonic()

    def set_back(self, ahead_s: float) -> None:
        """Give the time of another machine, whose clock is `ahead_s` seconds behind this one's.

        Call it before anybody has read this clock: the time may step backwards here.
        """
        self._ahead_s = ahead_s
        self._base = time.time() - ahead_s - time.monotonic()

    def now(self) -> float:
        # A suspended laptop or a corrected clock moves the wall; follow it forwards only.
        wall = time.time() - self._ahead_s
        drift = wall - time.monotonic() - self._base
        if drift > 1.0:
            self._base += drift
        return time.monotonic() + self._base

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncIterator[None]:
        async with asyncio.timeout(seconds):
            yield

    @contextmanager
    def holding(self) -> Iterator[None]:
        yield

    def stream(self, stream_id: str) -> StreamMeter:
        return _NO_METER

    def at_moments_end(self, act: Callable[[], None]) -> bool:
        return False

    def check(self) -> None:
        pass

    async def ready(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class Backoff:
    """How long to wait before trying again: doubles from `first_s` up to `top_s`, clock seconds."""

    def __init__(self, first_s: float = 1.0, top_s: float = 30.0) -> None:
        self._first_s = first_s
        self._top_s = top_s
        self._next_s = first_s

    def next(self) -> float:
        """Seconds to wait now."""
        wait_s, self._next_s = self._next_s, min(self._next_s * 2, self._top_s)
        return wait_s

    def reset(self) -> None:
        """It worked: begin with the shortest wait again."""
        self._next_s = self._first_s


class RetryBell:
    """Ends the waits before retries early, when a person asks for it."""

    def __init__(self) -> None:
        self._waits: set[asyncio.Timeout] = set()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the bell is rung."""
        self._listeners.append(listener)

    def ring(self) -> None:
        """Try again now."""
        for wait in self._waits:
            wait.reschedule(0.0)
        for listener in self._listeners:
            listener()

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait `seconds` of `clock`, or until the bell is rung."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None) as wait:
                self._waits.add(wait)
                try:
                    await clock.sleep(seconds)
                finally:
                    self._waits.discard(wait)
