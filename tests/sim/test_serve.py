"""The simulated cluster in a process of its own: access, its end, and the whole demo."""

import asyncio
import importlib.util
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.cli import run
from tests.sim.small import PLAIN
from tests.waiting import until
from wvatui.core import events as ev
from wvatui.errors import UsageError
from wvatui.recording import open_recording
from wvatui.sim import serve
from wvatui.sim.serve import launch

ROOT = Path(__file__).resolve().parent.parent.parent


def events(path: Path) -> list[ev.Event]:
    return list(open_recording(path).events())


def wvatui(*args: str | Path, **more: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "wvatui", *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
        check=False,
        **more,  # type: ignore[call-overload]
    )


def test_watch_gets_in_over_tls_in_each_way_and_with_wrong_credentials_says_so(
    tmp_path: Path,
) -> None:
    path, wrong = tmp_path / "run.jsonl", tmp_path / "wrong"
    with launch(extra=("--tls", "--auth", "exec"), scenario="steady") as cluster:
        words = ("watch", "--kubeconfig", cluster.kubeconfig, "--headless")
        for chosen in ((), ("--context", "wvatui-sim-token"), ("--context", "wvatui-sim-cert")):
            done = wvatui(*words, *chosen, "--duration", "5s", "--record", path)
            assert done.returncode == 0, done.stderr
            kinds = {type(event) for event in events(path)}
            assert {ev.Scrape, ev.Log, ev.Pod, ev.Workload, ev.Variant, ev.Autoscaler} <= kinds
            # No credential is ever written to a file.
            text = path.read_text()
            path.unlink()
            for word in ("Bearer", "PRIVATE KEY", "client-key", "Authorization"):
                assert word not in text
        config = json.loads(cluster.kubeconfig.read_text())
        users = {context["name"]: context["context"]["user"] for context in config["contexts"]}
        assert users[config["current-context"]] == users["wvatui-sim-exec"]
        for user in config["users"]:
            user["user"] = {"token": "wrong"}
        wrong.write_text(json.dumps(config))
        done = wvatui(*words[:2], wrong, "--headless", "--duration", "5s", "--no-record")
    assert done.returncode == 3
    assert "Unauthorized" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cluster_that_is_not_there_is_one_line_and_exit_3(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
                "users": [{"name": "u", "user": {}}],
                "contexts": [
                    {"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "n"}}
                ],
            }
        )
    )
    done = run("watch", "--kubeconfig", str(path), "--headless", "--no-record")
    assert done.code == 3
    assert "connection refused" in done.err
    missing = run("watch", "n", "--kubeconfig", str(tmp_path / "none"), "--headless")
    assert missing.code == 2
    assert "none" in missing.err


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_the_cluster_ends_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom wvatui.sim.serve import launch\n"
        "with launch(scenario='steady') as cluster:\n"
        "    print(cluster.pid, cluster.kubeconfig, flush=True)\n    time.sleep(600)\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    number, _, path = (await parent.stdout.readline()).decode().strip().partition(" ")
    pid, kubeconfig = int(number), Path(path)
    assert alive(pid)
    assert [mode(place) for place in (kubeconfig, kubeconfig.parent)] == [0o600, 0o700]
    parent.kill()
    await parent.wait()
    await until(lambda: not alive(pid), what="the simulated cluster ended")
    assert not kubeconfig.parent.exists()


def test_a_launched_cluster_leaves_nothing_behind() -> None:
    with launch(scenario="steady") as cluster:
        assert alive(cluster.pid)
    assert not alive(cluster.pid)
    assert not cluster.kubeconfig.parent.exists()


def test_what_is_done_while_a_cluster_starts_is_done_before_it_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[str] = []
    wait = serve._wait

    def waited(*child: Any) -> None:
        steps.append("waited")
        wait(*child)

    monkeypatch.setattr(serve, "_wait", waited)
    with launch(scenario="steady", meanwhile=lambda: steps.append("imported")):
        assert steps == ["imported", "waited"]


def test_a_cluster_ends_where_what_is_done_meanwhile_fails() -> None:
    before = set(children())
    with pytest.raises(ZeroDivisionError), launch(scenario="steady", meanwhile=lambda: 1 / 0):
        pass
    assert set(children()) == before


def children() -> list[str]:
    """The child processes of this one that still exist."""
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return own.read_text().split() if own.exists() else []


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with (
            pytest.raises(UsageError, match=f"cannot serve: .*{port}"),
            launch(scenario="steady", extra=("--port", port)),
        ):
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_sim_serve_says_where_and_ends_cleanly_with_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "kubeconfig"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "wvatui",
        "sim",
        "serve",
        "--kubeconfig",
        str(path),
        "--fault",
        "500,path=/version",
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    line = (await child.stdout.readline()).decode()
    config = json.loads(path.read_text())
    url = config["clusters"][0]["cluster"]["server"]
    assert line.startswith(f"serving {url}, namespace llm-d-sim: kubectl --kubeconfig {path}")
    async with httpx.AsyncClient(
        base_url=url, trust_env=False, verify=PLAIN, timeout=120.0
    ) as client:
        codes = [(await client.get("/version")).status_code for _ in range(2)]
        assert codes == [500, 200]
        async with client.stream("GET", "/api/v1/pods", params={"watch": "1"}) as watch:
            assert watch.status_code == 200
            child.send_signal(number)
            out, err = await child.communicate()
    assert (child.returncode, out, err) == (0, b"", b"")
    assert not path.exists()


