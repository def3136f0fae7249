"""The interface of a source, and the report of its health."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Event, Source

Emit = Callable[[Event], None]


def nowhere(event: Event) -> None:
    """Where a source's events go before it runs: nowhere."""


async def all_set(events: Iterable[asyncio.Event], clock: Clock, within_s: float) -> None:
    """Return when all of them are set, or after `within_s` clock seconds."""
    with suppress(TimeoutError):
        async with clock.timeout(within_s):
            for event in events:
                await event.wait()


class SourceRun(Protocol):
    """A source that emits events until it is cancelled.

    It never ends by itself and never raises for an error that a cluster may cause: it reports the
    error in `Source` events and tries again.
    """

    name: str
    """Its id in `Source` events."""
    title: str
    ready: asyncio.Event
    """Set once it has read, or failed to read, everything that exists at the moment."""

    async def run(self, emit: Emit) -> None:
        """Work until cancelled."""


class HealthReporter:
    """Emits the health of a source whenever it changes."""

    def __init__(self) -> None:
        self.last: Source | None = None

    def report(self, health: Source, emit: Emit) -> None:
        """Emit `health` where it says anything new; a new time alone does not count."""
        if self.last is None or msgspec.structs.replace(self.last, at=health.at) != health:
            self.last = health
            emit(health)
