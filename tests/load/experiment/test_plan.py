"""The timeline of an experiment: when each stage runs, the total load, and how it is drawn."""

from pathlib import Path

import pytest

from tests.load.experiment.files import job, workload, write
from tests.load.experiment.test_config import recorded
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.plan import ExperimentPlan, offered, plan, timeline


def planned(folder: Path, rows: list[dict[str, object]], rates: dict[str, float]) -> ExperimentPlan:
    import yaml

    file = write(folder, rows)
    for name, rate in rates.items():
        body = job(name, rate=rate, prompts=int(rate * 600))
        (folder / "workloads" / f"{name}.yaml").write_text(yaml.safe_dump(body))
    return plan(read_experiment(file))


def test_36_overlapping_stages_add_up(tmp_path: Path) -> None:
    rows = [
        workload("a", start_delay=0, duration=900),
        workload("b", start_delay=120, duration=900),
        workload("c", start_delay=240, duration=900),
    ]
    found = planned(tmp_path, rows, {"a": 20, "b": 30, "c": 15})
    assert offered(found.stages) == (
        (0, 20),
        (120, 50),
        (240, 65),
        (900, 45),
        (1020, 15),
        (1140, 0),
    )
    assert (found.end_s, found.total_s, found.is_exact) == (1140, 1440, True)


def test_36_a_stair_step_ends_at_nothing(tmp_path: Path) -> None:
    rows = [
        workload(f"g{n}", manifest="step.yaml", start_delay=n * 600, duration=3600 - n * 600)
        for n in range(4)
    ]
    found = planned(tmp_path, rows, {"step": 0.5})
    assert offered(found.stages) == ((0, 0.5), (600, 1.0), (1200, 1.5), (1800, 2.0), (3600, 0))


@pytest.mark.parametrize(("replicas", "words"), [(1, "1 replica"), (2, "2 replicas")])
def test_the_size_after_a_reset_is_told(tmp_path: Path, replicas: int, words: str) -> None:
    rows = [workload("a", duration=60)]
    file = write(tmp_path, rows, deployment="llama", reset={"replicas": replicas})
    assert f"  first llama is scaled to 0, then to {words}" in timeline(plan(read_experiment(file)))


def test_a_sequence_is_reckoned_from_requests_and_rate(tmp_path: Path) -> None:
    rows = [workload("a", wait_completion=True), workload("b", wait_completion=True)]
    found = planned(tmp_path, rows, {"a": 10, "b": 20})
    assert [(s.start_s, s.end_s) for s in found.stages] == [(0, 600), (600, 1200)]
    assert not found.is_exact
    assert any("the load ends at about T+1200" in line for line in timeline(found))


def test_a_stage_without_a_manifest_takes_no_time(tmp_path: Path) -> None:
    rows = [workload("a", wait_completion=True, absent=True), workload("b", duration=60)]
    found = plan(read_experiment(write(tmp_path, rows)))
    assert [(s.skipped, s.start_s, s.end_s) for s in found.stages] == [(True, 0, 0), (False, 0, 60)]
    text = "\n".join(timeline(found))
    assert "skipped: no file a.yaml" in text
    assert "1 stage one after the other, 1 skipped; the load ends at T+60" in text


def test_the_hpa_form_pauses_between_jobs_of_a_sequence(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("a", duration=60)])
    text = file.read_text().replace("workloads:", "jobs:").replace("job_manifest", "manifest")
    text += "- {name: b, manifest: ../workloads/a.yaml, duration: 60}\n"
    file.write_text(text)
    found = plan(read_experiment(file))
    assert [(s.start_s, s.end_s) for s in found.stages] == [(0, 60), (90, 150)]


LOADS = {
    "capacity-based-high-parallel": [20, 50, 65, 45, 15, 0],
    "capacity-based-moderate-parallel": [10, 25, 37, 27, 12, 0],
    "capacity-based-moderate-parallel-extended": [5, 17, 27, 37, 32, 20, 10, 0],
    "hpa-multi-model-parallel": [7, 14, 28, 14, 7, 0],
    "model-based-smooth-gradual": [5, 10, 15, 20, 25, 30, 25, 20, 15, 10, 5, 0],
    "model-based-moderate": [5, 10, 12, 15, 0],
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ExperimentPlan]:
    """The plans of all recorded experiments."""
    found = recorded(tmp_path_factory.mktemp("recorded"))
    return {name: plan(experiment) for name, experiment in found.items()}


@pytest.mark.parametrize("name", LOADS)
def test_the_recorded_experiments_offer_what_their_manifests_say(
    plans: dict[str, ExperimentPlan], name: str
) -> None:
    assert [rate for _, rate in offered(plans[name].stages)] == LOADS[name]


def test_every_recorded_experiment_has_a_timeline_that_fits(
    plans: dict[str, ExperimentPlan],
) -> None:
    for name, planned in plans.items():
        experiment, lines = planned.experiment, timeline(planned)
        assert lines[0].startswith(experiment.name), name
        assert sum(line.rstrip().endswith("]") for line in lines) == len(experiment.workloads)
        assert max(map(len, lines)) < 200
