"""The recorded experiments in full: each original file, with real load jobs on the simulated
cluster over real HTTP, as fast as its clock can go; and a small experiment in each mode.

All fifteen take minutes of CPU time. `make sweeps` runs them; `make test` runs the small ones,
which have everything that the recorded ones have, and interrupts a recorded one. `test_runner.py`
runs all fifteen each time without a cluster.
"""

import csv
import io
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Served, served
from tests.load.experiment.files import workload
from tests.load.experiment.runs import Ran, checks, experiment, left, load, ran
from tests.load.experiment.test_config import lay_out
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.state.state import EMPTY
from wvatui.export.seed import CAPACITY, HPA, MODEL
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.folder import CONFIG, METRICS, README
from wvatui.load.experiment.plan import plan
from wvatui.recording import open_recording
from wvatui.recording.imports.run_folder import RAW_LOG, SESSION
from wvatui.sim.scenarios import SCENARIOS

NAMESPACE = SCENARIOS["first-experiments"].namespace
CLUSTERS: dict[str, dict[str, Any]] = {
    "capacity-based": {"scenario": "first-experiments", "wva": "v0.4"},
    "model-based": {"scenario": "first-experiments-model"},
    "hpa": {"scenario": "first-experiments-hpa"},
}
"""Mode of an experiment → the cluster in which it can run."""
COLUMNS = {
    "capacity-based": CAPACITY,
    "model-based": (*MODEL, "slo_itl", "slo_ttft"),
    "hpa": HPA,
}
SAYS = {
    "capacity-based": "the controller's mode is capacity-based",
    "model-based": "the controller's mode is model-based",
}
SHAPES = (
    "high",
    "high-parallel",
    "moderate",
    "moderate-parallel",
    "moderate-parallel-extended",
    "multi-model-parallel",
    "smooth-gradual",
)
RECORDED = (
    *(f"{mode}-{shape}" for mode in ("capacity-based", "model-based") for shape in SHAPES),
    "hpa-multi-model-parallel",
)

OFTEN = ()
"""No recorded file is in the sample, since all have the same form: the small experiments below
cover parallel jobs and the modes, and one recorded file is run up to its second job."""

SETTLED_S = 60.0
SELDOM_S = 10.0
"""The interval of scrapes in seconds: long, as these tests are about jobs, stages and folders."""


def settle(here: Served) -> None:
    """Let a minute pass, in which the controller logs its mode."""
    timeline = here.cluster.timeline
    timeline.run_until(timeline.start + SETTLED_S)


def mode_of(name: str) -> str:
    return next(mode for mode in CLUSTERS if name.startswith(mode))


def rows(run: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run.text(METRICS))))


def is_whole(run: Ran, file: Path, mode: str) -> None:
    """Assert that the run's folder is complete, and that all its files are valid."""
    assert {README, CONFIG, SESSION, RAW_LOG, METRICS} <= run.names
    assert not [name for name in run.names if name.endswith(".part")]
    assert run.text(CONFIG) == file.read_text()
    assert set(next(csv.reader(io.StringIO(run.text(METRICS))))) == set(COLUMNS[mode])
    log = run.text(RAW_LOG).splitlines()
    assert bool(log) == (mode != "hpa")
    assert [line for line in log if parse(line).kind == "unknown"] == []
    events = list(open_recording(run.folder.session).events())
    assert isinstance(events[-1], ev.Footer)
    assert fold(EMPTY, events).pods


def is_done(run: Ran, mode: str) -> None:
    """Assert that all jobs ran, with logs, results and the data of the mode."""
    assert run.report.ended == "finished"
    assert run.report.ok
    assert set(run.became().values()) <= {"done", "cut"}
    for one in run.report.stages:
        assert any(name.startswith(f"job-logs/{one.job}_{one.job}-") for name in run.names)
        if one.status == "done":
            assert f"results/{one.job}.txt" in run.names
            assert "Serving Benchmark Result" in run.text(f"results/{one.job}.txt")
        assert f"| {one.stage.name} " in run.text(README)
    assert "| status | finished: " in run.text(README)
    if mode == "hpa":
        assert max(int(row["replicas"] or 0) for row in rows(run)) >= 1
        assert max(float(row["kv_cache_usage_perc"] or 0) for row in rows(run)) > 0.1
        return
    kinds = {row["event_type"] for row in rows(run)}
    wanted = (
        {"kv_cache", "queue", "capacity_analysis"}
        if mode == "capacity-based"
        else {"prediction", "observed_metrics"}
    )
    assert kinds >= wanted | {"scaling_decision"}
    if mode == "model-based":
        told = [
            json.loads(line)["msg"]
            for line in run.text(RAW_LOG).splitlines()
            if line.startswith("{")
        ]
        assert any(text.startswith("Tuner validation succeeded") for text in told)


