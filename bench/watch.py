"""A steady watch of sixteen pods every two seconds, on the screen and recorded: processor and
memory.

`wvatui watch` runs on a terminal of its own (a pty) against the simulated cluster in a third
process, in real time.
"""

import contextlib
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

WARM_UP_S = 8.0
STEADY_S = 25.0
TICKS = os.sysconf("SC_CLK_TCK")

_CLUSTER = """
import asyncio, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bench.fold_input import _scenario
from wvatui.sim.cluster import Cluster
from wvatui.sim.serve import kubeconfig, write_kubeconfig
from wvatui.sim.api.server import ApiServer

async def main():
    cluster = Cluster(scenario=_scenario(16), start=time.time())
    server = ApiServer(cluster, speed=1.0)
    await server.start()
    content = kubeconfig(server.url, server.clock_url, 1.0, cluster.namespace)
    del content["clusters"][0]["cluster"]["extensions"]  # a real cluster has no clock of its own
    write_kubeconfig(Path(sys.argv[2]), content)
    print("serving", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""


@contextlib.contextmanager
def real_time_cluster() -> Iterator[Path]:
    """A cluster of sixteen pods in real time in a process of its own; yields its kubeconfig, in a
    folder that is deleted afterwards."""
    root = str(Path(__file__).resolve().parent.parent)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "kubeconfig"
        cluster = subprocess.Popen(
            [sys.executable, "-c", _CLUSTER, root, str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert cluster.stdout is not None
            cluster.stdout.readline()
            yield config
        finally:
            assert cluster.stdin is not None
            cluster.stdin.close()
            cluster.terminate()
            cluster.wait()


def measure() -> list[dict[str, object]]:
    """Percent of one core in the steady state, and MB at the peak."""
    with real_time_cluster() as config:
        used, peak, answered = _watch(config, config.with_name("run.jsonl"))
    return [
        {
            "name": "steady watch, 16 pods at 2 s: processor",
            "value": round(used, 1),
            "unit": "% of a core",
            "reach": 15,
            "scrapes": answered,
        },
        {
            "name": "steady watch, 16 pods at 2 s: memory",
            "value": round(peak),
            "unit": "MB",
            "reach": 200,
        },
    ]


def _watch(config: Path, recording: Path) -> tuple[float, float, int]:
    """(percent of a core, MB, scrapes recorded) of `wvatui watch` on a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(
            sys.executable,
            [
                sys.executable,
                "-m",
                "wvatui",
                "watch",
                "--kubeconfig",
                str(config),
                "--record",
                str(recording),
            ],
        )
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    _drain(terminal, WARM_UP_S)
    before, begin = _processor_s(pid), time.monotonic()
    _drain(terminal, STEADY_S)
    used_s, lasted_s = _processor_s(pid) - before, time.monotonic() - begin
    peak = peak_mb(pid)
    os.write(terminal, b"q")
    _drain(terminal, 2.0)
    os.waitpid(pid, 0)
    os.close(terminal)
    scrapes = recording.read_bytes().count(b'"k":"s"')
    return 100.0 * used_s / lasted_s, peak, scrapes


def peak_mb(pid: int) -> float:
    """The peak memory of a program in MB (Linux).

    Not `ru_maxrss`, which includes the process before it became this program.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _processor_s(pid: int) -> float:
    """User and system time so far, seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _drain(terminal: int, seconds: float) -> None:
    """Read the output for some seconds, as a terminal does."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        ready, _, _ = select.select([terminal], [], [], left)
        if ready:
            with contextlib.suppress(OSError):
                if not os.read(terminal, 65_536):
                    return


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
