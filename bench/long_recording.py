"""The eight-hour recording of 16 pods at 2 s, made once by the simulated engines and kept."""

import sys
from pathlib import Path

from bench.fold_input import eight_hours

KEPT = Path(__file__).resolve().parent.parent / ".bench"


def long_recording() -> Path:
    """Path of the recording, which is created when it does not exist."""
    path = KEPT / "eight-hours.jsonl"
    if not path.exists():
        KEPT.mkdir(exist_ok=True)
        print("  making the eight-hour recording (once)…", file=sys.stderr)
        unfinished = KEPT / "eight-hours.making.jsonl"
        unfinished.unlink(missing_ok=True)
        eight_hours(unfinished)
        unfinished.rename(path)
    return path
