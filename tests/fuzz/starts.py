"""Valid inputs to damage: small parts of recordings, logs and pages, made once per process.

Recordings are those that come with the program; logs and pages are written by simulated clusters of
all releases, modes and engines; real logs are added where they are beside the checkout.
"""

from functools import cache
from random import Random
from typing import Any

from tests.fixtures import FIXTURES, ROOT
from wvatui.sim.cluster import Cluster

CLUSTERS: tuple[dict[str, Any], ...] = (
    {"scenario": "stair-step"},
    {"scenario": "mixed", "autoscaler": "keda"},
    {"scenario": "sglang"},
    {"scenario": "format-drift"},
    {"scenario": "controller-restart"},
    {"scenario": "stair-step", "wva": "v0.4.2"},
    {"scenario": "burst-drain", "wva": "v0.4.2", "mode": "hybrid"},
    {"scenario": "model-only", "wva": "v0.4.2"},
    {"scenario": "first-experiments-model"},
    {"scenario": "three-variants"},
)
LIVED_S = 200.0
EPP_PORT = 9090


@cache
def _recordings() -> list[list[bytes]]:
    return [
        path.read_bytes().splitlines() for path in sorted((ROOT / "recordings").glob("*.jsonl"))
    ]


@cache
def _cluster(number: int) -> Cluster:
    cluster = Cluster(**CLUSTERS[number])
    cluster.timeline.run_until(cluster.timeline.start + LIVED_S)
    return cluster


def _clusters() -> list[Cluster]:
    return [_cluster(number) for number in range(len(CLUSTERS))]


def simulated_log(number: int) -> list[bytes]:
    """The lines of the controller of the cluster in that row of `CLUSTERS`."""
    cluster = _cluster(number)
    log = cluster.logbook.current(
        cluster.controller_namespace, cluster.controller.leader, "manager"
    )
    return [line.wire(False).rstrip(b"\n") for line in log.read()]


@cache
def _logs() -> list[list[bytes]]:
    return [simulated_log(number) for number in range(len(CLUSTERS))]


@cache
def _real_logs() -> list[list[bytes]]:
    folder = FIXTURES / "wva-log-samples"
    return [path.read_bytes().splitlines() for path in sorted(folder.glob("*")) if path.is_file()]


@cache
def _pages() -> list[tuple[bool, bytes]]:
    """(whether it is an endpoint picker's, page) of every pod that serves a page."""
    found = []
    for cluster in _clusters():
        for ports in cluster.pages._handlers.values():
            for port, handler in ports.items():
                status, _, body = handler("/metrics")
                if status == 200 and b"# TYPE" in body:
                    found.append((port == EPP_PORT, body))
    return found


def _slice(dice: Random, lines: list[bytes], most: int) -> list[bytes]:
    many = min(len(lines), dice.randint(5, most))
    begin = dice.randint(0, len(lines) - many)
    return lines[begin : begin + many]


def recording(dice: Random) -> list[bytes]:
    """The header of a recording, a part of it, and usually its footer."""
    lines = dice.choice(_recordings())
    return [*lines[:40], *_slice(dice, lines[40:-1], 100), *lines[-1:][: dice.random() < 0.8]]


def log(dice: Random) -> list[bytes]:
    """A part of a controller's log."""
    real = dice.random() < 0.25
    return _slice(dice, dice.choice((_real_logs() if real else []) or _logs()), 160)


def page(dice: Random) -> tuple[bool, bytes]:
    """Whether it is an endpoint picker's page, and the page."""
    return dice.choice(_pages())
