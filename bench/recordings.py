"""Makes the recordings that come with wvatui: short sessions of the simulated cluster.

Simulated time is stepped, so the same seeds give the same files, except for the session's id and
the version in their first lines.
"""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent.parent / "recordings"


class Made(NamedTuple):
    """One recording and the flags that make it."""

    name: str
    flags: tuple[str, ...]


MADE = (
    Made("stair-step-v2-hpa", ("--scenario", "stair-step", "--duration", "18m", "--label", "wva")),
    Made(
        "burst-drain-v1",
        ("--scenario", "burst-drain", "--wva", "v0.4.2", "--duration", "14m", "--label", "wva"),
    ),
    Made(
        "two-variants-keda",
        (
            "--scenario",
            "mixed",
            "--autoscaler",
            "keda",
            "--interval",
            "4s",
            "--duration",
            "15m",
            "--label",
            "keda",
        ),
    ),
    Made("paused-scaler", ("--scenario", "paused-scaler", "--duration", "12m", "--interval", "3s")),
    Made(
        "keda-queue",
        ("--scenario", "keda-queue", "--duration", "12m", "--interval", "4s", "--label", "keda"),
    ),
    Made(
        "hpa-cpu-and-queue",
        (
            *("--scenario", "hpa-cpu-and-queue", "--duration", "12m"),
            *("--interval", "4s", "--label", "hpa"),
        ),
    ),
    Made("spike", ("--scenario", "spike", "--duration", "12m", "--interval", "3s")),
)


def main() -> int:
    """Make them all, replacing the old ones."""
    FOLDER.mkdir(exist_ok=True)
    for made in MADE:
        path = FOLDER / f"{made.name}.jsonl"
        path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "wvatui", "demo", "--headless", "--record", str(path)]
        subprocess.run([*command, *made.flags], check=True)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
