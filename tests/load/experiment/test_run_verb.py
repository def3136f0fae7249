"""`wvatui run` as users type it: the plan, the confirmation, refusals, Ctrl+C."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.cli.cli import run, started
from tests.load.experiment.files import workload, write
from tests.load.experiment.runs import NAMESPACE, experiment, load
from tests.load.experiment.test_config import lay_out
from tests.sweeps import sampled
from tests.ui.terminal import terminal
from wvatui.clock import WallClock
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB
from wvatui.recording import open_recording
from wvatui.sim.serve import launch


def test_a_dry_run_prints_the_plan_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(tmp_path, [workload("one", start_delay=0, duration=60)])
    before = sorted(tmp_path.rglob("*"))
    done = run("run", str(file), "--dry-run")
    assert done.code == 0
    assert done.out.startswith("small")
    assert "load-one     10   T+0  T+60  [" in done.out
    assert "recorded into experiment-data/small-YYYYmmdd-HHMMSS" in done.out
    assert "not checked against a cluster: no kubeconfig" in done.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_plan_holds_no_credential(tmp_path: Path) -> None:
    rows = [workload("one", start_delay=0, duration=60)]
    file = write(tmp_path, rows, description="with https://me:S3CR3T@host")
    done = run("run", str(file), "--dry-run")
    assert "https://***@host" in done.out
    assert "S3CR3T" not in done.out + done.err


# Those of mode model-based have the form of those of mode capacity-based.
@pytest.mark.parametrize(
    "mode", sampled(["capacity-based", "model-based", "hpa"], ["capacity-based", "hpa"])
)
def test_every_recorded_experiment_can_be_looked_at_first(tmp_path: Path, mode: str) -> None:
    files = sorted(lay_out(tmp_path).glob(f"{mode}*"))
    assert files
    for file in files:
        done = run("run", str(file), "--dry-run")
        assert done.code == 0, done.err
        assert "warning" not in done.err


def test_a_workload_without_a_manifest_is_a_warning_before_the_start(tmp_path: Path) -> None:
    rows = [workload("a", wait_completion=True), workload("b", wait_completion=True, absent=True)]
    done = run("run", str(write(tmp_path, rows)), "--dry-run")
    assert done.code == 0
    assert "warning: " in done.err
    assert "../workloads/b.yaml: there is no such file; this workload is skipped" in done.err


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("nowhere.yaml",), 2, "nowhere.yaml: there is no such experiment file"),
        (("FILE", "--headless"), 2, "there is no terminal to ask on"),
        (("FILE", "--yes"), 2, "standard output is no terminal"),
        (("FILE", "--headless", "--yes"), 2, "no kubeconfig"),
        (("FILE", "--label", "mine"), 2, "'mine' is not one of 'wva', 'hpa', 'none'"),
        (("BAD", "--dry-run"), 2, "mode: 'x' is none of"),
    ],
)
def test_a_refusal_is_one_clear_line_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [workload("one", start_delay=0, duration=60)]
    (tmp_path / "bad").mkdir()
    names = {
        "FILE": str(write(tmp_path, rows)),
        "BAD": str(write(tmp_path / "bad", rows, mode="x")),
    }
    before = sorted(tmp_path.rglob("*"))
    done = run("run", *(names.get(word, word) for word in more))
    assert done.code == code
    assert words in done.err
    assert sorted(tmp_path.rglob("*")) == before


async def jobs(kubeconfig: Path) -> list[str]:
    """The names of the jobs in the cluster."""
    client = Client(await open_access(str(kubeconfig), None), WallClock())
    try:
        answer = await client.get_json(JOB.path(NAMESPACE))
        return [one["metadata"]["name"] for one in answer["items"]]
    finally:
        await client.aclose()


def test_on_a_terminal_it_asks_once_and_no_is_the_answer_of_who_says_nothing(
    tmp_path: Path,
) -> None:
    rows = [workload("one", start_delay=0, duration=60)]
    file = experiment(tmp_path, rows, {"one": load("one")})
    with launch(speed=20, scenario="steady") as cluster:
        with terminal(
            "run",
            str(file),
            "--kubeconfig",
            str(cluster.kubeconfig),
            "-o",
            str(tmp_path / "out"),
            home=tmp_path,
        ) as screen:
            screen.until(b"[y/N]")
            screen.type(b"\n")
            assert screen.ends()[0] == 1
        assert b"not confirmed: nothing was made" in screen.shown
        assert (
            f"Create 1 job in namespace {NAMESPACE}, context wvatui-sim?".encode() in screen.shown
        )
        assert asyncio.run(jobs(cluster.kubeconfig)) == []
    assert not (tmp_path / "out").exists()


def test_leaving_the_screen_ends_the_run_and_takes_its_jobs_away(tmp_path: Path) -> None:
    rows = [workload("one", start_delay=0, duration="2h")]
    file = experiment(tmp_path, rows, {"one": load("one", rate=2, prompts=14_000)})
    with launch(speed=20, scenario="steady") as cluster:
        with terminal(
            "run",
            str(file),
            "--kubeconfig",
            str(cluster.kubeconfig),
            "-o",
            str(tmp_path / "out"),
            "--repeat",
            "2",
            home=tmp_path,
            size=(120, 40),
        ) as screen:
            screen.until(b"[y/N]")
            screen.type(b"y\n")
            screen.until(b"LIVE")
            deadline = time.monotonic() + 120
            while not asyncio.run(jobs(cluster.kubeconfig)):
                assert time.monotonic() < deadline
                screen.read(0.1)
            screen.type(b"q")
            assert screen.ends()[0] == 1
            assert screen.restored
        assert asyncio.run(jobs(cluster.kubeconfig)) == []
    [folder] = (tmp_path / "out").glob("small-*")
    assert folder.name.endswith("-r1")
    assert "**The run was interrupted" in (folder / "README.md").read_text()


# `test_matrix.py` sends SIGINT to two experiments.
@pytest.mark.parametrize(
    ("number", "code"),
    sampled([(signal.SIGINT, 130), (signal.SIGTERM, 143)], [(signal.SIGTERM, 143)]),
)
def test_31_a_signal_ends_it_with_a_whole_folder_and_no_jobs(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    rows = [workload("one", start_delay=0, duration="2h")]
    big = load("one", rate=2, prompts=14_000)
    file = experiment(tmp_path, rows, {"one": big})
    with launch(speed=20, scenario="steady") as cluster:
        words = ("run", str(file), "--yes", "--headless", "-o", str(tmp_path / "out"))
        child = started(*words, "--kubeconfig", str(cluster.kubeconfig))
        assert child.stdout is not None
        for line in child.stdout:
            if "[T+10s] Running: one" in line:
                break
        assert len(asyncio.run(jobs(cluster.kubeconfig))) == 1
        child.send_signal(number)
        _, told = child.communicate(timeout=120)
        assert child.returncode == code
        assert asyncio.run(jobs(cluster.kubeconfig)) == []
    assert f"interrupted: deleting job {NAMESPACE}/one-" in told
    [folder] = (tmp_path / "out").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "experiment-config.yaml",
        "session.jsonl",
        "wva-controller-logs.jsonl",
        "metrics.csv",
        "job-logs",
        "results",
    }
    assert list(open_recording(folder / "session.jsonl").events())
