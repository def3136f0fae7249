"""PipelineRuns: their plan before they run, their load while they run, their results at the end."""

from typing import Any

import pytest

from tests.load.pipelines import PIPELINE, condition, pipeline_run, pod, spike, step, task_run
from wvatui.core.events import Stage
from wvatui.core.lines import rfc3339
from wvatui.load.read.pipeline import load_container, pipeline_facts
from wvatui.load.read.pipeline_plan import load_step, planned, planned_stages

Object = dict[str, Any]
BEGIN = rfc3339("2026-09-01T08:00:00Z") or 0.0


def at(seconds: float) -> str:
    whole = int(seconds)
    return f"2026-09-01T08:{whole // 60:02}:{whole % 60:02}Z"


def running(run: Object, **status: Any) -> Object:
    """The PipelineRun `run` with the status of a running one."""
    begun = {"startTime": at(0), "conditions": condition("Unknown", "Running")}
    return run | {"status": begun | {"pipelineSpec": PIPELINE} | status}


# --- what the parameters say ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "stages"),
    [
        ({"rate-type": "constant", "rate": "0.5", "max-seconds": "120"}, [(0, 120, 0.5, "")]),
        ({"rate": "2", "max_seconds": 60}, [(0, 60, 2.0, "")]),
        (
            {"rate-type": "constant", "rate": "1,2", "max-seconds": "30"},
            [(0, 30, 1.0, ""), (30, 30, 2.0, "")],
        ),
        ({"rate-type": "synchronous", "max-seconds": "360"}, [(0, 360, None, "synchronous")]),
        ({"rate-type": "constant", "rate": "2", "max-requests": "100"}, [(0, 50, 2.0, "")]),
        ({"scenario": "profile: constant\nrate: 0.5\n", "max-seconds": "600"}, [(0, 600, 0.5, "")]),
        (
            {
                "scenario": "spec:\n  profile:\n    kind: constant\n    rate: [1, 2]\n"
                "  constraints:\n  - kind: max_duration\n    seconds: 60\n"
            },
            [(0, 60, 1.0, ""), (60, 60, 2.0, "")],
        ),
        ({"step-config": step("burst", 900, 600, 1.0)}, [(0, 600, 1.0, "")]),
    ],
)
def test_the_load_of_a_task_stands_in_its_parameters(
    params: dict[str, Any], stages: list[tuple[float, float, float | None, str]]
) -> None:
    found = load_step(params)
    assert found is not None
    assert [(s.start_s, s.duration_s, s.rate, s.name) for s in found.stages] == stages
    assert not found.wrong


@pytest.mark.parametrize("params", [{}, {"namespace": "x"}, {"max-seconds": "60"}, {"rate": ""}])
def test_a_task_without_such_parameters_makes_no_load(params: dict[str, Any]) -> None:
    assert load_step(params) is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("name: a\ndelay: [", "not valid YAML"),
        ("just words", "a table with name, delay, duration and scenario is expected"),
        ("name: a\nscenario: |\n  rate: 1\n", "duration: seconds are expected"),
        ("name: a\nduration: 5\n", "scenario: GuideLLM's settings are expected"),
        (5, "a text of YAML is expected"),
    ],
)
def test_a_step_that_cannot_be_is_told_in_words(config: Any, words: str) -> None:
    found = load_step({"step-config": config})
    assert found is not None
    assert words in found.wrong


# --- the plan ------------------------------------------------------------------------------


def test_the_plan_of_a_stepped_load_is_a_stage_for_each_element_of_its_matrix() -> None:
    plan = planned(spike(), PIPELINE)
    assert [(one.task, one.index, one.step.name, one.step.delay_s) for one in plan] == [
        ("load-test", 0, "baseline", 0.0),
        ("load-test", 1, "burst", 20.0),
    ]
    assert plan[0].step.target == "http://infra-sim-inference-gateway-istio:80"
    assert planned_stages(plan) == (
        Stage(0.0, 60.0, 0.5, "baseline"),
        Stage(20.0, 20.0, 2.0, "burst"),
    )


