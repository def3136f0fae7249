"""The screen: from a new State to the bytes for the terminal, and from a key to its reaction.

It uses the real app with a driver that writes to a buffer. The States are those of an hour of
sixteen pods, from the eight-hour recording.
"""

import asyncio
import itertools
import time
from typing import Any

from textual import events

from bench.long_recording import long_recording
from bench.stage import Sink, Stills, median, p95, redraw, row, shown
from wvatui.core.events import Event
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.panels.overview import charts

HOUR_S = 3600.0
REDRAWS = 25
KEYS = 30
SPACING_S = 1.15
"""Wall seconds between two redraws: charts are drawn at most once a second."""


def measure() -> list[dict[str, object]]:
    """Milliseconds at the 95th percentile; keys at 120x40."""
    redraws, keys = asyncio.run(_measure((120, 40)))
    large, _ = asyncio.run(_measure((200, 60), keys=False))
    return [
        row("full redraw, 16 pods, one hour, 120x40 (p95)", redraws, 60),
        row("full redraw, 16 pods, one hour, 200x60 (p95)", large, 90),
        {
            "name": "a key answers while polling goes on (p95)",
            "value": p95(keys),
            "unit": "ms",
            "reach": 35,
            "median": median(keys),
        },
    ]


async def _measure(
    size: tuple[int, int], *, keys: bool = True
) -> tuple[list[tuple[float, float]], list[float]]:
    charts.WINDOW_S = HOUR_S
    state, rest = _hour()
    async with shown(state, size) as (app, session):
        redraws = []
        for _ in range(REDRAWS):
            await asyncio.sleep(SPACING_S)
            state = fold(state, next(rest))
            redraws.append(await redraw(app, session, state))
        return redraws, await _keys(app, session, state, rest) if keys else []


def _hour() -> tuple[State, Any]:
    """The State after a little more than an hour, and the following events in pieces of two
    seconds."""
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


async def _keys(app: WvatuiApp, session: Stills, state: State, rest: Any) -> list[float]:
    """Milliseconds from the key `p`, which freezes the view, to its text on the screen, while
    States keep arriving."""
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


if __name__ == "__main__":
    print(measure())
