"""`wvatui load` and `wvatui estimate --in-cluster` as users type them."""

import asyncio
import errno
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.cli import Done, run, started
from tests.cluster import served
from tests.fixtures import ROOT
from tests.load.experiment.files import job
from tests.load.experiment.runs import load
from tests.load.pipelines import NS, pipeline_run, spike
from tests.recording.test_full_disk import Limited
from tests.ui.terminal import terminal
from tests.verbs.program import environment
from wvatui.cli.launching import Choose, drafted
from wvatui.cli.live import WatchRequest, opened
from wvatui.clock import WallClock
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.load import load_rows, result_rows
from wvatui.core.state.state import EMPTY
from wvatui.errors import DeniedError
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.kube.paths import JOB, PIPELINE_RUN, Kind
from wvatui.load.make.order import LaunchPreview, Order, file_option
from wvatui.recording import open_recording
from wvatui.sim.api.context import AccessRules
from wvatui.sim.serve import RunningCluster, launch

SMALL = ("--rate", "4", "--prompt-tokens", "128", "--output-tokens", "32")


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    """One quiet cluster with Tekton for all tests."""
    with launch(speed=20, scenario="tekton") as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a test, with a home directory of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(folder)
    return folder


def verb(cluster: RunningCluster, *words: str) -> Done:
    """Run a verb in the cluster's namespace, without confirmations; its pods are asked seldom."""
    where = ("-n", NS, "--kubeconfig", str(cluster.kubeconfig))
    return run(*words, *where, "--interval", "10s", "--headless", "--yes")


def made(cluster: RunningCluster, kind: Kind = JOB) -> list[str]:
    """The names of the objects of one kind in the cluster."""
    return asyncio.run(_made(cluster.kubeconfig, kind))


async def _made(kubeconfig: Path, kind: Kind) -> list[str]:
    client = Client(await open_access(str(kubeconfig), None), WallClock())
    try:
        answer = await client.get_json(kind.path(NS))
        return [one["metadata"]["name"] for one in answer["items"]]
    finally:
        await client.aclose()


def manifest(folder: Path, body: Any, name: str = "mine.yaml") -> str:
    path = folder / name
    path.write_text(body if isinstance(body, str) else yaml.safe_dump(body))
    return str(path)


async def drafts(watch: WatchRequest, choose: Choose) -> Sequence[LaunchPreview]:
    """The previews of what the verb would create."""
    async with opened(watch) as (client, access):
        return await drafted(client, access, watch, choose)


# --- load ----------------------------------------------------------------------------------


