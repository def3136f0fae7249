"""The fold: events per second over the mix of an eight-hour recording of 16 pods."""

import time

from bench.long_recording import long_recording
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording

BATCH = 2_000


def measure() -> list[dict[str, object]]:
    """Events folded in batches as in a replay; decoding is not timed."""
    events = list(open_recording(long_recording()).events())
    best = 0.0
    for _ in range(3):
        state, begin = EMPTY, time.perf_counter()
        for at in range(0, len(events), BATCH):
            state = fold(state, events[at : at + BATCH])
        best = max(best, len(events) / (time.perf_counter() - begin))
    return [
        {
            "name": "fold, one event a line, mix of the 8-hour recording",
            "value": round(best),
            "unit": "events/s",
            "reach": 150_000,
            "better": "more",
            "events": len(events),
        }
    ]
