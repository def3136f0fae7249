"""The real app on a buffer in place of a terminal, shown one State after another, with times."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.drivers.headless_driver import HeadlessDriver

from wvatui.core.state.state import State
from wvatui.host.collecting import short_pauses
from wvatui.session.base import Capabilities, Session, SessionStatus
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.theme import load

SETTLED_S = 0.08


class Sink(HeadlessDriver):
    """A terminal that keeps the times and the text of the last writes."""

    last_write = 0.0
    last_cpu = 0.0
    text = ""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Sink.last_write, Sink.last_cpu = time.perf_counter(), time.process_time()
        Sink.text = (Sink.text + data)[-200_000:]


class Stills(Session):
    """A live session that shows the States that it is given."""

    capabilities = Capabilities(can_record=True, can_go_back=True, ends=True)

    def __init__(self) -> None:
        super().__init__()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        await self._ended.wait()

    def stop(self, reason: str) -> None:
        self._ended.set()

    def mark(self, note: str) -> None:
        """Do nothing: marks are not needed here."""

    def give(self, state: State) -> None:
        """Show `state`."""
        self.latest = state
        self.tell()

    @property
    def status(self) -> SessionStatus:
        return SessionStatus(
            live=True,
            playing=True,
            speed=1.0,
            shown_at=self.state.now,
            started_at=self.latest.first_at,
            ended_at=self.latest.now,
            recording=Path("run.jsonl"),
            recording_bytes=1_000_000,
            recording_state="recording",
            frozen=self._frozen,
        )


@asynccontextmanager
async def shown(state: State, size: tuple[int, int]) -> AsyncIterator[tuple[WvatuiApp, Stills]]:
    """The app with its session, once `state` is drawn; it ends when the block does."""
    session = Stills()
    app = WvatuiApp(session, palette=load(""), ascii_only=False)
    app.driver_class = Sink
    session.latest = session.state = state
    with short_pauses():
        running = asyncio.create_task(app.run_async(headless=False, size=size, mouse=False))
        try:
            while app.vm is None or not app.painter.idle:
                await asyncio.sleep(0.05)
            yield app, session
        finally:
            session.stop("bench")
            app.exit()
            await running


async def redraw(app: WvatuiApp, session: Stills, state: State) -> tuple[float, float]:
    """From the new State to the last byte of it: milliseconds, and those of the processor."""
    begin, cpu = time.perf_counter(), time.process_time()
    session.give(state)
    while True:
        await asyncio.sleep(0.002)
        drawn = app.vm is not None and app.vm.state is state and app.painter.idle
        since = time.perf_counter() - Sink.last_write
        if drawn and Sink.last_write > begin and since > SETTLED_S:
            return (Sink.last_write - begin) * 1000, (Sink.last_cpu - cpu) * 1000


def row(name: str, took: list[tuple[float, float]], reach: float) -> dict[str, object]:
    """A row of the table of redraws."""
    wall, cpu = (list(each) for each in zip(*took, strict=True))
    return {
        "name": name,
        "value": p95(wall),
        "unit": "ms",
        "reach": reach,
        "median": median(wall),
        "cpu_p95": p95(cpu),
        "cpu_median": median(cpu),
    }


def p95(values: list[float]) -> float:
    """The 95th percentile, to a tenth."""
    return round(sorted(values)[int(len(values) * 0.95)], 1)


def median(values: list[float]) -> float:
    """The median, to a tenth."""
    return round(sorted(values)[len(values) // 2], 1)
