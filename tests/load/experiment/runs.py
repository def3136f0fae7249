"""Runs experiments on a simulated cluster over real HTTP, as fast as its clock can go."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import Served
from tests.load.experiment.files import job
from wvatui.cli.launching import Asked
from wvatui.cli.live import WatchRequest, opened
from wvatui.cli.repetition import Repeated, Repetition
from wvatui.clock import WallClock
from wvatui.load.experiment.checks import check
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.folder import RunFolder
from wvatui.load.experiment.outcome import RunReport
from wvatui.load.experiment.plan import plan
from wvatui.load.experiment.scaling import Checked

NAMESPACE = "llm-d-sim"
DEPLOYMENT = "llama-8b-h100"
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
GATEWAY = "http://infra-sim-inference-gateway-istio:80"
FAIL = "sim.wvatui.dev/fail"


def load(name: str, *, rate: float = 4, prompts: int = 100, fail: str = "") -> dict[str, Any]:
    """A Job that sends requests to the simulated gateway; `fail`: how its pods fail."""
    body = job(name, rate=rate, prompts=prompts)
    body["metadata"]["namespace"] = NAMESPACE
    template = body["spec"]["template"]
    container = template["spec"]["containers"][0]
    container["command"] = ["/usr/bin/python3"]
    container["args"] = [
        "-m",
        "vllm.entrypoints.cli.main",
        "bench",
        "serve",
        "--backend",
        "openai",
        "--base-url",
        GATEWAY,
        "--dataset-name",
        "random",
        "--model",
        MODEL,
        "--num-prompts",
        str(prompts),
        "--request-rate",
        f"{rate:g}",
        "--seed",
        "1",
    ]
    if fail:
        template["metadata"] = {"annotations": {FAIL: fail}}
    return body


def experiment(
    folder: Path, workloads: list[dict[str, Any]], jobs: dict[str, dict[str, Any]], **more: Any
) -> Path:
    """The file of an experiment on the simulated cluster; `jobs` by the workload's name."""
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "workloads").mkdir(exist_ok=True)
    for name, body in jobs.items():
        (folder / "workloads" / f"{name}.yaml").write_text(yaml.safe_dump(body))
    config = {
        "name": "small",
        "namespace": NAMESPACE,
        "deployment": DEPLOYMENT,
        "model_name": MODEL,
        "tail_seconds": 30,
    } | more
    file = folder / "configs" / "small.yaml"
    file.write_text(yaml.safe_dump(config | {"workloads": workloads}, sort_keys=False))
    return file


@dataclass
class Ran:
    """A finished run."""

    report: RunReport
    folder: RunFolder
    checked: Checked

    def text(self, name: str) -> str:
        """The text of a file in the run's folder."""
        return (self.folder.path / name).read_text()

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.folder.files()}

    def became(self) -> dict[str, str]:
        return {one.stage.name: one.status for one in self.report.stages}


async def checks(here: Served, file: Path) -> Checked:
    """The checks before a run."""
    watch = WatchRequest(kubeconfig=str(here.kubeconfig), headless=True)
    async with opened(watch) as (client, _):
        return await check(client, WallClock(), plan(read_experiment(file)))


async def ran(here: Served, file: Path, *, stop_at_s: float | None = None, **watch: Any) -> Ran:
    """Run an experiment to its end, or stop it `stop_at_s` seconds after the cluster's start."""
    request = WatchRequest(kubeconfig=str(here.kubeconfig), headless=True, **watch)
    runs = Repeated(plan(read_experiment(file)), here.folder / "out")
    checked = await checks(here, file)
    one = Repetition(Asked("a run", yes=True, watch=request), runs, request.repetition, checked)
    session = one.begin()
    if stop_at_s is not None:
        here.at(stop_at_s, lambda: session.stop("SIGINT"))
    try:
        await session.run()
    finally:
        await session.aclose()
        one.end(session)
    assert one.folder is not None
    return Ran(one.report, one.folder, checked)


def left(here: Served, namespace: str = NAMESPACE) -> list[str]:
    """The jobs, and pods of jobs, that are still in the cluster a minute later."""
    store, timeline = here.cluster.store, here.cluster.timeline
    timeline.run_until(timeline.now + 60)  # pods of a deleted Job are deleted in the background
    pods = [p for p in store.list("Pod", namespace) if "job-name" in p["metadata"]["labels"]]
    return [one["metadata"]["name"] for one in (*store.list("Job", namespace), *pods)]