def test_a_matrix_of_rows_with_a_shared_scenario_is_the_stair_step_of_the_first_experiments() -> (
    None
):
    rows = [(3600, 0), (3000, 600), (2400, 1200), (1800, 1800)]
    task = {
        "name": "load-test",
        "params": [{"name": "scenario", "value": "profile: constant\nrate: 0.5\n"}],
        "matrix": {
            "include": [
                {
                    "name": f"{length}+{delay}",
                    "params": [
                        {"name": "max-seconds", "value": str(length)},
                        {"name": "start-delay", "value": str(delay)},
                    ],
                }
                for length, delay in rows
            ]
        },
    }
    plan = planned(pipeline_run("x"), {"tasks": [task]})
    assert planned_stages(plan) == tuple(
        Stage(float(delay), float(length), 0.5, "") for length, delay in rows
    )


def test_an_axis_and_rows_of_one_matrix_go_together_as_tekton_joins_them() -> None:
    task = {
        "name": "load",
        "matrix": {
            "params": [{"name": "rate", "value": ["1", "2"]}],
            "include": [
                {"params": [{"name": "max-seconds", "value": "60"}]},
                {"params": [{"name": "rate", "value": "2"}, {"name": "start-delay", "value": "9"}]},
                {"params": [{"name": "rate", "value": "8"}, {"name": "max-seconds", "value": "5"}]},
            ],
        },
    }
    plan = planned(pipeline_run("x"), {"tasks": [task]})
    found = [(p.step.stages[0].rate, p.step.length_s, p.step.delay_s) for p in plan]
    assert found == [(1.0, 60.0, 0.0), (2.0, 60.0, 9.0), (8.0, 5.0, 0.0)]


def test_a_load_that_waits_for_another_one_starts_at_its_end() -> None:
    def load(name: str, kind: str, *after: str) -> Object:
        params = [{"name": "rate-type", "value": kind}, {"name": "max-seconds", "value": "360"}]
        return {"name": name, "params": params, "runAfter": list(after)}

    tasks = [
        load("sync", "synchronous"),
        {"name": "rest", "runAfter": ["sync"]},
        load("full", "throughput", "rest"),
    ]
    stages = planned_stages(planned(pipeline_run("x"), {"tasks": tasks}))
    assert [(s.start_s, s.name) for s in stages] == [(0.0, "synchronous"), (360.0, "throughput")]


def test_a_plan_of_what_is_no_pipeline_is_none() -> None:
    assert planned(pipeline_run("x"), {}) == ()
    assert planned({}, {"tasks": [None, {"name": 5}]}) == ()


# --- how it stands -------------------------------------------------------------------------


def test_before_its_load_it_is_pending_and_says_what_runs_first() -> None:
    wait = task_run("run-x-wait", "wait-for-other-pipeline-runs", {})
    facts = pipeline_facts(running(spike(name="run-x")), BEGIN + 30, [wait])
    assert (facts.status, facts.reason) == ("pending", "runs wait-for-other-pipeline-runs first")
    assert (facts.started_at, facts.load_at) == (None, None)
    assert len(facts.stages) == 2
    assert (facts.kind, facts.harness, facts.tool) == ("PipelineRun", "tekton", "guidellm")


def test_the_load_begins_with_its_pod_and_the_delay_of_its_step() -> None:
    params = [
        {"step-config": step("baseline", 10, 60, 0.5)},
        {"step-config": step("burst", 30, 20, 2.0)},
    ]
    tasks = [task_run(f"run-x-load-test-{n}", "load-test", one) for n, one in enumerate(params)]
    pods = [pod(f"run-x-load-test-{n}-pod", at(40)) for n in range(2)]
    run = running(spike(name="run-x"))
    early = pipeline_facts(run, BEGIN + 45, tasks, pods)
    assert (early.status, early.reason) == ("pending", "load-test is to begin")
    facts = pipeline_facts(run, BEGIN + 60, tasks, pods)
    assert (facts.status, facts.load_at) == ("running", BEGIN + 50)
    assert facts.stages == (Stage(0.0, 60.0, 0.5, "baseline"), Stage(20.0, 20.0, 2.0, "burst"))
    assert facts.image == "ghcr.io/vllm-project/guidellm:v0.6.1"
    assert facts.pods == ("run-x-load-test-0-pod", "run-x-load-test-1-pod")


