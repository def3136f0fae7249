"""Opening a long recording, and seeking in it, in a process of its own to measure its memory."""

import json
import subprocess
import sys

from bench.long_recording import long_recording

_PROGRAM = """
import asyncio, json, os, random, sys, time
from pathlib import Path
from wvatui.session.replay import ReplaySession
from wvatui.recording import open_recording
from bench.watch import peak_mb
begin = time.perf_counter()
session = ReplaySession(open_recording(Path(sys.argv[1])), play=False)
session.load()
opened = time.perf_counter() - begin
seeks, dice = [], random.Random(7)
for _ in range(40):
    to = f"{dice.random() * 100:.3f}%"
    begin = time.perf_counter()
    asyncio.run(session.seek(to))
    seeks.append(time.perf_counter() - begin)
seeks.sort()
peak = peak_mb(os.getpid())
print(json.dumps({"opened": opened, "peak": peak, "p95": seeks[37], "worst": seeks[-1]}))
"""


def measure() -> list[dict[str, object]]:
    """Seconds to open, MB at the peak, milliseconds for a seek."""
    path = long_recording()
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path)], capture_output=True, text=True, check=True
    )
    got = json.loads(run.stdout)
    name = "open an 8-hour recording of 16 pods"
    return [
        {"name": name, "value": round(got["opened"], 2), "unit": "s", "reach": 4.0},
        {"name": f"{name}: memory", "value": round(got["peak"]), "unit": "MB", "reach": 250},
        {
            "name": "seek anywhere in it (p95 of 40)",
            "value": round(got["p95"] * 1000, 1),
            "unit": "ms",
            "reach": 150,
            "worst_ms": round(got["worst"] * 1000, 1),
        },
    ]
