"""Time from the start of `wvatui watch` to the first text on the screen, while the API does not
answer."""

import contextlib
import fcntl
import json
import os
import pty
import select
import socket
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

from bench.compiled import KEEPS

ROUNDS = 9
MOST_S = 10.0
SAID, DRAWN = b"LIVE", b"Controller log"


def measure() -> list[dict[str, object]]:
    """Milliseconds from the start of the program, medians of nine."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=64) as silent,
        tempfile.TemporaryDirectory() as folder,
    ):
        config = Path(folder) / "kubeconfig"
        config.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "c",
                    "clusters": [
                        {
                            "name": "c",
                            "cluster": {"server": f"http://127.0.0.1:{silent.getsockname()[1]}"},
                        }
                    ],
                    "users": [{"name": "u", "user": {"token": "t"}}],
                    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                }
            )
        )
        _paint_s(config, folder)
        both = [_paint_s(config, folder) for _ in range(ROUNDS)]
    first, whole = ([pair[i] for pair in both] for i in (0, 1))
    return [
        {
            "name": "first paint, before the API has answered (median)",
            "unit": "ms",
            "reach": 300,
            "value": round(1000 * statistics.median(first)),
            "worst": round(1000 * max(first)),
        },
        {
            "name": "the whole screen, before the API has answered (median)",
            "unit": "ms",
            "reach": 800,
            "value": round(1000 * statistics.median(whole)),
            "worst": round(1000 * max(whole)),
        },
    ]


def leave(terminal: int, pid: int) -> None:
    """End a program in its pseudo-terminal with ctrl+c, and wait for it."""
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):
        while os.read(terminal, 65_536):
            pass
    os.waitpid(pid, 0)
    os.close(terminal)


def _paint_s(config: Path, home: str) -> tuple[float, float]:
    """Seconds to the first line, and to the whole screen."""
    begin = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        env = {**KEEPS, "TERM": "xterm-256color", "HOME": home, "LC_ALL": "C.UTF-8"}
        os.execve(
            sys.executable,
            [
                sys.executable,
                "-m",
                "wvatui",
                "watch",
                "ns",
                "--kubeconfig",
                str(config),
                "--no-record",
            ],
            env,
        )
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen, first, whole = b"", MOST_S, MOST_S
    while time.perf_counter() - begin < MOST_S:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if ready:
            seen += os.read(terminal, 65_536)
        now = time.perf_counter() - begin
        if SAID in seen:
            first = min(first, now)
        if DRAWN in seen:
            whole = now
            break
    leave(terminal, pid)
    return first, whole


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