def test_the_log_knows_better_when_the_load_began() -> None:
    one = task_run("t", "load", {"rate": "1", "max-seconds": "60"})
    facts = pipeline_facts(
        running(spike(name="run-x"), pipelineSpec={}),
        BEGIN + 60,
        [one],
        [pod("t-pod", at(40))],
        began={"t-pod": BEGIN + 47},
    )
    assert facts.load_at == BEGIN + 47


def test_stages_come_from_the_times_that_the_tasks_gave_back_and_all_results_are_kept() -> None:
    times = [(10, 130), (40, 130)]
    tasks = [
        task_run(
            f"run-x-load-{n}",
            "load",
            {"rate": "0.5", "max-seconds": "120"},
            results={"start-time": at(since), "end-time": at(until).replace("Z", "+00:00")},
            how=condition("True", "Succeeded"),
            ended=at(until + 2),
        )
        for n, (since, until) in enumerate(times)
    ]
    run = running(
        pipeline_run("p", name="run-x"),
        completionTime=at(140),
        pipelineSpec={},
        conditions=condition("True", "Succeeded"),
        results=[{"name": "alpha", "value": "6.97\n"}, {"name": "beta", "value": "0.03"}],
    )
    facts = pipeline_facts(run, BEGIN + 150, tasks)
    assert (facts.status, facts.ended_at) == ("succeeded", BEGIN + 140)
    assert facts.load_at == BEGIN + 10
    assert facts.stages == (Stage(0.0, 120.0, 0.5, ""), Stage(30.0, 90.0, 0.5, ""))
    assert facts.outputs == (
        ("alpha", "6.97"),
        ("beta", "0.03"),
        ("load[0].start-time", at(10)),
        ("load[0].end-time", "2026-09-01T08:02:10+00:00"),
        ("load[1].start-time", at(40)),
        ("load[1].end-time", "2026-09-01T08:02:10+00:00"),
    )


def test_a_failed_run_says_what_its_task_says() -> None:
    how = condition("False", "Failed", '"step-run-benchmark" exited with code 2')
    one = task_run("run-x-load", "load", {"rate": "1"}, how=how, ended=at(50))
    run = running(
        spike(name="run-x"),
        completionTime=at(51),
        conditions=condition(
            "False", "Failed", "Tasks Completed: 1 (Failed: 1, Cancelled 0), Skipped: 0"
        ),
    )
    facts = pipeline_facts(run, BEGIN + 60, [one])
    assert (facts.status, facts.reason) == ("failed", "")
    assert facts.message == 'load: "step-run-benchmark" exited with code 2'


def test_a_run_that_makes_no_load_is_shown_as_what_it_is() -> None:
    run = running(pipeline_run("build", name="run-x"), pipelineSpec={"tasks": [{"name": "a"}]})
    facts = pipeline_facts(run, BEGIN + 60)
    assert (facts.status, facts.started_at, facts.tool, facts.stages) == ("running", BEGIN, "", ())


@pytest.mark.parametrize("thing", [{}, {"status": []}, {"spec": {"params": [1, {"name": 2}]}}])
def test_objects_that_are_not_as_expected_are_read_all_the_same(thing: Object) -> None:
    facts = pipeline_facts(thing, 1.0, [{}, thing], [{}])
    assert facts.status == "pending"


def test_the_log_that_counts_is_that_of_the_step_with_the_tool() -> None:
    assert load_container(pod("p")) == "step-run-benchmark"
    names = ("step-a", "step-b", "sidecar-x")
    assert load_container({"spec": {"containers": [{"name": one} for one in names]}}) == "step-b"
    assert load_container({}) == ""
