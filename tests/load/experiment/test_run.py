"""Experiments on the simulated cluster: real jobs over real HTTP, and the folder they leave."""

import asyncio
import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import served
from tests.load.experiment.files import workload
from tests.load.experiment.runs import (
    DEPLOYMENT,
    NAMESPACE,
    Ran,
    checks,
    experiment,
    left,
    load,
    ran,
)
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.lines import kubelet_time
from wvatui.core.state.state import EMPTY
from wvatui.errors import CheckFailed, DeniedError
from wvatui.export.seed import CAPACITY, HPA
from wvatui.load.experiment.folder import CONFIG, METRICS, README
from wvatui.load.profiles.manifests import MANAGED_BY, TTL_S
from wvatui.load.profiles.manifests import SESSION as SESSION_LABEL
from wvatui.recording import open_recording
from wvatui.recording.imports.run_folder import RAW_LOG, SESSION
from wvatui.sim.api.context import AccessRules

TWO = [
    workload("one", start_delay=0, duration=60),
    workload("two", start_delay=30, duration=60),
]
JOBS = {"one": load("load-one"), "two": load("load-two", rate=2)}


SELDOM_S = 10.0
"""The interval of scrapes in seconds: long, as these tests are about jobs, stages and folders."""


@dataclass
class Finished:
    """A run of two jobs to its end, and its traces in the cluster."""

    run: Ran
    file: str
    written: list[str]
    """The lines of the controller's log."""
    jobs: list[dict[str, Any]]
    """What there was of jobs while the first ran."""
    left: list[str]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    async def runs(folder: Path) -> Finished:
        jobs: list[dict[str, Any]] = []
        async with served(folder) as here:
            file = experiment(folder, TWO, JOBS)
            here.at(20, lambda: jobs.extend(here.cluster.store.list("Job", NAMESPACE)))
            run = await ran(here, file, label="wva", interval=SELDOM_S)
            written = [kubelet_time(line)[2] for line in here.written(here.leader)]
            return Finished(run, file.read_text(), written, jobs, left(here))

    return asyncio.run(runs(tmp_path_factory.mktemp("finished")))


def test_a_run_leaves_a_whole_folder_and_an_empty_cluster(finished: Finished) -> None:
    run = finished.run
    assert run.became() == {"one": "done", "two": "done"}
    assert run.report.ok
    assert finished.left == []
    jobs = [one.job for one in run.report.stages]
    assert run.folder.path.name.startswith("small-20")
    assert run.folder.path.name.endswith("-wva")
    assert {README, CONFIG, SESSION, RAW_LOG, METRICS} < run.names
    for job in jobs:
        assert f"results/{job}.txt" in run.names
        assert any(name.startswith(f"job-logs/{job}_{job}-") for name in run.names)
    assert run.text(CONFIG) == finished.file
    assert run.text(RAW_LOG).splitlines() == finished.written
    assert run.text(METRICS).splitlines()[0] == ",".join(CAPACITY)
    assert "| status | finished: 2 done |" in run.text(README)
    assert "| one 4/s | 100 | 0 | " in run.text(README)


def test_jobs_carry_whose_they_are(finished: Finished) -> None:
    header = next(iter(open_recording(finished.run.folder.session).events()))
    assert isinstance(header, ev.Header)
    [job] = finished.jobs
    labels = job["metadata"]["labels"]
    assert labels[MANAGED_BY] == "wvatui"
    assert labels[SESSION_LABEL] == header.session
    assert job["spec"]["ttlSecondsAfterFinished"] == TTL_S


