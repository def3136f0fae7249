"""PipelineRuns in the minimal form: conditions, child TaskRuns, results."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import served
from tests.sim.loads import NS, Field
from tests.sim.small import PLAIN

Object = dict[str, Any]


def pipeline_run(pipeline: str, **params: Any) -> Object:
    rows = [{"name": name.replace("_", "-"), "value": value} for name, value in params.items()]
    return {
        "apiVersion": "tekton.dev/v1",
        "kind": "PipelineRun",
        "metadata": {"generateName": f"{pipeline}-", "namespace": NS},
        "spec": {
            "pipelineRef": {"name": pipeline},
            "params": rows,
            "workspaces": [{"name": "results", "persistentVolumeClaim": {"claimName": "results"}}],
        },
    }


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "results", "namespace": NS},
    "spec": {"accessModes": ["ReadWriteOnce"]},
}


class Tekton(Field):
    """A cluster with Tekton."""

    def __init__(self) -> None:
        super().__init__(scenario="tekton")
        self.create(CLAIM)
        self.name = ""

    def begin(self, run: Object) -> None:
        self.name = self.create(run)["metadata"]["name"]

    @property
    def status(self) -> Object:
        found = self.cluster.store.get("PipelineRun", NS, self.name)
        assert found is not None
        return dict(found["status"])

    def said(self) -> tuple[str, str]:
        """(status, reason) of the run's condition Succeeded."""
        (row,) = self.status["conditions"]
        return row["status"], row["reason"]

    def results(self) -> dict[str, str]:
        return {one["name"]: one["value"] for one in self.status.get("results", [])}


def test_a_run_makes_a_task_run_and_a_pod_and_brings_its_times_back() -> None:
    field = Tekton()
    field.begin(pipeline_run("guidellm-load", rate="2", max_seconds="60", start_delay="20"))
    field.run(70)
    assert field.said() == ("Unknown", "Running")
    (child,) = field.status["childReferences"]
    assert child["pipelineTaskName"] == "load"
    (pod,) = field.cluster.store.list("Pod", NS, {"benchmark-running": "true"})
    assert pod["metadata"]["labels"]["tekton.dev/pipelineRun"] == field.name
    field.run(200)
    assert field.said() == ("True", "Succeeded")
    assert field.status["conditions"][0]["message"] == (
        "Tasks Completed: 1 (Failed: 0, Cancelled 0), Skipped: 0"
    )
    times = field.results()
    assert set(times) == {"start-time", "end-time"}
    assert times["start-time"] < times["end-time"] < "2026-09-01T08:05"
    task_run = field.cluster.store.get("TaskRun", NS, child["name"])
    assert task_run is not None
    assert {one["name"] for one in task_run["status"]["results"]} == set(times)


def step(name: str, delay: int, duration: int, rate: float) -> str:
    """A step of a stepped load, in the usual form."""
    return (
        f"name: {name}\ndelay: {delay}\nduration: {duration}\nscenario: |\n"
        f"  request_type: text_completions\n  profile: constant\n  rate: {rate}\n"
        "  data:\n    prompt_tokens: 128\n    output_tokens: 64\n"
    )


def test_a_matrix_makes_a_task_run_for_each_value_and_no_results_of_the_run() -> None:
    field = Tekton()
    steps = [step("baseline", 0, 60, 0.5), step("burst", 30, 30, 2)]
    field.begin(pipeline_run("wva-load-test", load_steps=steps))
    field.run(300)
    assert field.said() == ("True", "Succeeded")
    names = [child["name"] for child in field.status["childReferences"]]
    assert names == [
        f"{field.name}-wait-for-other-pipeline-runs",
        f"{field.name}-load-test-0",
        f"{field.name}-load-test-1",
    ]
    assert field.results() == {}
    assert field.status["pipelineSpec"]["tasks"][1]["name"] == "load-test"
    second = field.cluster.store.get("TaskRun", NS, names[2])
    assert second is not None
    assert second["spec"]["params"][-1]["value"].startswith("name: burst")
    assert "steps" in second["status"]["taskSpec"]


def test_a_matrix_of_rows_makes_a_task_run_for_each_row() -> None:
    field = Tekton()
    field.begin(pipeline_run("wva-incremental-stepped-load-test", rate="1"))
    field.run(300)
    assert field.said() == ("True", "Succeeded")
    assert len(field.status["childReferences"]) == 4


def test_a_task_that_is_not_wanted_is_skipped_and_what_comes_after_it_runs() -> None:
    field = Tekton()
    once = {"steps": [{"name": "one", "image": "busybox:1.37", "script": "#!/bin/sh\ntrue\n"}]}
    when = [{"input": "$(params.reset)", "operator": "in", "values": ["true"]}]
    run = pipeline_run("", reset="false")
    del run["spec"]["pipelineRef"]
    run["metadata"]["generateName"] = "own-"
    run["spec"]["pipelineSpec"] = {
        "params": [{"name": "reset"}],
        "tasks": [
            {"name": "reset", "taskSpec": once, "when": when},
            {"name": "load", "taskSpec": once, "runAfter": ["reset"]},
        ],
    }
    field.begin(run)
    field.run(60)
    assert field.said() == ("True", "Succeeded")
    assert field.status["conditions"][0]["message"].endswith("Skipped: 1")
    assert [one["pipelineTaskName"] for one in field.status["childReferences"]] == ["load"]


def test_estimation_gives_alpha_and_beta() -> None:
    field = Tekton()
    field.begin(pipeline_run("estimate-parameters", max_seconds="20", max_concurrency="32"))
    field.run(200)
    assert field.said() == ("True", "Succeeded")
    found = field.results()
    assert float(found["alpha"]) > 5
    assert 0 < float(found["beta"]) < 2


@pytest.mark.parametrize(
    ("run", "reason", "message"),
    [
        (pipeline_run("nothing"), "CouldntGetPipeline", 'pipelines.tekton.dev "nothing" not found'),
        (
            pipeline_run("guidellm-load", target_url="http://nowhere"),
            "Failed",
            "Tasks Completed: 1 (Failed: 1, Cancelled 0), Skipped: 0",
        ),
    ],
)
def test_a_run_that_cannot_be_says_why(run: Object, reason: str, message: str) -> None:
    field = Tekton()
    field.begin(run)
    field.run(200)
    assert field.said() == ("False", reason)
    assert message in field.status["conditions"][0]["message"]


def test_a_deleted_run_takes_its_pods_along() -> None:
    field = Tekton()
    field.begin(pipeline_run("guidellm-load", max_seconds="600"))
    field.run(40)
    assert field.cluster.runner.running
    field.cluster.store.delete("PipelineRun", NS, field.name)
    field.run(3)
    assert field.cluster.runner.running == []
    assert field.cluster.store.list("TaskRun", NS) == []


@pytest.mark.parametrize(("scenario", "code"), [("tekton", 200), ("steady", 404)])
async def test_the_group_is_there_when_the_scenario_says_so(
    tmp_path: Path, scenario: str, code: int
) -> None:
    import httpx

    async with (
        served(tmp_path, scenario=scenario) as here,
        httpx.AsyncClient(verify=PLAIN, timeout=120.0) as http,
    ):
        url = f"{here.server.url}/apis/tekton.dev/v1/namespaces/{NS}/pipelineruns"
        assert (await http.get(url)).status_code == code
