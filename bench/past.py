"""Going back in time in a live session of eight hours: how long it takes and how long it blocks the
rest."""

import json
import subprocess
import sys

from bench.long_recording import long_recording

_PROGRAM = """
import asyncio, json, random, sys, time
from pathlib import Path
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.session.rewind import Past
from wvatui.recording import RunningRecording, open_recording
from wvatui.recording.writer import RecordingPart

class Written:
    def __init__(self, path):
        self.path = self.first_path = path
        self.parts = [RecordingPart(path, 0)]

async def measure(path):
    worst = 0.0
    async def watch():
        nonlocal worst
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            worst, last = max(worst, now - last), now
    state = EMPTY
    for batch in open_recording(path).batches(2000):
        state = fold(state, batch)
    watching = asyncio.create_task(watch())
    begin = time.perf_counter()
    past = Past(RunningRecording(Written(path)), state, speed=1.0)
    await past.ready()
    took = time.perf_counter() - begin
    dice = random.Random(7)
    for _ in range(40):
        past.playhead.show(state.first_at + dice.random() * 28_800)
        await asyncio.sleep(0)
    closing = past.close()
    del past
    await closing
    watching.cancel()
    print(json.dumps({"took": took, "worst": worst}))

asyncio.run(measure(Path(sys.argv[1])))
"""


def measure() -> list[dict[str, object]]:
    """Seconds to go back, and the longest time in milliseconds for which the event loop was
    blocked."""
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(long_recording())],
        capture_output=True,
        text=True,
        check=True,
    )
    got = json.loads(run.stdout)
    return [
        {
            "name": "go back in a live session of 8 hours",
            "value": round(got["took"], 2),
            "unit": "s",
            "reach": 4.0,
        },
        {
            "name": "go back, seek, return: everything else waits at most",
            "value": round(got["worst"] * 1000, 1),
            "unit": "ms",
            "reach": 50,
        },
    ]


if __name__ == "__main__":
    print(measure())