def test_a_plan_is_printed_without_credentials_and_the_job_is_made_with_them(
    cluster: RunningCluster, here: Path
) -> None:
    body = load("mine", prompts=40)
    container = body["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "HF_TOKEN", "value": "S3CR3T"}, {"name": "A", "value": "b"}]
    container["args"] += ["--api-key", "S3CR3T", "--header", "Authorization: Bearer S3CR3T"]
    url = container["args"].index("--base-url") + 1
    container["args"][url] = container["args"][url].replace("://", "://me:S3CR3T@")
    done = verb(cluster, "load", manifest(here, body), "--dry-run")
    assert done.code == 0, done.err
    assert "S3CR3T" not in done.out + done.err
    assert "- --api-key\n" in done.out
    for words in ("- name: HF_TOKEN", "value: '***'", "value: b", "http://***@", "Bearer ***"):
        assert words in done.out, words
    [given] = asyncio.run(
        drafts(
            WatchRequest(kubeconfig=str(cluster.kubeconfig), namespace=NS, session="s"),
            lambda options: [Order(file_option(here / "mine.yaml"))],
        )
    )
    assert str(given.body).count("S3CR3T") == 4


def test_a_profile_is_run_to_its_results_and_recorded_like_a_session(
    cluster: RunningCluster, here: Path
) -> None:
    done = verb(
        cluster,
        "load",
        "constant",
        *SMALL,
        "--duration",
        "40s",
        "--tail",
        "5s",
        "--record",
        "it.jsonl",
    )
    assert done.code == 0, done.err
    for words in (
        "context    wvatui-sim",
        f"namespace  {NS}",
        "object     Job wvatui-constant-",
        "T+0s 4 req/s for 40 s",
        "answers",
        "run it dry",
        "kind: Job",
        "[T+0s] constant begins: Job wvatui-constant-",
        "constant: running, 4/s",
        "constant succeeded",
        "recording 5 s more",
        "TTFT ms",
    ):
        assert words in done.out, words
    assert "recorded in it.jsonl" in done.err
    assert made(cluster) == []
    events = list(open_recording(here / "it.jsonl").events())
    state = fold(EMPTY, events)
    [row] = [one for one in load_rows.jobs(state) if one.profile == "constant"]
    assert (row.status, row.source, row.results) == ("succeeded", "wvatui", 1)
    [result] = [one for one in result_rows.job_results(state) if one.key == row.key]
    assert result.client.ok
    assert result.server.ttft_mean_ms is not None
    assert {e.code for e in events if isinstance(e, ev.Notice)} >= {"load-start", "load-done"}


def test_a_load_whose_output_nobody_reads_any_more_is_taken_away(
    cluster: RunningCluster, here: Path
) -> None:
    words = ["load", "constant", *SMALL, "--duration", "60s", "--record", str(here / "it.jsonl")]
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "wvatui",
            *words,
            "-n",
            NS,
            "--kubeconfig",
            str(cluster.kubeconfig),
            "--headless",
            "--yes",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(here),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert any(b"running" in line for line in process.stdout)
        process.stdout.close()
        assert process.wait(120) == 141
        assert process.stderr.read() == b""
    assert made(cluster) == []
    assert isinstance(list(open_recording(here / "it.jsonl").events())[-1], ev.Footer)


def test_a_load_whose_recording_is_incomplete_has_its_results_and_code_5(
    cluster: RunningCluster, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Limited(monkeypatch, 24_000, errno.ENOSPC)
    done = verb(cluster, "load", "constant", *SMALL, "--duration", "20s", "--tail", "0s")
    assert done.code == 5, done.err
    assert "TTFT ms" in done.out
    [recording] = (here.parent / "state").rglob("*.jsonl")  # it is recorded without being asked
    last = done.err.splitlines()[-1]
    assert f"recorded in {recording}, incomplete: " in last
    assert " events are missing " in last
    assert list(open_recording(recording).events())[-1].at > 0


def test_a_job_of_ones_own_is_run_as_it_was_written(cluster: RunningCluster, here: Path) -> None:
    file = manifest(here, load("mine", prompts=40))
    done = verb(cluster, "load", file, "--tail", "0s", "--no-record")
    assert done.code == 0, done.err
    assert "object     Job mine-" in done.out
    assert "T+0s 4 req/s for 10 s" in done.out
    assert "\nmine " in done.out  # its results
    assert made(cluster) == []


def test_a_pipeline_run_is_run_and_what_it_gave_back_is_printed(
    cluster: RunningCluster, here: Path
) -> None:
    file = manifest(here, pipeline_run("guidellm-load", rate="2", max_seconds="30"))
    done = verb(cluster, "load", file, "--tail", "0s")
    assert done.code == 0, done.err
    assert "object     PipelineRun guidellm-load-…" in done.out
    assert "begins: PipelineRun guidellm-load-" in done.out
    assert "  start-time  " in done.out or "  start-time       " in done.out
    assert "load.end-time" in done.out
    assert made(cluster, PIPELINE_RUN) == []


def test_a_load_that_fails_is_told_with_its_reason_and_ends_with_one(
    cluster: RunningCluster, here: Path
) -> None:
    file = manifest(here, load("bad", fail="exit,after=2,code=3"))
    done = verb(cluster, "load", file, "--no-record")
    assert done.code == 1
    assert "bad failed: BackoffLimitExceeded" in done.err
    assert made(cluster) == []


def test_a_dry_run_shows_all_and_makes_nothing(cluster: RunningCluster, here: Path) -> None:
    done = verb(cluster, "load", "stair-step", "--dry-run")
    assert done.code == 0
    assert "T+1800s step 4 0.5 req/s for 1800 s" in done.out
    assert made(cluster) == []
    assert list(here.iterdir()) == []


def test_the_list_names_every_profile() -> None:
    done = run("load", "--list")
    assert done.code == 0
    assert "stair-step" in done.out
    assert "sharegpt-30" in done.out


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ((), 2, "which load? a profile or the path of a manifest"),
        (("no-such",), 2, "there is no load 'no-such'"),
        (("gone.yaml",), 2, "gone.yaml: cannot be read: No such file"),
        (("BROKEN",), 2, "broken.yaml:2: not valid YAML"),
        (("SERVICE",), 2, "service.yaml:2: kind Service: only Job and PipelineRun"),
        (("ELSEWHERE",), 2, "it names namespace ns, and llm-d-sim is watched"),
        (("MINE", "--rate", "3"), 2, "a manifest is run as it was written: --rate cannot"),
        (("throughput", "--rate", "3"), 2, "throughput has no rate"),
        (("constant", "--target", "gateway:80", "--model", "m"), 2, "a target is needed: a URL"),
        (("constant", "--target", "http://nowhere.example.org"), 2, "no model: target http://now"),
        (("NOPIPE",), 1, "there is no pipeline no-such in namespace llm-d-sim"),
    ],
)
def test_a_refusal_is_one_clear_line_and_nothing_is_made(
    cluster: RunningCluster, here: Path, words: tuple[str, ...], code: int, line: str
) -> None:
    names = {
        "BROKEN": manifest(here, "a: [\n", "broken.yaml"),
        "SERVICE": manifest(here, "apiVersion: v1\nkind: Service\n", "service.yaml"),
        "ELSEWHERE": manifest(here, job("x"), "elsewhere.yaml"),
        "MINE": manifest(here, load("mine"), "mine.yaml"),
        "NOPIPE": manifest(here, pipeline_run("no-such"), "nopipe.yaml"),
    }
    before = sorted(here.rglob("*"))
    done = verb(cluster, "load", *(names.get(word, word) for word in words))
    assert done.code == code, done.err
    [first, *hint] = done.err.splitlines()
    assert first.startswith("wvatui: ")
    assert line in first
    assert len(hint) <= 1
    assert (made(cluster), made(cluster, PIPELINE_RUN)) == ([], [])
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("load", "constant"), "standard output is no terminal"),
        (("load", "constant", "--headless"), "a load makes jobs in the cluster, and there is no"),
        (("estimate", "--in-cluster", "--headless"), "an estimation makes jobs in the cluster"),
        (("load", "constant", "--headless", "--yes"), "no kubeconfig"),
    ],
)
def test_without_a_terminal_it_needs_to_be_told_that_it_may(
    here: Path, words: tuple[str, ...], line: str
) -> None:
    done = run(*words)
    assert done.code == 2
    assert line in done.err
    assert list(here.iterdir()) == []


