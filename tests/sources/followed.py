"""Follows a controller's log in virtual time, from pods in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from tests.sources.fake_logs import FakeLogs, FakePod
from tests.sources.virtual import START, running, virtual_clock
from wvatui.core.events import Event, Log
from wvatui.kube.client import Client
from wvatui.kube.stepped import SteppedClock
from wvatui.sources.log.controller_log import ControllerLog, Controllers


@dataclass
class Scene:
    """A source that follows a controller's log, with its pods and clock."""

    clock: SteppedClock
    api: FakeLogs
    controllers: Controllers
    events: list[Event]
    source: ControllerLog

    @property
    def lines(self) -> list[str]:
        return [event.line for event in self.events if isinstance(event, Log)]

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def at(self, seconds: float, action: Any, *args: Any, **more: Any) -> None:
        """Call `action` `seconds` after the start."""
        self.api.timeline.call_at(START + seconds, lambda: action(*args, **more))

    async def until(self, seconds: float) -> None:
        await self.clock.sleep(START + seconds - self.clock.now())


@asynccontextmanager
async def following(*pods: str, holder: str = "ctl-a", **options: Any) -> AsyncIterator[Scene]:
    async with virtual_clock() as (clock, timeline):
        api = FakeLogs(timeline, clock.now)
        api.pods = {name: FakePod() for name in pods or ("ctl-a",)}
        scene = Scene(clock, api, Controllers("wva", tuple(api.pods), holder), [], None)  # type: ignore[arg-type]
        scene.source = ControllerLog(cast(Client, api), clock, lambda: scene.controllers, **options)
        async with running(scene.source.run) as scene.events:
            yield scene


def chatter(scene: Scene, pod: str, first: int, last: int, step: float = 1.0) -> None:
    """`pod` prints a line every `step` seconds; every third line twice, the text repeats."""
    for n in range(int((last - first) / step)):
        at = first + n * step + 0.25
        scene.at(at, scene.api.write, pod, "cycle done", repeat=2 if n % 3 == 0 else 1)
