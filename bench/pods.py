"""The view of pods with two hundred of them and an hour of data: from a new State to its last byte.

It uses the real app with a driver that writes to a buffer, as `screen` does.
"""

import asyncio
import math
from collections.abc import Iterator

import msgspec

from bench.stage import redraw, row, shown
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State

PODS = 200
HOURS = 1.0
EVERY_S = 2.0
START = 1_788_249_600.0
REDRAWS = 25
SPACING_S = 0.4
SIZES = ((120, 40), (200, 60))


def measure() -> list[dict[str, object]]:
    """Milliseconds at the 95th percentile, at two sizes."""
    rows: list[dict[str, object]] = []
    for size in SIZES:
        took = asyncio.run(_measure(size))
        rows.append(row(f"pods view, {PODS} pods, one hour, {size[0]}x{size[1]} (p95)", took, 60))
    return rows


def rounds() -> Iterator[list[ev.Event]]:
    """The initial facts, then each round of scrapes of all pods."""
    names = [f"qwen-7d9f5c6b8-{number:05x}" for number in range(PODS)]
    yield [
        ev.Header(START, started_at=START, namespace="ns", interval_s=EVERY_S),
        ev.Bounds(START, id=1, le=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)),
        ev.Workload(
            START,
            kind="Deployment",
            name="qwen",
            namespace="ns",
            spec=PODS,
            ready=PODS,
            selector={"app": "qwen"},
        ),
        ev.Variant(
            START,
            name="qwen",
            namespace="ns",
            source="VariantAutoscaling",
            model="qwen",
            accelerator="H100",
            target_name="qwen",
        ),
        *(
            ev.Pod(
                START,
                name=name,
                namespace="ns",
                role="model",
                phase="Running",
                ready=True,
                labels={"app": "qwen"},
                node=f"gpu-{n % 25:02d}",
                created_at=START - n,
            )
            for n, name in enumerate(names)
        ),
    ]
    looks = 0
    while True:
        looks += 1
        at = START + looks * EVERY_S
        page: list[ev.Event] = []
        for n, name in enumerate(names):
            kv = 0.5 + 0.4 * math.sin(looks / 300 + n)
            seen = msgspec.Raw(b"[1,%d.5,%d,%d,%d,0,0,0,0,0]" % (looks, looks * 3, looks, n))
            page.append(
                ev.Scrape(
                    at,
                    pod=name,
                    kv=kv,
                    running=n % 30,
                    waiting=max(0, int(20 * kv - 14)),
                    preemptions=0,
                    generation_tokens=looks * 100,
                    ttft=seen,
                    itl=seen,
                )
            )
        page.append(ev.Tick(at + 0.5))
        yield page


def _folded(pieces: Iterator[list[ev.Event]]) -> State:
    state, batch = EMPTY, []
    for number, piece in enumerate(pieces):
        batch += piece
        if len(batch) > 40_000:
            state, batch = fold(state, batch), []
        if number >= HOURS * 3600 / EVERY_S:
            break
    return fold(state, batch)


async def _measure(size: tuple[int, int]) -> list[tuple[float, float]]:
    pieces = rounds()
    state = _folded(pieces)
    async with shown(state, size) as (app, session):
        app.choose(app.view_state.but(view="pods"))
        await asyncio.sleep(1.0)
        took = []
        for _ in range(REDRAWS):
            await asyncio.sleep(SPACING_S)
            state = fold(state, next(pieces))
            took.append(await redraw(app, session, state))
        return took


if __name__ == "__main__":
    print(measure())
