"""Compare: eight runs of an hour and 16 pods, polled every two seconds, compared with each
other."""

import re
import subprocess
import sys
import time
from pathlib import Path

from bench.compiled import KEEPS
from bench.fold_input import record
from bench.long_recording import KEPT

RUNS, PODS, SECONDS = 8, 16, 3600
REACH_S, REACH_MB = 10.0, 500.0
SMALL = Path(__file__).resolve().parent.parent / "recordings" / "keda-queue.jsonl"
"""Opened first, untimed."""
_PROGRAM = """
import os, resource, sys
from bench.watch import peak_mb
from wvatui.cli.comparing import MOST
from wvatui.cli.main import cli
from wvatui.errors import CheckFailed
from wvatui.host.workers import cores
try:
    cli.main(sys.argv[1:], standalone_mode=False)
except CheckFailed as error:
    print(error, file=sys.stderr)
# The largest child as often as there are children: more than they take together.
children = min(cores(), MOST) * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print("peak", int(peak_mb(os.getpid()) + children), file=sys.stderr)
"""


def one_hour() -> Path:
    """The recording of one such run; created when it does not exist."""
    path = KEPT / "one-hour.jsonl"
    if not path.exists():
        KEPT.mkdir(exist_ok=True)
        unfinished = KEPT / "one-hour.making.jsonl"
        unfinished.unlink(missing_ok=True)
        record(unfinished, pods=PODS, interval_s=2.0, seconds=SECONDS)
        unfinished.rename(path)
    return path


def measure() -> list[dict[str, object]]:
    """Seconds and megabytes of one `compare` in a process of its own."""
    path = one_hour()
    named = [f"{'wva' if number % 2 else 'hpa'}={path}" for number in range(RUNS)]
    words = [sys.executable, "-c", _PROGRAM, "compare", *named, "-o", "json"]
    small = [*words[:3], "compare", str(SMALL), str(SMALL)]
    subprocess.run(small, capture_output=True, check=True, env=KEEPS)
    begin = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=KEEPS)
    took_s = time.perf_counter() - begin
    peak = re.search(r"peak (\d+)", done.stderr)
    assert peak is not None
    assert '"replicas_avg"' in done.stdout
    what = f"compare of {RUNS} runs of an hour, {PODS} pods"
    return [
        {"name": what, "value": took_s, "unit": "s", "reach": REACH_S, "better": "less"},
        {
            "name": "peak memory of that comparison, all its processes",
            "value": int(peak[1]),
            "unit": "MB",
            "reach": REACH_MB,
            "better": "less",
        },
    ]
