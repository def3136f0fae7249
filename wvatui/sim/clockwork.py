"""The server's side of the simulated clock: its drivers, and how time passes.

With drivers attached, time stands still until every one of them has permitted the next moment.
Without, it passes by itself at `speed`, and slows down instead of skipping when the machine cannot
keep up.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from wvatui.engine.timeline import Timeline

FORGET_S = 10.0
"""Wall seconds of silence after which a driver is forgotten."""
SLICE_S = 0.02
"""Wall seconds of simulation after which requests get their turn."""
BEAT_S = 0.02
"""Wall seconds between two steps of a clock without drivers."""
BEHIND_S = 0.25
"""Wall seconds that a clock without drivers may lag and still catch up."""


@dataclass
class Driver:
    """A client that lets time pass up to `permitted`; last heard from at `heard` (wall seconds)."""

    name: str
    permitted: float
    heard: float
    waiting: int = field(default=0)


class Clockwork:
    """Runs the timeline. `flush` is called after each piece of it, in the loop's thread."""

    def __init__(
        self,
        timeline: Timeline,
        *,
        speed: float = 1.0,
        hold: bool = False,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        """`speed` 0: without drivers time stands still. `hold`: it stands still until the first
        request."""
        self.timeline = timeline
        self.speed = speed
        self.flush: Callable[[], None] = lambda: None
        self._held = hold
        self._wall = wall
        self._drivers: dict[str, Driver] = {}
        self._count = 0
        self._moved = asyncio.Condition()
        self._turn = asyncio.Event()
        self._running = asyncio.Lock()
        self._base: tuple[float, float] | None = None
        self._task: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start running, in a task of its own."""
        self._task = asyncio.create_task(self._run(), name="clockwork")

    async def stop(self) -> None:
        """Stop time. Callers that wait for a moment get the present one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._drivers.clear()
        await self._tell()

    def touch(self) -> None:
        """Note a request to the cluster, which releases a clock that is held."""
        if self._held:
            self._held = False
            self._turn.set()

    # --- drivers ---------------------------------------------------------------------------

    def attach(self) -> Driver:
        """A new driver; it permits nothing beyond the present."""
        self._count += 1
        driver = Driver(f"d{self._count}", self.timeline.now, self._wall())
        self._drivers[driver.name] = driver
        self._held = False
        self._turn.set()
        return driver

    def detach(self, name: str) -> None:
        """Remove a driver; nothing happens when it was already forgotten."""
        self._drivers.pop(name, None)
        self._turn.set()

    async def advance(self, name: str, to: float) -> bool:
        """Permit `to`, and wait until the cluster has reached it. False: no such driver."""
        driver = self._drivers.get(name)
        if driver is None:
            return False
        driver.heard = self._wall()
        driver.permitted = max(driver.permitted, to)
        driver.waiting += 1
        self._turn.set()
        try:
            async with self._moved:
                await self._moved.wait_for(
                    lambda: self.timeline.now >= to or self._drivers.get(name) is not driver
                )
        finally:
            driver.waiting -= 1
            driver.heard = self._wall()
        return self._drivers.get(name) is driver

    async def run_to(self, when: float) -> None:
        """Run up to `when`, in slices; requests are handled between them."""
        async with self._running:
            while self.timeline.now < when:
                self._slice(when)
                self.flush()
                await self._tell()
                await asyncio.sleep(0)

    # --- inside ----------------------------------------------------------------------------

    def _slice(self, when: float) -> None:
        ends = self._wall() + SLICE_S
        while True:
            due = self.timeline.next_at()
            if due is None or due > when:
                self.timeline.run_until(when)
                return
            self.timeline.run_until(due)
            if self._wall() >= ends:
                return

    async def _run(self) -> None:
        try:
            while True:
                self._turn.clear()
                self._forget_silent()
                wait_s = await self._step()
                if wait_s > 0:
                    await self._wait(wait_s)
        except Exception as error:
            # A defect in the simulation: report it to every caller, instead of standing still.
            self.failure = error
            self._drivers.clear()
            await self._tell()
            raise

    async def _step(self) -> float:
        """Run what is permitted; returns the wall seconds after which to look again."""
        if self._drivers:
            self._base = None
            target = min(driver.permitted for driver in self._drivers.values())
            if target > self.timeline.now:
                await self.run_to(target)
                return 0.0
            return 1.0
        if self._held or self.speed <= 0:
            self._base = None
            return 1.0
        return await self._run_free()

    async def _run_free(self) -> float:
        wall = self._wall()
        if self._base is None:
            self._base = (self.timeline.now, wall)
            return BEAT_S
        start, wall_start = self._base
        target = start + (wall - wall_start) * self.speed
        async with self._running:
            self._slice(target)
            self.flush()
        if target - self.timeline.now > BEHIND_S * self.speed:
            self._base = (self.timeline.now, self._wall())
        await self._tell()
        await asyncio.sleep(0)
        return BEAT_S if self.timeline.now >= target else 0.0

    def _forget_silent(self) -> None:
        now = self._wall()
        for name, driver in list(self._drivers.items()):
            if not driver.waiting and now - driver.heard > FORGET_S:
                del self._drivers[name]

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def _wait(self, wall_s: float) -> None:
        try:
            async with asyncio.timeout(wall_s):
                await self._turn.wait()
        except TimeoutError:
            pass