def test_the_recording_holds_the_load_the_reaction_and_the_result(finished: Finished) -> None:
    run = finished.run
    events = list(open_recording(run.folder.session).events())
    state = fold(EMPTY, events)
    assert isinstance(events[-1], ev.Footer)
    assert events[-1].reason == "finished"
    jobs = {job.title: job for job in state.jobs.values()}
    assert {job.status for job in jobs.values()} == {"succeeded"}
    assert jobs["one"].tool == "vllm-bench"
    assert jobs["one"].stages == (ev.Stage(0.0, 60.0, 4.0),)
    assert jobs["one"].load_at is not None
    steps = [e.done for e in events if isinstance(e, ev.JobProgress) and e.name == jobs["one"].name]
    assert steps == sorted(steps)
    assert steps[-1] == 100
    [reported] = [r for key, r in state.job_results.items() if key[2] == jobs["one"].name]
    assert reported[-1].report.benchmarks[0].ok == 100
    codes = [e.code for e in events if isinstance(e, ev.Notice) and e.source == "experiment"]
    assert codes == [
        "experiment-start",
        "experiment-stage-start",
        "experiment-stage-start",
        "experiment-stage-end",
        "experiment-stage-end",
        "experiment-load-end",
        "experiment-end",
    ]


# While one job runs, and while two do; later only the second one is left.
@pytest.mark.parametrize("stop_at_s", sampled([4.0, 20.0, 45.0, 75.0, 110.0], [4.0, 45.0]))
async def test_31_a_run_that_is_interrupted_leaves_valid_files_and_nothing_running(
    tmp_path: Path, stop_at_s: float
) -> None:
    async with served(tmp_path) as here:
        run = await ran(
            here, experiment(tmp_path, TWO, JOBS), stop_at_s=stop_at_s, interval=SELDOM_S
        )
        assert left(here) == []
    assert run.report.ended == "interrupted"
    assert {README, CONFIG, SESSION, RAW_LOG, METRICS} <= run.names
    events = list(open_recording(run.folder.session).events())
    assert isinstance(events[-1], ev.Footer)
    assert events[-1].reason == "SIGINT"
    assert next(csv.reader(io.StringIO(run.text(METRICS)))) == list(CAPACITY)
    assert "**The run was interrupted" in run.text(README)
    assert not [name for name in run.names if name.endswith(".part")]


async def test_28_a_job_that_fails_is_known_at_once_with_its_reason_and_log(tmp_path: Path) -> None:
    rows = [workload("bad", wait_completion=True), workload("good", wait_completion=True)]
    bad = load("bad", fail="exit,after=20,code=3")
    bad["spec"]["backoffLimit"] = 0
    async with served(tmp_path) as here:
        file = experiment(tmp_path, rows, {"bad": bad, "good": load("good")}, tail_seconds=5)
        run = await ran(here, file, interval=SELDOM_S)
        assert left(here) == []
    assert run.became() == {"bad": "failed", "good": "done"}
    failed = run.report.stages[0]
    assert failed.started_at is not None
    assert failed.ended_at is not None
    assert failed.ended_at - failed.started_at < 60
    assert "BackoffLimitExceeded" in failed.reason
    assert failed.tail
    assert "BackoffLimitExceeded" in run.text(README)


