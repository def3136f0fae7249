"""Time from the start of `watch` to its first rows of pods, and of `check` to its first answer.

Both run on a terminal against the simulated cluster, alternating with a new Python process that
requests the same lists with httpx, as any client has to.
"""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
import urllib.request
from pathlib import Path

from bench.compiled import KEEPS
from bench.paint import leave
from bench.watch import real_time_cluster

ROUNDS = 5
MOST_S = 60.0
ANSWER = re.compile(rb"looked at 2 variants, \d+ replicas")

_BARE = """
import asyncio, json, sys
import httpx

KINDS = {
    "apis/apps/v1": ("deployments", "statefulsets"),
    "apis/leaderworkerset.x-k8s.io/v1": ("leaderworkersets",),
    "api/v1": ("pods",),
    "apis/llmd.ai/v1alpha1": ("variantautoscalings",),
    "apis/autoscaling/v2": ("horizontalpodautoscalers",),
    "apis/keda.sh/v1alpha1": ("scaledobjects",),
}

async def main():
    config = json.load(open(sys.argv[1]))
    server = config["clusters"][0]["cluster"]["server"]
    namespace = config["contexts"][0]["context"]["namespace"]
    paths = [f"/{g}/namespaces/{namespace}/{k}?limit=500" for g, ks in KINDS.items() for k in ks]
    async with httpx.AsyncClient(base_url=server) as client:
        got = await asyncio.gather(*map(client.get, paths))
    assert any(answer.json()["items"] for answer in got if answer.status_code == 200)

asyncio.run(main())
"""


def measure() -> list[dict[str, object]]:
    """Medians, and their ratio to the bare requests."""
    with real_time_cluster() as config:
        watch = ["watch", "--kubeconfig", str(config), "--no-record"]
        names = re.compile(b"|".join(_ends_of_names(config)))
        check = ["check", "--kubeconfig", str(config), "--look", "1h"]
        rounds = [
            (_bare_s(config), _shown_s(watch, names, config), _shown_s(check, ANSWER, config))
            for _ in range(ROUNDS + 1)
        ][1:]  # the first run compiles
    bare, rows, answer = (statistics.median(each) for each in zip(*rounds, strict=True))
    return [
        _row("first rows of pods after the start of watch", rows, bare, 4.0),
        _row("first answer after the start of check", answer, bare, 3.5),
    ]


def _ends_of_names(config: Path) -> list[bytes]:
    """The last parts of the pods' names, as the overview shows them."""
    about = json.loads(config.read_text())
    namespace = about["contexts"][0]["context"]["namespace"]
    url = f"{about['clusters'][0]['cluster']['server']}/api/v1/namespaces/{namespace}/pods"
    with urllib.request.urlopen(url) as answer:
        pods = json.load(answer)["items"]
    return [pod["metadata"]["name"].rpartition("-")[2].encode() for pod in pods]


def _row(name: str, took_s: float, bare_s: float, reach: float) -> dict[str, object]:
    return {
        "name": f"{name}, times a bare GET",
        "value": round(took_s / bare_s, 2),
        "unit": "times",
        "reach": reach,
        "took_s": round(took_s, 2),
        "bare_get_s": round(bare_s, 2),
    }


def _bare_s(config: Path) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", _BARE, str(config)], check=True, env=KEEPS)
    return time.perf_counter() - begin


def _shown_s(arguments: list[str], words: re.Pattern[bytes], config: Path) -> float:
    """Seconds from the start until `words` are on the terminal."""
    begin = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        env = {**KEEPS, "TERM": "xterm-256color", "HOME": str(config.parent), "LC_ALL": "C.UTF-8"}
        os.execve(sys.executable, [sys.executable, "-m", "wvatui", *arguments], env)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen, took = b"", MOST_S
    while time.perf_counter() - begin < MOST_S:
        if select.select([terminal], [], [], 0.5)[0]:
            with contextlib.suppress(OSError):
                seen += os.read(terminal, 65_536)
        if words.search(seen):
            took = time.perf_counter() - begin
            break
    leave(terminal, pid)
    return took


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