def test_without_tekton_or_a_target_it_says_so(here: Path) -> None:
    with launch(speed=20, scenario="steady") as cluster:
        done = verb(cluster, "load", manifest(here, spike()))
        assert (done.code, done.err.splitlines()) == (
            1,
            [
                "wvatui: Tekton is not installed in this cluster: "
                "it knows no pipelineruns.tekton.dev",
                "        install Tekton Pipelines, or launch a Job",
            ],
        )
        done = run(
            "load",
            "constant",
            "-n",
            "default",
            "--kubeconfig",
            str(cluster.kubeconfig),
            "--headless",
            "--yes",
        )
        assert done.code == 2
        assert "no target: namespace default has no service" in done.err


async def test_32_a_right_that_is_missing_is_named_before_anything_is_made(tmp_path: Path) -> None:
    access = AccessRules(anonymous="me@example.com")
    for document in yaml.safe_load_all((ROOT / "deploy" / "role.yaml").read_text()):
        if document["kind"] == "Role":
            access.grant("me@example.com", document["metadata"]["namespace"], document["rules"])
    async with served(tmp_path, access=access) as cluster:
        watch = WatchRequest(kubeconfig=str(cluster.kubeconfig), session="s")
        with pytest.raises(DeniedError) as refused:
            await drafts(watch, lambda options: [Order(options[0])])
        assert refused.value.message.startswith(
            "not allowed in namespace llm-d-sim: create jobs.batch, delete jobs.batch"
        )
        assert refused.value.exit_code == 3
        assert cluster.cluster.store.list("Job") == []


