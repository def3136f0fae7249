"""The client's side of a simulated cluster's clock, on which time passes in steps.

A simulated cluster names the address of its clock in the kubeconfig. A client that watches it
attaches there as a driver; from then on the cluster stands still until every driver has permitted
it to go on. This clock permits the next step when nothing is in progress in this process: no
request is under way, every open stream has been read as far as the server says it wrote, and the
event loop has gone round without any activity. So everything that belongs to one moment is seen at
that moment, however slow the machine is, and the same seed gives the same run.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from wvatui.clock import StreamMeter
from wvatui.errors import ClusterError
from wvatui.kube.clock_server import ClockMoment, ClockServer

HOLD_GRACE_S = 2.0
"""Wall seconds of waiting after which a hold, or a stream that does not move, is no longer waited
for: a request that hangs must not stop the clock that measures its own time-out."""
WAIT_S = 0.02
"""Wall seconds of one wait, and the most that it counts. When this process did not run for longer,
on a suspended or busy machine, answers may be there that nobody has read."""
QUIET_TURNS = 10
"""Turns of the event loop without activity after which a moment is over."""
HEARTBEAT_S = 3.0
"""Wall seconds of silence after which the server gets a sign of life; it forgets a driver after
ten."""
REBASE_S = 0.1
"""Wall seconds of lateness that are caught up with; beyond that the clock falls behind."""


class SteppedClock:
    """A `wvatui.clock.Clock` that advances a simulated cluster step by step.

    `now()` changes only in steps. `failed` is completed with a ClusterError when the server of the
    clock is lost; the time then stays as it is.
    """

    def __init__(
        self,
        server: ClockServer,
        now: float,
        speed: float,
        *,
        paced: bool = True,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        """`server` is already attached; see `attach`."""
        self._server = server
        self._now = now
        self._speed = speed
        self._paced = paced
        self._wall = wall
        self._order = 0
        self._sleepers: list[_Sleeper] = []
        self._waited = 0.0
        """Wall seconds spent waiting for holds and streams."""
        self._holds: dict[int, float] = {}
        self._meters: dict[str, _Meter] = {}
        self._behind: set[_Meter] = set()
        self._fresh = False
        self._activity = 0
        self._changed = asyncio.Event()
        self._is_ready = False
        self._base = (now, wall())
        self._heard = wall()
        self._talking = asyncio.Lock()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._at_moments_end: list[Callable[[], None]] = []
        self._tasks = [
            asyncio.create_task(self._run(self._step), name="clock-driver"),
            asyncio.create_task(self._run(self._keep_alive), name="clock-heartbeat"),
        ]

    @classmethod
    async def attach(
        cls,
        url: str,
        *,
        paced: bool = True,
        speed: float | None = None,
        wall: Callable[[], float] = time.monotonic,
    ) -> "SteppedClock":
        """Become a driver of the clock at `url` (`http://127.0.0.1:PORT`).

        `paced`: follow the wall clock at `speed` (None: the server's); otherwise as fast as it
        goes. Raises ClusterError when nothing answers there.
        """
        server = ClockServer(url)
        try:
            now, own_speed = await server.attach()
        except ClusterError:
            await server.leave()
            raise
        return cls(server, now, speed or own_speed, paced=paced, wall=wall)

    # --- the Clock ------------------------------------------------------------------------

    @property
    def speed(self) -> float:
        """Target speed, clock seconds per wall second."""
        return self._speed

    def now(self) -> float:
        """The cluster's current moment, UTC epoch seconds."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has advanced by `seconds`; 0 or less only gives other tasks a
        turn."""
        if seconds <= 0:
            self._stir()
            await asyncio.sleep(0)
            return
        woken = asyncio.Event()
        sleeper = self._call_at(self._now + seconds, woken.set)
        try:
            await woken.wait()
        finally:
            sleeper.cancelled = True

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncIterator[None]:
        """Raise TimeoutError inside the block after `seconds` of this clock; None: never."""
        if seconds is None:
            yield
            return
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as scope:
            sleeper = self._call_at(self._now + seconds, lambda: scope.reschedule(loop.time()))
            try:
                yield
            finally:
                sleeper.cancelled = True

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keep time from passing inside the block (for at most `HOLD_GRACE_S` of waiting)."""
        self._order += 1
        hold = self._order
        self._holds[hold] = self._waited
        self._stir()
        try:
            yield
        finally:
            del self._holds[hold]
            self._stir()

    def stream(self, stream_id: str) -> StreamMeter:
        """A meter of an opened stream; its bytes are waited for when the server knows the name."""
        self._order += 1
        meter = _Meter(self, stream_id or f"unnamed {self._order}")
        if stream_id:
            if (before := self._meters.get(stream_id)) is not None:
                self._behind.discard(before)
            self._meters[stream_id] = meter
            self._fresh = True
        self._stir()
        return meter

    def at_moments_end(self, act: Callable[[], None]) -> bool:
        """Call `act` when the present moment is over, before the next begins; True: it will be
        called.

        So events of several streams in one moment can be collected and put in a fixed order.
        """
        self._at_moments_end.append(act)
        return True

    def check(self) -> None:
        """Raise the ClusterError with which the clock's server was lost; nothing otherwise."""
        if self.failed.done():
            self.failed.result()

    async def ready(self) -> None:
        """Let time begin to pass, as everything is listed."""
        self._is_ready = True
        self._base = (self._now, self._wall())
        self._stir()

    async def aclose(self) -> None:
        """Stop driving and tell the server so. Safe to call twice."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.leave()
        if not self.failed.done():
            self.failed.cancel()

    # --- who waits, who works -------------------------------------------------------------

    def _call_at(self, when: float, action: Callable[[], object]) -> "_Sleeper":
        self._order += 1
        sleeper = _Sleeper(when, self._order, action)
        heapq.heappush(self._sleepers, sleeper)
        self._stir()
        return sleeper

    def _stir(self) -> None:
        self._activity += 1
        self._changed.set()

    def _earliest(self) -> float | None:
        while self._sleepers and self._sleepers[0].cancelled:
            heapq.heappop(self._sleepers)
        return self._sleepers[0].when if self._sleepers else None

    def _wake_due(self) -> None:
        """Wake the sleepers that are due, in order of their time, then in the order they went to
        sleep."""
        while (when := self._earliest()) is not None and when <= self._now:
            sleeper = heapq.heappop(self._sleepers)
            sleeper.cancelled = True
            sleeper.action()
            self._activity += 1

    def _must_wait(self) -> bool:
        """Whether a hold or a stream must still be waited for."""
        since = [*self._holds.values(), *(meter.moved for meter in self._behind)]
        return any(self._waited - at < HOLD_GRACE_S for at in since)

    async def _settle(self) -> None:
        """Return when all work of the present moment has been done."""
        quiet = 0
        while quiet < QUIET_TURNS:
            self._changed.clear()
            if self._must_wait():
                quiet = 0
                begun = self._wall()
                await self._wait_changed(WAIT_S)
                self._waited += min(self._wall() - begun, WAIT_S)
                continue
            before = self._activity
            await asyncio.sleep(0)
            quiet = quiet + 1 if self._activity == before else 0

    async def _wait_changed(self, wall_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wall_s):
                await self._changed.wait()

    # --- the driver -----------------------------------------------------------------------

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            while not self.failed.done():
                await work()
        except ClusterError as error:
            if not self.failed.done():
                self.failed.set_exception(error)
                self.failed.exception()  # marked as seen: the code that ends the session reads it

    async def _step(self) -> None:
        await self._settle()
        if self._fresh:
            # Bytes that a new stream already holds belong to this moment: learn how many there are.
            self._fresh = False
            await self._advance(self._now)
            return
        before = self._activity
        for callback in self._at_moments_end:
            callback()
        if self._activity != before:
            return
        when = self._earliest() if self._is_ready else None
        wait_s = HEARTBEAT_S if when is None else self._early_by(when)
        if when is None or wait_s > 0:
            self._changed.clear()
            await self._wait_changed(wait_s)
            return
        if when > self._now:
            await self._advance(when)
            await self._settle()
        self._wake_due()

    def _early_by(self, when: float) -> float:
        """Wall seconds to wait before the step to `when`; re-bases when the machine has fallen
        behind."""
        if not self._paced or self._speed <= 0:
            return 0.0
        start, wall_start = self._base
        wall = self._wall()
        early = wall_start + (when - start) / self._speed - wall
        if early < -REBASE_S:
            self._base = (when, wall)
        return early

    async def _advance(self, to: float) -> None:
        # Streams may deliver before the answer arrives, and their bytes belong to `to`.
        before, self._now = self._now, to
        try:
            moment = await self._ask(to)
        except ClusterError:
            self._now = before
            raise
        if moment is None:
            self._now = before
            await self._attach_again()
            return
        self._now = max(self._now, moment.now)
        for name, meter in self._meters.items():
            meter.expect(moment.streams.get(name))

    async def _ask(self, to: float) -> ClockMoment | None:
        async with self._talking:
            moment = await self._server.advance(to)
            self._heard = self._wall()
            return moment

    async def _attach_again(self) -> None:
        """Attach again after the server forgot this driver (a suspended machine), at the cluster's
        current moment."""
        now, _ = await self._server.attach()
        self._now = max(self._now, now)
        self._base = (self._now, self._wall())
        self._fresh = bool(self._meters)

    async def _keep_alive(self) -> None:
        """Send the server a sign of life while no other request does."""
        await asyncio.sleep(HEARTBEAT_S / 2)
        if self._wall() - self._heard >= HEARTBEAT_S and not self._talking.locked():
            await self._ask(self._now)  # the next step finds out if this driver was forgotten


class _Sleeper:
    """One task that waits for a moment."""

    __slots__ = ("action", "cancelled", "order", "when")

    def __init__(self, when: float, order: int, action: Callable[[], object]) -> None:
        self.when = when
        self.order = order
        self.action = action
        self.cancelled = False

    def __lt__(self, other: "_Sleeper") -> bool:
        return (self.when, self.order) < (other.when, other.order)


class _Meter:
    """How many bytes of one stream were read, compared with how many were written."""

    def __init__(self, clock: SteppedClock, name: str) -> None:
        self._clock = clock
        self._name = name
        self._read = 0
        self._written = 0
        self.moved = clock._waited

    def expect(self, written: int | None) -> None:
        """Note that the server has written `written` bytes; None: the stream is over, or not the
        server's."""
        if written is not None and written > self._written:
            if self._read >= self._written:
                self.moved = self._clock._waited
            self._written = written
            if self._read < written:
                self._clock._behind.add(self)

    def received(self, count: int) -> None:
        self._read += count
        if self._read >= self._written:
            self._clock._behind.discard(self)
        self.moved = self._clock._waited
        self._clock._stir()

    def close(self) -> None:
        if self._clock._meters.get(self._name) is self:
            del self._clock._meters[self._name]
        self._clock._behind.discard(self)
        self._clock._stir()
