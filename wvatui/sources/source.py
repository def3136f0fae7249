"""What the session knows of a source."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Event, Source

Emit = Callable[[Event], None]


def nowhere(event: Event) -> None:
    """Where a source's events go before it runs."""


async def all_set(events: Iterable[asyncio.Event], clock: Clock, within_s: float) -> None:
    """Return when all of them are set, after `within_s` seconds of the clock at the latest."""
    with suppress(TimeoutError):
        async with clock.timeout(within_s):
            for event in events:
                await event.wait()


class SourceRun(Protocol):
    """Something that yields events until it is cancelled.

    It never ends by itself and never raises for what a cluster may do: it says so in `Source`
    events and tries again.
    """

    name: str
    """Its id in `Source` events."""
    title: str
    ready: asyncio.Event
    """Set when it has seen, or failed to see, all that there is at the moment."""

    async def run(self, emit: Emit) -> None:
        """Work until cancelled."""


class HealthReporter:
    """Emits the health of a source whenever it changes."""

    def __init__(self) -> None:
        self.last: Source | None = None

    def report(self, health: Source, emit: Emit) -> None:
        """Emit `health` where it says anything new: its time alone is no news."""
        if self.last is None or msgspec.structs.replace(self.last, at=health.at) != health:
            self.last = health
            emit(health)
