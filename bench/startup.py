"""How much longer a verb takes than an empty Python, and that no verb imports the screen."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.compiled import KEEPS

SMALL = Path(__file__).resolve().parent.parent / "recordings"
ROUNDS = 9


def _median_s(*arguments: str) -> float:
    times = []
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env=KEEPS)
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env=KEEPS)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def measure() -> list[dict[str, object]]:
    """Medians of nine, in alternation to even out a noisy machine."""
    recording = min(SMALL.glob("*.jsonl*"), key=lambda path: path.stat().st_size)
    bare = _median_s("-c", "pass")
    version = _median_s("-m", "wvatui", "--version")
    export = _median_s("-m", "wvatui", "export", str(recording))
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "wvatui", "export", str(recording)],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    return [
        {
            "name": "wvatui --version beyond a bare python",
            "value": round(version - bare, 3),
            "unit": "s",
            "reach": 0.15,
        },
        {
            "name": "wvatui export of a small recording beyond a bare python",
            "value": round(export - bare, 3),
            "unit": "s",
            "reach": 0.6,
        },
        {
            "name": "textual or pandas loaded by export",
            "value": sum(f" {name}\n" in loaded for name in ("textual", "pandas")),
            "unit": "",
            "reach": 0,
        },
    ]
