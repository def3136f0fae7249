"""200 pods every 5 s through the pod proxy of the simulated API server, over loopback HTTP.

The server is a process of its own, as a real one is; both run on the wall clock.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from bench.pod_server import NAMESPACE, PODS, PORT, names
from wvatui.clock import WallClock
from wvatui.core.events import Event, PollRound, Scrape
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.sources.pods.page_fetch import ProxyFetch
from wvatui.sources.pods.pod_metrics import PodMetrics, page_timeout_s
from wvatui.sources.pods.poller import PollTarget

INTERVAL_S = 5.0
ROUNDS = 6
START_S = 15.0
"""Seconds within which the server must be up."""
SLACK_S = 4.5
"""Seconds after the last round began for its answers to arrive."""


def measure() -> list[dict[str, object]]:
    """Rounds in which a pod gave no scrape, and the largest spacing of its scrapes."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as kubeconfig:
        begin = time.process_time()
        events = asyncio.run(_poll(kubeconfig))
        busy_s = time.process_time() - begin
    rounds = [event for event in events if isinstance(event, PollRound)][:ROUNDS]
    spacings = list(_spacings(events))
    worst = max((abs(s - INTERVAL_S) for s in spacings), default=INTERVAL_S) / INTERVAL_S
    missed = ROUNDS - sum(r.answered == PODS for r in rounds) + sum(r.skipped for r in rounds)
    name = f"{PODS} pods at {INTERVAL_S:g} s through the proxy"
    return [
        {
            "name": f"{name}: rounds missed",
            "value": missed,
            "unit": "rounds",
            "reach": 0,
            "better": "less",
            "rounds": len(rounds),
            "took_ms": max((r.took_ms for r in rounds), default=0),
            "late_ms": max((r.late_ms for r in rounds), default=0),
            "core_percent": round(100 * busy_s / (ROUNDS * INTERVAL_S), 1),
        },
        {
            "name": f"{name}: spacing off by at most",
            "value": round(100 * worst, 2),
            "unit": "%",
            "reach": 10,
            "better": "less",
            "spacings": len(spacings),
        },
    ]


def _spacings(events: list[Event]) -> Iterator[float]:
    """Seconds between successive scrapes of a pod."""
    times: dict[str, list[float]] = {}
    for event in events:
        if isinstance(event, Scrape):
            times.setdefault(event.pod, []).append(event.at)
    for of_pod in times.values():
        yield from (b - a for a, b in pairwise(of_pod))


async def _poll(kubeconfig: Path) -> list[Event]:
    """All events of `ROUNDS` rounds of polling."""
    events: list[Event] = []
    clock = WallClock()
    client = Client(await open_access(str(kubeconfig), None), clock)
    targets = [PollTarget(pod, NAMESPACE, ports=(PORT,), workload="bench") for pod in names()]
    fetch = ProxyFetch(client, timeout_s=page_timeout_s(INTERVAL_S))
    source = PodMetrics(fetch, clock, lambda: targets, interval_s=INTERVAL_S)
    task = asyncio.create_task(source.run(events.append))
    try:
        await asyncio.wait([task], timeout=(ROUNDS - 1) * INTERVAL_S + SLACK_S)
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()
    return events


@contextmanager
def _server(folder: Path) -> Iterator[Path]:
    """A simulated API server in a child process; yields its kubeconfig."""
    kubeconfig = folder / "kubeconfig"
    command = [sys.executable, "-m", "bench.pod_server", str(kubeconfig)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        try:
            deadline = time.monotonic() + START_S
            while not kubeconfig.exists():
                if child.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the simulated API server did not start")
                time.sleep(0.05)
            yield kubeconfig
        finally:
            child.communicate(timeout=START_S)
