"""Report: one run of an hour and 16 pods as a page with its pictures and tables."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.compare import PODS, SMALL, one_hour
from bench.compiled import KEEPS

REACH_S, REACH_MB = 8.0, 3.0


def measure() -> list[dict[str, object]]:
    """Seconds of one `report` in a process of its own, and megabytes of its page."""
    path = one_hour()
    words = [sys.executable, "-m", "wvatui", "report", "-o"]
    with tempfile.TemporaryDirectory() as folder:
        small = [*words, folder, str(SMALL)]
        subprocess.run(small, capture_output=True, check=True, env=KEEPS)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        subprocess.run([*words, folder, str(path)], capture_output=True, check=True, env=KEEPS)
        took_s = time.perf_counter() - begin
        page = Path(folder) / "report.html"
        assert "<svg" in page.read_text()
        size_mb = page.stat().st_size / 1e6
    what = f"report of a run of an hour, {PODS} pods, with pictures"
    return [
        {"name": what, "value": took_s, "unit": "s", "reach": REACH_S, "better": "less"},
        {
            "name": "size of its page",
            "value": size_mb,
            "unit": "MB",
            "reach": REACH_MB,
            "better": "less",
        },
    ]