def test_sim_serve_explains_itself() -> None:
    told = run("sim", "serve", "--help")
    assert told.code == 0
    for word in ("--kubeconfig", "--tls", "--fault", "stair-step", "v0.9", "keda"):
        assert word in told.out
    wrong = run("sim", "serve", "--kubeconfig", "x", "--fault", "flood")
    assert wrong.code == 2
    assert wrong.err.startswith("wvatui: no such fault: flood")


def test_what_cannot_be_simulated_is_a_usage_error() -> None:
    with (
        pytest.raises(UsageError, match="unknown scenario 'earthquake'"),
        launch(scenario="earthquake"),
    ):
        pass
    misspelled = run("demo", "--scenario", "keda")
    assert misspelled.err.splitlines() == [
        "wvatui: unknown scenario 'keda'",
        "        did you mean 'keda-epp'? (all: wvatui demo --list)",
    ]
    done = run("demo", "--wva", "v7")
    assert done.code == 2
    assert "unknown release 'v7'" in done.err
    assert "no terminal" not in done.err


def test_without_cryptography_the_cluster_is_served_and_only_tls_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    config = str(tmp_path / "config")
    done = run("sim", "serve", "--tls", "--kubeconfig", config)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "wvatui: --tls needs cryptography, which is not installed",
        "        pip install 'wvatui[tls]'",
    ]
    program = (
        "import sys; sys.modules['cryptography'] = None;"
        "from wvatui.sim.__main__ import main;"
        "print(main(['--kubeconfig', sys.argv[1], '--speed', '-1']))"
    )
    plain = subprocess.run(
        [sys.executable, "-c", program, config], capture_output=True, text=True, cwd=ROOT
    )
    assert plain.stdout == "2\n", plain.stderr
    assert "--speed" in plain.stderr


# --- the demo -----------------------------------------------------------------------------------


def demo(path: Path, *more: str) -> float:
    """Record a demo of a minute and a half, unless `more` says otherwise; returns its CPU time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = wvatui(
        "demo",
        "--headless",
        "--duration",
        "90s",
        "--speed",
        "60",
        "--seed",
        "7",
        "--record",
        path,
        *more,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_same_seed_gives_the_same_recording_and_another_prints_other_lines(
    tmp_path: Path,
) -> None:
    took_s = [demo(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    first, second = ((tmp_path / n).read_bytes().splitlines()[1:] for n in ("a.jsonl", "b.jsonl"))
    assert first == second
    assert len(first) > 240
    assert min(took_s) < 36.0
    found = events(tmp_path / "a.jsonl")
    assert found[-2].at - found[0].at == pytest.approx(90.0, abs=2.0)
    numbers = json.loads(run("summary", str(tmp_path / "a.jsonl"), "-o", "json").out)
    assert numbers["ups"] >= 1
    assert numbers["unknown_lines"] == 0
    assert numbers["drift"] is None
    plain = ("--duration", "2m", "--speed", "90", "--seed", "8")
    done = wvatui("demo", *plain, "--record", tmp_path / "c.jsonl")
    assert done.returncode == 0, done.stderr
    assert "no terminal here" in done.stderr
    assert any("decision scale-up" in line for line in done.stdout.splitlines())
    other = (tmp_path / "c.jsonl").read_bytes().splitlines()[1:-1]
    assert other[:200] != first[:200]


async def test_a_signal_ends_a_headless_watch_with_its_own_code_and_a_whole_recording(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.jsonl"
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        path.unlink(missing_ok=True)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "wvatui",
            "demo",
            "--headless",
            "--record",
            str(path),
            "--duration",
            "100h",
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        await until(lambda: path.exists() and path.read_bytes().count(b'"k":"tick"') > 5)
        child.send_signal(number)
        await child.communicate()
        assert child.returncode == code
        assert isinstance(events(path)[-1], ev.Footer)


def test_a_signal_before_the_cluster_serves_leaves_no_folder_behind(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from wvatui.sim import __main__ as sim\n"
        "def struck(*given):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "sim._serve = struck\n"
        "sys.exit(sim.main(['--kubeconfig', 'nowhere']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (done.returncode, done.stderr) == (143, "")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("wvatui")] == []


@pytest.mark.parametrize("scenario", ["keda-queue", "steady"])
def test_a_prometheus_is_told_where_every_page_is(tmp_path: Path, scenario: str) -> None:
    """It gets the targets from the simulator, and their pages through the API server's proxy."""
    path = tmp_path / "prometheus.json"
    way = ("--prometheus-config", str(path))
    with (
        launch(extra=way, scenario=scenario, speed=0) as here,
        httpx.Client(timeout=120.0, verify=PLAIN) as http,
    ):
        (job,) = json.loads(path.read_text())["scrape_configs"]
        (discovery,) = job["http_sd_configs"]
        server = json.loads(here.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        targets = http.get(discovery["url"]).json()
        assert {f"{job['scheme']}://{address}" for t in targets for address in t["targets"]} == {
            server
        }
        places = [target["labels"]["__metrics_path__"] for target in targets]
        answers = [http.get(f"{server}{place}") for place in places]
        text = "".join(each.text for each in answers if each.status_code == 200)
    names = ["kube_deployment_status_replicas{", "llm_d_epp_", "vllm:num_requests_running"]
    names += [] if scenario == "keda-queue" else ["kube_pod_status_ready{"]
    for name in names:
        assert name in text
