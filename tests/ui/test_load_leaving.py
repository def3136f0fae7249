"""However the program ends, the load that it launched ends with it."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.patience import PATIENT, PROGRAM
from tests.sweeps import sampled
from tests.ui.terminal import Terminal, terminal
from wvatui.clock import WallClock
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB
from wvatui.sim.serve import RunningCluster, launch

BREAKS = (
    "-c",
    f"{PATIENT}import sys\n"
    "from wvatui.ui.app.app import WvatuiApp\n"
    "def broken(self):\n"
    "    raise KeyError('rung')\n"
    "WvatuiApp.action_key_freeze = broken\n"
    "from wvatui.cli.main import main\n"
    "sys.exit(main())\n",
)
"""A program that runs wvatui with a bug: it crashes on `p`."""


def jobs_of(cluster: RunningCluster) -> list[str]:
    """The names of the Jobs in the cluster."""
    return asyncio.run(_jobs_of(cluster))


async def _jobs_of(cluster: RunningCluster) -> list[str]:
    access = await open_access(str(cluster.kubeconfig), None)
    client = Client(access, WallClock())
    try:
        answer = await client.get_json(JOB.path(cluster.namespace))
    finally:
        await client.aclose()
    return [item["metadata"]["name"] for item in answer["items"]]


WAYS = [("q", 0), ("ctrl+c", 130), ("terminated", 143), ("hung up", 129), ("crash", 1)]


# A key, a signal and a bug. `test_load_walk.py` quits with q; both signals have the same
# handler, and `tests/host/test_signals.py` has their codes.
@pytest.mark.parametrize(
    ("way", "code"), sampled(WAYS, [("ctrl+c", 130), ("terminated", 143), ("crash", 1)])
)
def test_no_job_stays_however_it_ends(tmp_path: Path, way: str, code: int) -> None:
    with launch(seed=7, speed=20.0, scenario="steady", wva="v0.9", autoscaler="hpa") as cluster:
        words = (
            "watch",
            cluster.namespace,
            "--kubeconfig",
            str(cluster.kubeconfig),
            "--allow-write",
        )
        program = BREAKS if way == "crash" else PROGRAM
        with terminal(*words, home=tmp_path, program=program) as screen:
            launched(screen, cluster)
            assert len(jobs_of(cluster)) == 1
            if way in ("terminated", "hung up"):
                number = signal.SIGTERM if way == "terminated" else signal.SIGHUP
                screen.process.send_signal(number)
            else:
                screen.type({"q": b"q", "ctrl+c": b"\x03", "crash": b"p"}[way])
            assert screen.ends()[0] == code
            assert screen.restored
        assert jobs_of(cluster) == []


def launched(screen: Terminal, cluster: RunningCluster) -> None:
    """Launch a load by keys, and wait for its Job."""
    screen.until(b"LIVE 20x")
    screen.until(b"llama-8b-h100")
    screen.type(b"l")
    screen.until(b"a manifest file")
    screen.type(b"\r")
    screen.until(b"Launch constant")
    screen.type(b"\r")
    screen.until(b"Cancel")
    assert jobs_of(cluster) == []
    screen.type(b"\t\r")
    deadline = time.monotonic() + 120
    while not jobs_of(cluster):
        assert time.monotonic() < deadline
        screen.read(0.1)


# It waits for the whole time that a deletion may take. The test below fails too if a deletion that
# hangs is not told or what is left is not named, and one of `test_app.py` if it holds the person.
@pytest.mark.sweep
@pytest.mark.parametrize(("key", "code"), [(b"q", 0), (b"\x03", 130)])
def test_a_server_that_hangs_is_told_and_does_not_hold_the_person_for_long(
    tmp_path: Path, key: bytes, code: int
) -> None:
    hangs = ("--fault", "hang,method=DELETE,times=always")
    with launch(speed=20.0, scenario="steady", extra=hangs) as cluster:
        words = (
            "watch",
            cluster.namespace,
            "--kubeconfig",
            str(cluster.kubeconfig),
            "--allow-write",
        )
        with terminal(*words, home=tmp_path) as screen:
            launched(screen, cluster)
            screen.type(key)
            screen.until(b"deleting job llm-d-sim/wvatui-constant-")
            assert screen.restored
            assert screen.ends()[0] == code
            assert b"ctrl+c leaves at once" in screen.last_words
            assert b"still there: job llm-d-sim/wvatui-constant-" in screen.last_words
            assert b"recorded in" in screen.last_words


def test_ctrl_c_again_leaves_at_once(tmp_path: Path) -> None:
    hangs = ("--fault", "hang,method=DELETE,times=always")
    with launch(speed=20.0, scenario="steady", extra=hangs) as cluster:
        words = (
            "watch",
            cluster.namespace,
            "--kubeconfig",
            str(cluster.kubeconfig),
            "--allow-write",
        )
        with terminal(*words, home=tmp_path, program=PROGRAM) as screen:
            launched(screen, cluster)
            screen.type(b"q")
            screen.until(b"deleting job llm-d-sim/wvatui-constant-")
            assert screen.restored
            assert b"ctrl+c leaves at once" in screen.last_words
            screen.type(b"\x03")
            assert screen.ends()[0] == 0, "it was left with q"
            assert b"still there: job llm-d-sim/wvatui-constant-" in screen.last_words
            assert b"recorded in" in screen.last_words