async def test_a_job_that_somebody_deletes_is_a_failed_stage(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        store = here.cluster.store

        def delete() -> None:
            for one in store.list("Job", NAMESPACE):
                store.delete("Job", NAMESPACE, one["metadata"]["name"])

        here.at(20, delete)
        rows = [workload("one", wait_completion=True)]
        jobs = {"one": load("one", prompts=400)}
        run = await ran(here, experiment(tmp_path, rows, jobs, tail_seconds=5), interval=SELDOM_S)
    assert run.became() == {"one": "failed"}
    assert "deleted: by somebody else" in run.report.stages[0].reason


async def test_a_reset_scales_down_and_up_before_the_load(tmp_path: Path) -> None:
    rows = [workload("one", start_delay=0, duration=20)]
    more: dict[str, Any] = {"reset": {"replicas": 2}, "tail_seconds": 5}
    async with served(tmp_path) as here:
        file = experiment(tmp_path, rows, {"one": load("one", prompts=40)}, **more)
        run = await ran(here, file, interval=SELDOM_S)
    events = list(open_recording(run.folder.session).events())
    counts = [e.ready for e in events if isinstance(e, ev.Workload) and e.name == DEPLOYMENT]
    assert 0 in counts
    begin = run.report.begun_at
    assert begin is not None
    before = [
        e for e in events if isinstance(e, ev.Workload) and e.at <= begin and e.name == DEPLOYMENT
    ]
    assert (before[-1].ready or 0) >= 2


async def test_the_hpa_table_has_a_row_each_interval(tmp_path: Path) -> None:
    rows = [workload("one", start_delay=0, duration=60)]
    async with served(tmp_path) as here:
        for kind in ("HorizontalPodAutoscaler", "VariantAutoscaling"):
            for one in here.cluster.store.list(kind, NAMESPACE):
                here.cluster.store.delete(kind, NAMESPACE, one["metadata"]["name"])
        file = experiment(tmp_path, rows, {"one": load("one")}, mode="hpa", metrics={"interval": 5})
        run = await ran(here, file, interval=5.0)
    assert any("no HPA scales" in words for words in run.checked.warnings)
    table = list(csv.DictReader(io.StringIO(run.text(METRICS))))
    assert tuple(table[0]) == HPA
    assert 18 <= len(table) <= 20  # a lead of 3 s, 60 s of load, 30 s after
    assert {row["active_jobs"] for row in table} == {"0", "1"}
    assert float(table[8]["itl_ms"]) > 0


# --- refusals -----------------------------------------------------------------------------


async def test_mode_hpa_is_refused_where_wva_drives_the_target(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        file = experiment(tmp_path, TWO, JOBS, mode="hpa")
        with pytest.raises(CheckFailed, match=f"mode hpa, but WVA drives {DEPLOYMENT}: HPA"):
            await checks(here, file)


@pytest.mark.parametrize(
    ("verb", "resource", "words"),
    [
        ("create", "jobs.batch", "create jobs.batch"),
        ("delete", "jobs.batch", "delete jobs.batch"),
        ("get", "pods/log", "get pods/log"),
    ],
)
async def test_32_a_right_that_is_missing_is_named_before_anything_is_made(
    tmp_path: Path, verb: str, resource: str, words: str
) -> None:
    access = AccessRules()
    access.deny(verb, resource)
    async with served(tmp_path, access=access) as here:
        with pytest.raises(DeniedError) as caught:
            await checks(here, experiment(tmp_path, TWO, JOBS))
        assert caught.value.message == f"not allowed in namespace {NAMESPACE}: {words}"
        assert caught.value.exit_code == 3
        assert left(here) == []


async def test_a_deployment_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        with pytest.raises(CheckFailed, match="there is no deployment gone") as caught:
            await checks(here, experiment(tmp_path, TWO, JOBS, deployment="gone"))
        assert DEPLOYMENT in caught.value.hint


async def test_a_job_that_would_be_refused_forbids_the_run(tmp_path: Path) -> None:
    bad = load("bad")
    bad["spec"]["template"]["spec"]["restartPolicy"] = "Always"
    async with served(tmp_path) as here:
        with pytest.raises(CheckFailed, match=r"two: its job would be refused: .*restartPolicy"):
            await checks(here, experiment(tmp_path, TWO, {"one": load("one"), "two": bad}))
        assert left(here) == []


async def test_a_target_that_does_not_answer_is_told_and_forbids_nothing(tmp_path: Path) -> None:
    lost = load("one")
    arguments = lost["spec"]["template"]["spec"]["containers"][0]["args"]
    arguments[arguments.index("--base-url") + 1] = "http://nobody:80"
    async with served(tmp_path) as here:
        found = await checks(here, experiment(tmp_path, TWO, {"one": lost, "two": load("two")}))
    assert any("http://nobody:80 could not be asked" in words for words in found.warnings)
    assert any("answers" in words for words in found.notes)
    assert f"deployment {DEPLOYMENT}: 1 of 1 replica ready" in found.notes


async def test_a_model_that_is_not_served_is_told_unless_models_are_mixed(tmp_path: Path) -> None:
    other = load("one")
    arguments = other["spec"]["template"]["spec"]["containers"][0]["args"]
    arguments[arguments.index("--model") + 1] = "other/model"
    async with served(tmp_path) as here:
        jobs = {"one": other, "two": load("two")}
        found = await checks(here, experiment(tmp_path, TWO, jobs))
        mixed = await checks(here, experiment(tmp_path, TWO, jobs, model_name="mixed"))
    assert any("does not serve other/model" in words for words in found.warnings)
    assert not any("does not serve" in words for words in mixed.warnings)