def test_on_a_terminal_it_asks_once_and_who_says_nothing_has_said_no(
    cluster: RunningCluster, tmp_path: Path
) -> None:
    with terminal(
        "load", "constant", "-n", NS, "--kubeconfig", str(cluster.kubeconfig), home=tmp_path
    ) as screen:
        screen.until(b"[y/N]")
        assert f"in namespace {NS}, context wvatui-sim?".encode() in screen.shown
        assert made(cluster) == []
        screen.type(b"\n")
        assert screen.ends()[0] == 1
        assert b"not confirmed: nothing was made" in screen.shown
    assert made(cluster) == []


def test_31_a_signal_deletes_what_was_made(cluster: RunningCluster, here: Path) -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        child = launched(cluster, here)
        child.send_signal(number)
        _, told = child.communicate(timeout=120)
        assert child.returncode == code
        assert f"interrupted: deleting job {NS}/wvatui-constant-" in told
        assert made(cluster) == []
    assert all(list(open_recording(path).events()) for path in here.glob("*.jsonl"))


def test_load_that_is_to_be_kept_stays(here: Path) -> None:
    with launch(speed=20, scenario="steady") as cluster:
        child = launched(cluster, here, "--keep-load")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=120)
        assert len(made(cluster)) == 1


def launched(cluster: RunningCluster, folder: Path, *more: str) -> "subprocess.Popen[str]":
    """Start `wvatui load` in a process of its own, and wait for its job."""
    path = folder / f"{len(list(folder.iterdir()))}.jsonl"
    where = ("--kubeconfig", str(cluster.kubeconfig), "-n", NS, "--record", str(path))
    child = started("load", "constant", "--yes", "--headless", "--duration", "3h", *where, *more)
    assert child.stdout is not None
    for line in child.stdout:
        if "constant: running" in line:
            break
    assert len(made(cluster)) == 1
    return child


# --- estimate --in-cluster -----------------------------------------------------------------


def test_35_both_jobs_are_run_and_the_parameters_written(
    cluster: RunningCluster, here: Path
) -> None:
    done = verb(
        cluster,
        "estimate",
        "--in-cluster",
        "--max-seconds",
        "30",
        "--batch-size",
        "8",
        "--no-record",
    )
    assert done.code == 0, done.err
    assert "synchronous succeeded" in done.out
    assert "throughput succeeded" in done.out
    assert done.out.index("synchronous succeeded") < done.out.index("throughput begins")
    found = json.loads((here / "parameters.json").read_text())
    assert list(found)[:5] == ["itl_synchronous", "itl_throughput", "batch_size", "alpha", "beta"]
    assert found["batch_size"] == 8.0
    assert found["alpha"] > 0
    assert found["beta"] > 0
    assert found["sources"]["throughput"].startswith("job wvatui-throughput-")
    assert made(cluster) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--batch-size", "1"), "batch size must exceed 1"),
        (("--batch-size", "2.5"), "batch size 2.5: so many requests cannot be in flight"),
        (("-o", "no/such/p.json"), "cannot be written: there is no such folder"),
        (("-o", "."), "cannot be written: it is a folder"),
        (("a.json",), "either files, or --in-cluster"),
    ],
)
def test_35_what_cannot_be_estimated_is_refused_before_anything_runs(
    cluster: RunningCluster, here: Path, words: tuple[str, ...], line: str
) -> None:
    done = verb(cluster, "estimate", "--in-cluster", *words)
    assert done.code == 2
    assert line in done.err
    assert made(cluster) == []
    assert list(here.iterdir()) == []


def test_a_dry_run_of_an_estimation_shows_both_jobs(cluster: RunningCluster, here: Path) -> None:
    done = verb(cluster, "estimate", "--in-cluster", "--dry-run")
    assert done.code == 0
    for words in (
        "T+0s synchronous for 360 s",
        "T+0s throughput for 360 s",
        "max_concurrency=64",
        "prompt_tokens=128",
        "output_tokens=128",
    ):
        assert words in done.out, words
    assert list(here.iterdir()) == []


def test_without_both_jobs_no_file_is_written(here: Path) -> None:
    breaks = ("--fault", "500,path=/jobs$,method=POST,nth=2,times=always")
    with launch(speed=20, scenario="steady", extra=breaks) as cluster:
        done = verb(cluster, "estimate", "--in-cluster", "--max-seconds", "20", "--no-record")
        assert done.code == 1
        assert "nothing could be estimated: a job did not end well" in done.err
        assert made(cluster) == []
    assert not (here / "parameters.json").exists()
