"""Time from a line that the controller writes to its row on the screen.

Measured with the real session and the real app against the simulated API server over HTTP, in real
time.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from tests.cluster import MANAGER, served
from wvatui.cli.live import WatchRequest, connect
from wvatui.session.live import LiveSession
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.draw.line import text_of
from wvatui.ui.theme import load

LINES = 40


def measure() -> list[dict[str, object]]:
    """Milliseconds at the 95th percentile."""
    took = sorted(asyncio.run(_measure()))
    return [
        {
            "name": "a log line to its row on the screen (p95)",
            "value": round(took[int(len(took) * 0.95)], 1),
            "unit": "ms",
            "reach": 300,
            "median": round(took[len(took) // 2], 1),
        }
    ]


async def _measure() -> list[float]:
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder), real_time=True) as cluster:
            request = WatchRequest(kubeconfig=str(cluster.kubeconfig), no_record=True)
            session = LiveSession(lambda session: connect(request, session))
            app = WvatuiApp(session, palette=load(""), ascii_only=False)
            async with app.run_test(size=(120, 40)):
                while not session.latest.log.total:
                    await asyncio.sleep(0.05)
                took = []
                for number in range(LINES):
                    await asyncio.sleep(dice.uniform(0.1, 0.5))
                    took.append(await _one(cluster, app, f"needle {number:04d} x"))
            session.stop("bench")
            await session.aclose()
    return took


async def _one(cluster: object, app: WvatuiApp, words: str) -> float:
    """Write a line and wait until it is drawn; returns milliseconds."""
    made = cluster.cluster  # type: ignore[attr-defined]
    begin = time.perf_counter()
    made.logbook.append(made.controller_namespace, made.controller.leader, MANAGER, words)
    panel = app.stage.panels["log"]
    while not any(words in text_of(line) for line in panel.lines_shown):
        await asyncio.sleep(0.002)
        assert time.perf_counter() - begin < 10, "the line was never drawn"
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    print(measure())
