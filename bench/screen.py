"""The screen: from a new State to the bytes for the terminal, and from a key to its answer.

The real app with a driver whose terminal is a buffer. States are those of an hour of sixteen pods,
out of the eight-hour recording.
"""

import asyncio
import itertools
import time
from pathlib import Path
from typing import Any

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from bench.long_recording import long_recording
from wvatui.core.events import Event
from wvatui.core.reduce import fold
from wvatui.core.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.session import Capabilities, Session, SessionStatus
from wvatui.ui.app import WvatuiApp
from wvatui.ui.panels import charts
from wvatui.ui.themes import load

HOUR_S = 3600.0
REDRAWS = 25
KEYS = 30
SPACING_S = 1.15
"""Wall seconds between two redraws: charts are drawn once a second at most."""
SETTLED_S = 0.08


class Sink(HeadlessDriver):
    """A terminal that keeps the time and the text of the last writes."""

    last_write = 0.0
    text = ""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Sink.last_write = time.perf_counter()
        Sink.text = (Sink.text + data)[-200_000:]


class Stills(Session):
    """A live session that shows what it is given."""

    mode = "LIVE"
    capabilities = Capabilities(can_record=True, can_go_back=True, ends=True)

    def __init__(self) -> None:
        super().__init__()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        await self._ended.wait()

    def stop(self, reason: str) -> None:
        self._ended.set()

    def give(self, state: State) -> None:
        """Show `state`."""
        self.latest = state
        self.tell()

    @property
    def status(self) -> SessionStatus:
        return SessionStatus(
            mode="LIVE", playing=True, speed=1.0, shown_at=self.state.now,
            started_at=self.latest.first_at, ended_at=self.latest.now, recording=Path("run.jsonl"),
            recording_bytes=1_000_000, recording_state="recording", frozen=self._frozen,
        )  # fmt: skip


def measure() -> list[dict[str, object]]:
    """Milliseconds at the 95th percentile; keys at 120x40."""
    redraws, keys = asyncio.run(_measure((120, 40)))
    large, _ = asyncio.run(_measure((200, 60), keys=False))
    return [
        {"name": "full redraw, 16 pods, one hour, 120x40 (p95)", "value": _p95(redraws),
         "unit": "ms", "reach": 100, "median": _median(redraws)},
        {"name": "full redraw, 16 pods, one hour, 200x60 (p95)", "value": _p95(large),
         "unit": "ms", "reach": 160, "median": _median(large)},
        {"name": "a key answers while polling goes on (p95)", "value": _p95(keys), "unit": "ms",
         "reach": 50, "median": _median(keys)},
    ]  # fmt: skip


async def _measure(size: tuple[int, int], *, keys: bool = True) -> tuple[list[float], list[float]]:
    charts.WINDOW_S = HOUR_S
    state, rest = _hour()
    session = Stills()
    app = WvatuiApp(session, palette=load(""), ascii_only=False)
    app.driver_class = Sink
    session.latest = session.state = state
    running = asyncio.create_task(app.run_async(headless=False, size=size, mouse=False))
    try:
        while app.scene is None or not app.painter.idle:
            await asyncio.sleep(0.05)
        redraws = []
        for _ in range(REDRAWS):
            await asyncio.sleep(SPACING_S)
            state = fold(state, next(rest))
            redraws.append(await _redraw(app, session, state))
        return redraws, await _keys(app, session, state, rest) if keys else []
    finally:
        session.stop("bench")
        await running


def _hour() -> tuple[State, Any]:
    """The State after an hour and a bit, and what follows in pieces of two seconds."""
    stream = open_recording(long_recording()).events()
    first: list[Event] = []
    for event in stream:
        first.append(event)
        if event.at - first[0].at > HOUR_S + 600:
            break
    return fold(EMPTY, first), _pieces(stream)


def _pieces(stream: Any) -> Any:
    for _, group in itertools.groupby(stream, key=lambda event: int(event.at // 2)):
        yield list(group)


async def _redraw(app: WvatuiApp, session: Stills, state: State) -> float:
    """From the new State to the last byte of it, milliseconds."""
    begin = time.perf_counter()
    session.give(state)
    while True:
        await asyncio.sleep(0.002)
        drawn = app.scene is not None and app.scene.state is state and app.painter.idle
        if drawn and time.perf_counter() - Sink.last_write > SETTLED_S:
            return (Sink.last_write - begin) * 1000


async def _keys(app: WvatuiApp, session: Stills, state: State, rest: Any) -> list[float]:
    """`p` freezes the view: from the key to its word on the screen, while States keep coming."""
    took: list[float] = []

    async def poll() -> None:
        nonlocal state
        for piece in rest:
            state = fold(state, piece)
            session.give(state)
            await asyncio.sleep(0.1)

    polling = asyncio.create_task(poll())
    try:
        for number in range(KEYS):
            await asyncio.sleep(0.21 + 0.017 * (number % 13))
            Sink.text = ""
            begin = time.perf_counter()
            app.post_message(events.Key("p", "p"))
            while "FROZEN" not in Sink.text:
                await asyncio.sleep(0)
            took.append((time.perf_counter() - begin) * 1000)
            app.post_message(events.Key("p", "p"))
            while session.status.frozen:
                await asyncio.sleep(0.005)
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
    return took


def _p95(values: list[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.95)], 1)


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 1)


if __name__ == "__main__":
    print(measure())
