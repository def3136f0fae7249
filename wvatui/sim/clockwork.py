"""The server's side of the simulated clock: who may let time pass, and how it passes.

With drivers attached, time stands until every one of them has permitted the next moment. Without,
it passes by itself at `speed`, and slows instead of skipping when the machine cannot keep up.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from wvatui.engine.timeline import Timeline

FORGET_S = 10.0
"""Wall seconds of silence after which a driver is gone."""
SLICE_S = 0.02
"""Wall seconds of simulation after which requests get their turn."""
BEAT_S = 0.02
"""Wall seconds between two steps of a clock that runs free."""
BEHIND_S = 0.25
"""Wall seconds that a free clock may be behind and still catch up."""


@dataclass
class Driver:
    """Somebody who lets time pass: up to `permitted`, last heard of at `heard` (wall)."""

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
        """`speed` 0: without drivers time stands. `hold`: it stands until somebody asks."""
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
        """Begin to run, in a task of its own."""
        self._task = asyncio.create_task(self._run(), name="clockwork")

    async def stop(self) -> None:
        """Time passes no more. Whoever waits for a moment is told where it stands."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._drivers.clear()
        await self._tell()

    def touch(self) -> None:
        """Somebody asked the cluster something: a clock that is held goes on."""
        if self._held:
            self._held = False
            self._turn.set()

    # --- drivers ---------------------------------------------------------------------------

    def attach(self) -> Driver:
        """A new driver; it has permitted nothing beyond the present."""
        self._count += 1
        driver = Driver(f"d{self._count}", self.timeline.now, self._wall())
        self._drivers[driver.name] = driver
        self._held = False
        self._turn.set()
        return driver

    def detach(self, name: str) -> None:
        """The driver leaves; nothing happens when it had been forgotten."""
        self._drivers.pop(name, None)
        self._turn.set()

    async def advance(self, name: str, to: float) -> bool:
        """Permit `to`, and wait until the cluster stands there. False: no such driver."""
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
        """Let time pass up to `when`, in slices; requests get their turn between them."""
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
            # A defect in the simulation: say so to everybody who asks, instead of standing still.
            self.failure = error
            self._drivers.clear()
            await self._tell()
            raise

    async def _step(self) -> float:
        """Do what is permitted; wall seconds after which to look again."""
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
