"""Alternating experiments: cells and their ledger, interruption, and the final comparison."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run, started
from tests.kube.server import says, served, talking
from tests.load.experiment.files import workload, write
from tests.load.experiment.runs import GATEWAY, MODEL, experiment, load
from tests.sources.virtual import virtual_clock
from wvatui.errors import CheckFailed, UsageError
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.matrix import MatrixCell, matrix_in, sides_of
from wvatui.load.experiment.plan import ExperimentPlan, plan
from wvatui.load.experiment.replicas import scaled_down
from wvatui.load.profiles.manifests import SessionProcess
from wvatui.sim.serve import launch

NOW = 1_800_000_000.0


QUIET = {
    "namespace": "llm-d-inference-scheduler",
    "deployment": "ms-inference-scheduling-llm-d-modelservice-decode",
    "model_name": "unsloth/Meta-Llama-3.1-8B",
    "tail_seconds": 5,
}
"""Names of objects in the cluster of the first experiments, in which nobody else sends requests."""
QUIET_GATEWAY = "http://infra-inference-scheduling-inference-gateway-istio:80"


def quiet_load(rate: float, prompts: int) -> dict[str, Any]:
    body = load("one", rate=rate, prompts=prompts)
    body["metadata"]["namespace"] = QUIET["namespace"]
    container = body["spec"]["template"]["spec"]["containers"][0]
    other = {GATEWAY: QUIET_GATEWAY, MODEL: QUIET["model_name"]}
    container["args"] = [other.get(word, word) for word in container["args"]]
    return body


def side(folder: Path, name: str, **more: Any) -> ExperimentPlan:
    (folder / name).mkdir(exist_ok=True)
    rows = [workload("one", start_delay=0, duration=60)]
    return plan(read_experiment(write(folder / name, rows, name=name, **more)))


def test_sides_alternate_and_the_same_matrix_goes_on_until_it_is_done(tmp_path: Path) -> None:
    sides = sides_of([side(tmp_path, "a"), side(tmp_path, "b")])
    first = matrix_in(tmp_path, sides, 2, NOW)
    assert first.order() == "a r1, b r1, a r2, b r2"
    assert first.story() == []
    first.cells[0].status = "finished"
    first.cells[1].status, first.cells[1].folder = "interrupted", "b-1-r1"
    first.keep()
    again = matrix_in(tmp_path, sides, 3, NOW + 100)
    assert again.path == first.path
    assert again.order() == "b r1, a r2, b r2, a r3, b r3"
    assert again.story() == [
        f"{first.path}: 1 of 6 cells is done: it goes on",
        "b r1 was interrupted (b-1-r1 is kept): it is run anew",
    ]
    for cell in again.cells:
        cell.status = "finished"
    again.keep()
    assert [cell.name for cell in again.done] == ["a r1", "a r2", "a r3", "b r1", "b r2", "b r3"]
    assert matrix_in(tmp_path, sides, 3, NOW).path != first.path


def test_a_side_that_has_changed_is_not_mixed_with_what_was_run(tmp_path: Path) -> None:
    kept = matrix_in(tmp_path, sides_of([side(tmp_path, "a"), side(tmp_path, "b")]), 2, NOW)
    kept.keep()
    other = sides_of([side(tmp_path, "a"), side(tmp_path, "b", description="other")])
    with pytest.raises(UsageError, match="4 of its 4 cells are left, and b has changed since"):
        matrix_in(tmp_path, other, 2, NOW)
    kept.path.write_text("{")
    assert not matrix_in(tmp_path, other, 2, NOW).has_begun


def test_a_ledger_that_cannot_be_read_is_told_and_left_alone(tmp_path: Path) -> None:
    sides = sides_of([side(tmp_path, "a"), side(tmp_path, "b")])
    kept = matrix_in(tmp_path, sides, 2, NOW)
    kept.keep()
    whole = kept.path.read_text()
    for text in ("{", whole.replace("version 1", "version 2"), whole[:-40]):
        kept.path.write_text(text)
        words = f"{kept.path}: no ledger of this version, and left alone"
        assert matrix_in(tmp_path, sides, 2, NOW + 9).story() == [words]
        assert kept.path.read_text() == text


def test_what_another_process_runs_is_not_run_beside_it(tmp_path: Path) -> None:
    sides = sides_of([side(tmp_path, "a"), side(tmp_path, "b")])
    early, late = (matrix_in(tmp_path, sides, 2, NOW + second) for second in (0, 1))
    early.begin("one")
    whole = early.path.read_text()
    here, parent = str(SessionProcess.here()), f"{socket.gethostname()}/{os.getppid()}/"
    early.path.write_text(whole.replace(here, parent))
    words = f"process {os.getppid()} runs it now"
    with pytest.raises(UsageError, match=words):
        late.begin("one")  # both had checked before one of them began
    assert not late.path.exists()
    with pytest.raises(UsageError, match=words):
        matrix_in(tmp_path, sides, 2, NOW)
    early.path.write_text(whole.replace(here, "elsewhere/1/1").replace('"waiting"', '"running"'))
    assert "it was begun on elsewhere: see that it" in matrix_in(tmp_path, sides, 2, NOW).story()[1]
    early.path.write_text(whole.replace(here, f"{socket.gethostname()}/999999999/1"))
    again = matrix_in(tmp_path, sides, 2, NOW)
    with pytest.raises(UsageError, match="its cells ran in context one, and this is two"):
        again.begin("two")
    again.begin("one")
    again.end()
    assert json.loads(early.path.read_text())["process"] == ""


def test_two_sides_of_one_name_are_told_by_their_files_or_refused(tmp_path: Path) -> None:
    both = [side(tmp_path, "a"), side(tmp_path, "a")]
    with pytest.raises(UsageError, match="two experiments are called small"):
        sides_of(both)
    twin = tmp_path / "a" / "configs" / "twin.yaml"
    twin.write_bytes(both[0].experiment.source)
    assert [s.label for s in sides_of([both[0], plan(read_experiment(twin))])] == ["small", "twin"]


def test_the_ledger_holds_no_credential(tmp_path: Path) -> None:
    matrix = matrix_in(tmp_path, sides_of([side(tmp_path, "a")]), 2, NOW)
    matrix.cells[0].configuration = {
        "engine": {"decode/vllm": "serve --api-key S3CR3T --port 80"},
        "image": {"job one": "https://me:S3CR3T@registry/bench"},
    }
    matrix.keep()
    text = matrix.path.read_text()
    assert "S3CR3T" not in text
    assert matrix_in(tmp_path, matrix.sides, 2, NOW).cells[1] == MatrixCell("a", 2)
    assert matrix.path.stat().st_mode & 0o777 == 0o600


async def test_a_cell_waits_until_there_are_no_more_replicas_than_before() -> None:
    async with served() as server, talking(server) as client, virtual_clock() as (clock, _):
        path, said = "/apis/apps/v1/namespaces/ns/deployments/d", list[str]()
        server.on(
            path,
            says({"spec": {"replicas": 3}, "status": {"replicas": 3}}),
            says({"spec": {"replicas": 1}, "status": {"replicas": 2}}),
            says({"spec": {"replicas": 1}, "status": {"replicas": 1}}),
        )
        await scaled_down(client, clock, "ns", "d", 1, limit_s=60, say=said.append)
        assert len(server.asked(path)) == 3
        assert said[-1] == "waiting until d has 1 replica again: it has 2"
        server.says[path] = [says({"spec": {"replicas": 3}, "status": {}})]
        with pytest.raises(CheckFailed, match="d still has 3 replicas after 60 s, and had 1"):
            await scaled_down(client, clock, "ns", "d", 1, limit_s=60)


def test_a_matrix_is_interrupted_goes_on_and_ends_with_its_table(tmp_path: Path) -> None:
    files = []
    for name, rate in (("slow", 1.0), ("fast", 3.0)):
        (tmp_path / name).mkdir()
        rows = [workload("one", start_delay=0, duration=15)]
        jobs = {"one": quiet_load(rate, int(rate * 10))}
        files.append(str(experiment(tmp_path / name, rows, jobs, name=name, **QUIET)))
    out = tmp_path / "out"
    with launch(speed=20, scenario="first-experiments") as cluster:
        words = ["run", *files, "--repeat", "2", "--yes", "--headless", "-o", str(out)]
        words += ["--kubeconfig", str(cluster.kubeconfig), "--interval", "10"]
        child = started(*words, interrupted_at="one begins|one begins|Running: one")
        _, told = child.communicate(timeout=120)
        assert child.returncode == 130, told
        assert "3 of 4 cells are left: the same command goes on with them" in told
        done = run(*words)
    assert done.code == 0, done.err
    assert "1 of 4 cells is done: it goes on" in done.err
    assert "fast r1 was interrupted (fast-" in done.err
    assert "in this order: fast r1, slow r2, fast r2" in done.out
    assert "slow (n=2)" in done.out
    assert "fast (n=2)" in done.out
    [ledger] = out.glob("matrix-*.json")
    cells = json.loads(ledger.read_text())["cells"]
    assert [(c["side"], c["repetition"], c["status"], c["ok"]) for c in cells] == [
        (name, n, "finished", True) for n in (1, 2) for name in ("slow", "fast")
    ]
    for cell in cells:
        assert cell["configuration"]["image"]["job one"] == "vllm/vllm-openai:v0.11.0"
        assert {"scaler", "threshold", "engine"} < cell["configuration"].keys()
    assert len({cell["folder"] for cell in cells}) == 4
    assert len([path for path in out.iterdir() if path.is_dir()]) == 5
