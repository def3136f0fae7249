"""Every verb that creates load asks, looks for leftovers and cleans up in the same way."""

import ast
import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import syntax
from tests.cli.cli import run, started
from tests.load.experiment.files import workload
from tests.load.experiment.runs import NAMESPACE, experiment, load
from tests.sweeps import sampled_ways
from tests.ui.terminal import terminal
from wvatui.cli import live
from wvatui.cli.launching import Asked, Proposal, agreed
from wvatui.kube.auth import Access
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB
from wvatui.load.profiles.manifests import OWNER, SessionProcess, made_by
from wvatui.sim.serve import RunningCluster, launch

WAIT_S = 120.0
VERBS = ("load", "run")
DEAD = SessionProcess.here()._replace(pid=2**22 + 5)
"""A process that cannot exist: its id is above the kernel's limit."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    """One quiet cluster for all tests."""
    with launch(speed=20, scenario="steady") as running:
        yield running


def words_of(verb: str, cluster: RunningCluster, folder: Path) -> tuple[str, ...]:
    """The arguments of a verb that creates one job, which lasts longer than the test."""
    where = ("--kubeconfig", str(cluster.kubeconfig), "-n", NAMESPACE)
    if verb == "load":
        return ("load", "constant", "--duration", "3h", "--no-record", *where)
    rows = [workload("one", start_delay=0, duration="3h")]
    file = experiment(folder, rows, {"one": load("one", rate=2, prompts=20_000)})
    return ("run", str(file), "-o", str(folder / "out"), *where)


def watch_of(cluster: RunningCluster) -> live.WatchRequest:
    return live.WatchRequest(kubeconfig=str(cluster.kubeconfig), headless=True)


def jobs(cluster: RunningCluster) -> list[str]:
    """The names of the jobs in the cluster."""

    async def listed() -> list[str]:
        async with live.opened(watch_of(cluster)) as (client, _):
            answer = await client.get_json(JOB.path(NAMESPACE))
            return [one["metadata"]["name"] for one in answer["items"]]

    return asyncio.run(listed())


def leave(cluster: RunningCluster, owner: SessionProcess, session: str = "old") -> str:
    """Create a job as a session of the process `owner` would; returns its name."""
    body = made_by(load("old"), session=session, key="0", title="old", namespace=NAMESPACE)
    body["metadata"]["annotations"][OWNER] = str(owner)

    async def posted() -> None:
        async with live.opened(watch_of(cluster)) as (client, _):
            await client.post_json(JOB.path(NAMESPACE), body)

    asyncio.run(posted())
    return str(body["metadata"]["name"])


def clear(cluster: RunningCluster) -> None:
    async def deleted() -> None:
        async with live.opened(watch_of(cluster)) as (client, _):
            answer = await client.get_json(JOB.path(NAMESPACE))
            for one in answer["items"]:
                await client.delete(f"{JOB.path(NAMESPACE)}/{one['metadata']['name']}", {}, {})

    asyncio.run(deleted())


# All verbs ask in one place: each answer and each verb once.
@pytest.mark.parametrize(("answer", "verb"), sampled_ways(["y", "n"], VERBS))
def test_what_a_crash_left_is_asked_about_before_anything_is_created(
    verb: str, answer: str, cluster: RunningCluster, tmp_path: Path
) -> None:
    clear(cluster)
    old = leave(cluster, DEAD)
    with terminal(*words_of(verb, cluster, tmp_path), home=tmp_path) as screen:
        screen.until(b"Delete it? [y/N]", WAIT_S)
        told = f"an earlier session ended without deleting what it made: job {NAMESPACE}/{old}"
        assert told.encode() in b" ".join(screen.shown.split())
        assert jobs(cluster) == [old]
        screen.type(answer.encode() + b"\n")
        screen.until(b"context wvatui-sim? [y/N]", WAIT_S)
        assert jobs(cluster) == ([] if answer == "y" else [old])
        screen.type(b"\n")
        assert screen.ends(WAIT_S)[0] == 1
        assert b"not confirmed: nothing was made" in screen.shown
        assert (f"deleted job {NAMESPACE}/{old}".encode() in screen.shown) == (answer == "y")
    assert jobs(cluster) == ([] if answer == "y" else [old])


def test_the_screen_does_not_ask_again_about_what_was_left_alone(
    cluster: RunningCluster, tmp_path: Path
) -> None:
    clear(cluster)
    old = leave(cluster, DEAD)
    words = words_of("load", cluster, tmp_path)
    with terminal(*words, home=tmp_path, size=(120, 40)) as screen:
        screen.until(b"Delete it? [y/N]", WAIT_S)
        screen.type(b"n\n")
        screen.until(b"context wvatui-sim? [y/N]", WAIT_S)
        screen.type(b"y\n")
        screen.until(b"LIVE", WAIT_S)
        deadline = time.monotonic() + WAIT_S
        while len(jobs(cluster)) < 2:
            assert time.monotonic() < deadline
            screen.read(0.1)
        screen.type(b"q")
        assert screen.ends(WAIT_S)[0] == 1
        assert b"load job?" not in screen.shown
    assert jobs(cluster) == [old]


@pytest.mark.parametrize("verb", VERBS)
def test_a_dry_run_tells_of_leftovers_and_leaves_them(
    verb: str, cluster: RunningCluster, tmp_path: Path
) -> None:
    clear(cluster)
    names = [leave(cluster, DEAD, "one"), leave(cluster, DEAD._replace(host="elsewhere"), "two")]
    done = run(*words_of(verb, cluster, tmp_path), "--dry-run", "--headless", "--yes")
    assert done.code == 0, done.err
    assert f"deleting what it made: job {NAMESPACE}/{names[0]}\n" in done.err
    assert f"job {NAMESPACE}/{names[1]} was made by wvatui on another machine" in done.err
    assert sorted(jobs(cluster)) == sorted(names)


def test_who_has_said_yes_before_is_not_asked_and_only_what_is_dead_goes(
    cluster: RunningCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    clear(cluster)
    dead = leave(cluster, DEAD, "dead")
    kept = [
        leave(cluster, SessionProcess.here(), "alive"),
        leave(cluster, DEAD._replace(host="elsewhere"), "away"),
    ]

    async def look(client: Client, access: Access) -> tuple[Proposal, str]:
        return Proposal("Job x", (NAMESPACE,), access.context), "found"

    assert agreed(Asked("a load", yes=True, watch=watch_of(cluster)), look) == "found"
    assert f"deleted job {NAMESPACE}/{dead}" in capsys.readouterr().err
    assert sorted(jobs(cluster)) == sorted(kept)


@pytest.mark.parametrize("verb", VERBS)
def test_a_hanging_server_keeps_nobody_and_a_second_signal_leaves_at_once(
    verb: str, tmp_path: Path
) -> None:
    hangs = ("--fault", "hang,method=DELETE,times=always")
    with launch(speed=20, scenario="steady", extra=hangs) as cluster:
        words = (*words_of(verb, cluster, tmp_path), "--yes", "--headless")
        child = started(*words)
        assert child.stdout is not None
        assert child.stderr is not None
        assert any("begins: " in line and "job" in line.lower() for line in child.stdout)
        child.send_signal(signal.SIGINT)
        assert any("interrupted: deleting job" in line for line in child.stderr)
        child.send_signal(signal.SIGINT)
        _, told = child.communicate(timeout=WAIT_S)
        assert child.returncode == 130
        assert f"still there: job {NAMESPACE}/" in told
        assert "the next session there offers to delete it" in told


def test_the_steps_of_it_stand_in_one_place() -> None:
    called: dict[str, set[str]] = {}
    steps = (
        "console.ask",
        "_must_be_askable",
        "leftovers",
        "opened",
        "delete_made",
        "run_headless",
        "Leaving",
    )
    for path in sorted(Path(live.__file__).parent.rglob("*.py")):
        if syntax.mentions(path, [f"{step}(" for step in steps]):
            for node in syntax.nodes(path):
                if isinstance(node, ast.Call):
                    called.setdefault(ast.unparse(node.func), set()).add(path.stem)
    assert {step: sorted(called[step]) for step in steps} == {
        "console.ask": ["launching", "sessions"],
        "_must_be_askable": ["launching"],
        "leftovers": ["launching"],
        "opened": ["_prometheus", "launching", "live", "matrix"],
        "delete_made": ["launching", "live"],
        "run_headless": ["live"],
        "Leaving": ["live"],
    }