@pytest.mark.parametrize("name", sampled(RECORDED, OFTEN))
async def test_a_recorded_experiment_runs_in_full_and_leaves_its_folder(
    tmp_path: Path, name: str
) -> None:
    mode, configs = mode_of(name), lay_out(tmp_path)
    assert {path.stem for path in configs.iterdir()} == set(RECORDED)
    file = configs / f"{name}.yaml"
    async with served(tmp_path, **CLUSTERS[mode]) as here:
        settle(here)
        run = await ran(here, file, interval=SELDOM_S)
        assert run.checked.warnings == []
        assert mode == "hpa" or SAYS[mode] in run.checked.notes
        is_whole(run, file, mode)
        is_done(run, mode)
        assert left(here, NAMESPACE) == []
    experiment = read_experiment(file)
    assert run.folder.path.name.startswith(f"{experiment.name}-20")
    assert len(run.report.stages) == len(experiment.workloads)


# With one stage over, one at work and one to come; the first and the last have less of that.
@pytest.mark.parametrize("stage", sampled([0, 1, 2], [1]))
async def test_one_that_is_interrupted_at_any_stage_leaves_nothing_running(
    tmp_path: Path, stage: int
) -> None:
    file = lay_out(tmp_path) / "model-based-moderate-parallel.yaml"
    begins = plan(read_experiment(file)).stages[stage].start_s
    async with served(tmp_path, **CLUSTERS["model-based"]) as here:
        settle(here)
        run = await ran(here, file, stop_at_s=SETTLED_S + begins + 20, interval=SELDOM_S)
        assert left(here, NAMESPACE) == []
        is_whole(run, file, "model-based")
    assert run.report.ended == "interrupted"
    became = list(run.became().values())
    assert became[: stage + 1] == ["interrupted"] * (stage + 1)
    assert set(became[stage + 1 :]) <= {"not reached"}
    assert "**The run was interrupted" in run.text(README)


# --- without any recorded file ------------------------------------------------------------

SMALL: dict[str, dict[str, Any]] = {
    "capacity-based": {"scenario": "steady", "wva": "v0.4"},
    "model-based": {"scenario": "model-only"},
    "hpa": {"scenario": "hpa-only"},
}


def small(folder: Path, mode: str) -> Path:
    """An experiment with two jobs, of which the second starts while the first runs."""
    stages = [
        workload("one", start_delay=0, duration=110),
        workload("two", start_delay=40, duration=70),
    ]
    jobs = {
        "one": load("load-one", rate=2, prompts=150),
        "two": load("load-two", rate=5, prompts=280),
    }
    return experiment(folder, stages, jobs, mode=mode)


# `test_run.py` runs one of mode capacity-based, whose table `test_seed_export.py` looks at.
@pytest.mark.parametrize("mode", sampled(SMALL, ["model-based", "hpa"]))
async def test_an_experiment_of_each_mode_runs_in_a_cluster_of_that_mode(
    tmp_path: Path, mode: str
) -> None:
    file = small(tmp_path, mode)
    async with served(tmp_path, **SMALL[mode]) as here:
        settle(here)
        run = await ran(here, file, interval=SELDOM_S)
        assert run.checked.warnings == []
        assert mode == "hpa" or SAYS[mode] in run.checked.notes
        is_whole(run, file, mode)
        is_done(run, mode)
        assert left(here) == []


# The table is another in mode hpa; a run is also interrupted above, in its second stage.
@pytest.mark.parametrize(
    ("mode", "stop_at_s"), sampled(product(SMALL, [10.0, 80.0]), [("hpa", 10.0)])
)
async def test_interrupted_in_any_mode_it_leaves_nothing_running(
    tmp_path: Path, mode: str, stop_at_s: float
) -> None:
    file = small(tmp_path, mode)
    async with served(tmp_path, **SMALL[mode]) as here:
        settle(here)
        run = await ran(here, file, stop_at_s=SETTLED_S + stop_at_s, interval=SELDOM_S)
        assert run.report.ended == "interrupted"
        is_whole(run, file, mode)
        assert left(here) == []


@pytest.mark.parametrize(
    ("mode", "cluster", "words"),
    [
        ("model-based", "capacity-based", "capacity"),
        ("capacity-based", "model-based", "model"),
    ],
)
async def test_another_mode_is_told_before_anything_is_made(
    tmp_path: Path, mode: str, cluster: str, words: str
) -> None:
    async with served(tmp_path, **SMALL[cluster]) as here:
        settle(here)
        found = await checks(here, small(tmp_path, mode))
        assert any(words in warning.lower() for warning in found.warnings)
        assert left(here) == []
