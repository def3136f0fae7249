"""Load started by others: the tool, and the plan in its arguments."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import shared
from wvatui.core.events import Stage
from wvatui.core.events.load_events import FailedAttempt
from wvatui.load.read.container import StartedTool, commands
from wvatui.load.read.detect import harness_of, is_load, plan_of
from wvatui.load.read.facts import job_facts, with_load_begun
from wvatui.load.read.tools.guidellm import scenario_stages


def container(*words: str, image: str = "x", command: bool = True, **env: str) -> dict[str, Any]:
    return {
        "name": "c",
        "image": image,
        "command" if command else "args": list(words),
        "env": [{"name": name, "value": value} for name, value in env.items()],
    }


def run(*words: str, **settings: Any) -> Any:
    (only,) = started(container(*words, **settings))
    return only.run


def started(container: dict[str, Any]) -> tuple[StartedTool, ...]:
    """The runs of tools in a pod of this container."""
    return plan_of({"kind": "Pod", "spec": {"containers": [container]}}).started


@pytest.mark.parametrize(
    "words",
    [
        ("vllm", "bench", "serve"),
        ("/usr/bin/python3", "-m", "vllm.entrypoints.cli.main", "bench", "serve"),
        ("python", "/vllm/benchmarks/benchmark_serving.py"),
    ],
)
def test_every_way_to_run_vllm_bench_is_known(words: tuple[str, ...]) -> None:
    found = run(
        *words,
        "--base-url",
        "http://gw",
        "--model=m",
        "--request-rate",
        "2.5",
        "--num-prompts",
        "100",
    )
    assert (found.tool, found.target, found.model) == ("vllm-bench", "http://gw", "m")
    assert found.stages == (Stage(0.0, 40.0, 2.5),)
    assert found.requests == 100


def test_a_bench_without_a_rate_sends_as_fast_as_answers_come() -> None:
    for rate in ((), ("--request-rate", "inf")):
        found = run("vllm", "bench", "serve", "--num-prompts", "100", *rate)
        assert found.stages == (Stage(0.0, None, None, "as fast as answers come"),)


def test_rates_of_guidellm_follow_each_other_each_for_its_time() -> None:
    want = (Stage(0.0, 120.0, 1.0), Stage(120.0, 120.0, 2.0), Stage(240.0, 120.0, 4.0))
    old = run(
        "guidellm",
        "benchmark",
        "--target=http://gw",
        "--rate-type",
        "constant",
        "--rate",
        "1,2",
        "--rate",
        "4",
        "--max-seconds",
        "120",
    )
    assert old.stages == want
    new = run(
        "guidellm",
        "run",
        "--backend",
        "kind=openai_http,target=http://gw,model=m",
        "--profile",
        "kind=poisson,rate=1,2,4",
        "--constraint",
        "kind=max_duration,seconds=120",
    )
    assert (new.stages, new.target, new.model) == (want, "http://gw", "m")


def test_a_sweep_begins_with_both_runs_that_the_estimation_wants() -> None:
    found = run("guidellm", "benchmark", "--target", "http://gw", "--max-seconds", "30")
    names = [stage.name for stage in found.stages[:3]]
    assert names == ["synchronous", "throughput", "sweep 1"]
    assert len(found.stages) == 10
    assert found.stages[-1].start_s == 270.0


def test_the_image_of_guidellm_needs_no_command() -> None:
    image = "ghcr.io/vllm-project/guidellm:latest"
    found = run("benchmark", "--target=http://gw", image=image, command=False)
    assert (found.tool, found.target) == ("guidellm", "http://gw")


def test_a_number_of_requests_and_a_rate_give_a_length() -> None:
    found = run(
        "guidellm",
        "run",
        "--profile",
        "kind=constant,rate=4",
        "--constraint",
        "kind=max_requests,count=200",
    )
    assert found.stages == (Stage(0.0, 50.0, 4.0),)
    assert found.requests == 200


def test_stages_of_inference_perf_are_known_where_a_variable_holds_its_file() -> None:
    config = json.dumps(
        {
            "load": {
                "type": "poisson",
                "stages": [{"rate": 5, "duration": 360}, {"rate": 12, "duration": 60}],
            },
            "server": {"base_url": "http://gw", "model_name": "m"},
        }
    )
    found = run("inference-perf", "--config_file", "/c.yaml", CONFIG=config)
    assert found.stages == (Stage(0.0, 360.0, 5.0), Stage(360.0, 60.0, 12.0))
    assert (found.target, found.model, found.requests) == ("http://gw", "m", 2520)
    found = run("inference-perf", "--config_file", "/c.yaml")
    assert found.stages == (Stage(0.0, None, None, "unknown: /c.yaml is not read"),)


def test_commands_in_a_script_begin_after_what_they_sleep() -> None:
    script = """\
    set -e   # as usual
    sleep 10; tool one && tool two
    (sleep 60; RATE=3 exec tool --rate "$RATE") &
    ( sleep 2m ; tool four || true ) &
    tool five \\
      --more
    wait
    """
    found = [(c.delay_s, " ".join(c.words)) for c in commands(script, {"RATE": "7"})]
    tools = [item for item in found if item[1].startswith("tool")]
    assert tools == [
        (10.0, "tool one"),
        (10.0, "tool two"),
        (70.0, "tool --rate 7"),
        (130.0, "tool four"),
        (10.0, "tool five --more"),
    ]


def test_a_script_shows_its_runs_with_their_delays() -> None:
    script = (
        "sleep 30 && guidellm benchmark --rate-type constant --rate $R --max-seconds 60 | tee x"
    )
    (only,) = started(container("bash", "-lc", script, R="2"))
    assert (only.delay_s, only.run.stages) == (30.0, (Stage(0.0, 60.0, 2.0),))


def test_a_native_sidecar_makes_load_beside_the_containers_and_begins_anew() -> None:
    bench = ("vllm", "bench", "serve", "--request-rate", "2", "--num-prompts", "100")
    tool, own = container(*bench), container("sleep", "60")
    sidecar = {**tool, "name": "side", "restartPolicy": "Always"}
    plan = plan_of({"kind": "Pod", "spec": {"initContainers": [sidecar], "containers": [own]}})
    assert (plan.tool, plan.stages, plan.requests) == ("vllm-bench", (Stage(0.0, 50.0, 2.0),), None)
    assert plan.notes == ("sidecar side begins anew whenever it ends",)
    first = {key: sidecar[key] for key in sidecar if key != "restartPolicy"}
    plan = plan_of({"kind": "Pod", "spec": {"initContainers": [first], "containers": [tool]}})
    assert (plan.requests, plan.notes) == (100, ("init container side sends load, too",))


def test_what_is_no_load_tool_is_none() -> None:
    for words in (("nginx",), ("sh", "-c", "vllm serve m"), ("python3", "-m", "http.server"), ()):
        assert started(container(*words)) == ()
    assert not is_load({"kind": "Job", "spec": {}})
    assert not is_load({})


@pytest.mark.parametrize(
    ("labels", "who"),
    [
        ({"function": "load_generator"}, "llm-d-benchmark"),
        ({"benchmark-running": "true"}, "tekton"),
        ({"benchmark-running": "false"}, ""),
        ({}, ""),
    ],
)
def test_pods_marked_as_load_count_whatever_they_run(labels: dict[str, str], who: str) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "ns", "labels": labels},
        "spec": {"containers": [{"image": "x"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [{"state": {"running": {"startedAt": "2026-09-01T08:00:00Z"}}}],
        },
    }
    assert harness_of(pod) == who
    assert is_load(pod) is bool(who)
    facts = job_facts(pod, 5.0)
    assert (facts.source, facts.harness, facts.status) == ("found", who, "running")
    assert (facts.started_at, facts.pods) == (1_788_249_600.0, ("p",))


def body(name: str) -> dict[str, Any]:
    text = shared(f"kube-api/{name}").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text[text.index("\n{") :])
    return found


def test_the_jobs_of_a_real_api_server_are_told() -> None:
    made, done = body("job-create.http"), body("job-complete.http")
    facts = job_facts(made, 7.0)
    assert (facts.name, facts.status, facts.started_at) == ("sharegpt-load", "pending", None)
    assert facts.created_at is not None
    facts = job_facts(done, 8.0)
    assert (facts.status, facts.tool, facts.reason) == ("succeeded", "guidellm", "")
    assert (facts.ended_at or 0) - (facts.started_at or 0) == 8.0
    assert facts.uid == "57f97ede-af09-4c1c-986e-be23a090e470"


def test_a_failed_job_says_why_and_when() -> None:
    thing = {
        "kind": "Job",
        "metadata": {"name": "j"},
        "status": {
            "startTime": "2026-09-01T08:00:00Z",
            "failed": 3,
            "conditions": [
                {"type": "FailureTarget", "status": "True", "reason": "BackoffLimitExceeded"},
                {
                    "type": "Failed",
                    "status": "True",
                    "reason": "BackoffLimitExceeded",
                    "message": "Job has reached the specified backoff limit",
                    "lastTransitionTime": "2026-09-01T08:05:00Z",
                },
            ],
        },
    }
    facts = job_facts(thing, 1.0)
    assert (facts.status, facts.reason) == ("failed", "BackoffLimitExceeded")
    assert facts.ended_at == 1_788_249_900.0


def pod(name: str, made: str, **status: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": name, "creationTimestamp": made}, "status": status}


def going(**status: Any) -> dict[str, Any]:
    started = {"startTime": "2026-09-01T08:00:00Z"}
    return {"kind": "Job", "metadata": {"name": "j"}, "status": started | status}


RUNNING = [{"state": {"running": {"startedAt": "2026-09-01T08:00:40Z"}}}]


def test_a_job_begins_when_the_container_of_its_newest_pod_does() -> None:
    first = pod("j-1", "2026-09-01T08:00:00Z", phase="Failed")
    second = pod("j-2", "2026-09-01T08:00:30Z", phase="Running", containerStatuses=RUNNING)
    for status in ({"active": 1, "ready": 1, "failed": 1}, {"active": 1, "ready": 0}):
        facts = job_facts(going(**status), 1.0, [second, first])
        assert (facts.status, facts.started_at) == ("running", 1_788_249_640.0)
        assert facts.pods == ("j-1", "j-2")


def ran(started: str, finished: str) -> dict[str, Any]:
    times = {"startedAt": f"2026-09-01T{started}Z", "finishedAt": f"2026-09-01T{finished}Z"}
    return {"terminated": {"exitCode": 1, "reason": "Error", **times}}


def test_an_attempt_that_failed_keeps_its_start_its_end_and_its_load() -> None:
    t0 = 1_788_249_600.0
    first = pod(
        "j-1",
        "2026-09-01T08:00:00Z",
        phase="Failed",
        containerStatuses=[{"state": ran("08:00:05", "08:00:25")}],
    )
    facts = job_facts(going(active=0, failed=1), 1.0, [first])
    assert (facts.status, facts.started_at) == ("running", None)
    waits = pod("j-2", "2026-09-01T08:00:35Z", phase="Pending")
    facts = job_facts(going(active=1, failed=1), 1.0, [first, waits])
    assert (facts.status, facts.started_at) == ("running", None)
    second = pod("j-2", "2026-09-01T08:00:35Z", phase="Running", containerStatuses=RUNNING)
    facts = job_facts(going(active=1, failed=1), 1.0, [second, first])
    assert facts.started_at == t0 + 40
    assert facts.attempts == (FailedAttempt(t0 + 5, t0 + 25),)
    facts = with_load_begun(facts, [t0 + 44, t0 + 8])
    assert (facts.load_at, facts.attempts[0].load_at) == (t0 + 44, t0 + 8)
    facts = with_load_begun(facts, [t0 + 8])
    assert (facts.load_at, facts.attempts[0].load_at) == (None, t0 + 8)
    # A pod that was deleted is no attempt, and its load is not that of the pod in its place.
    drained = job_facts(going(active=1), 1.0, [waits])
    assert with_load_begun(drained, [t0 + 8]).load_at is None
    drained = job_facts(going(active=1, ready=1), 1.0, [second])
    assert with_load_begun(drained, [t0 + 8]).load_at is None
    assert with_load_begun(drained, [t0 + 44, t0 + 8]).load_at == t0 + 44
    # A restarted container reports its last run.
    again = [RUNNING[0] | {"lastState": ran("08:00:10", "08:00:30")}]
    one = pod("j-1", "2026-09-01T08:00:00Z", phase="Running", containerStatuses=again)
    facts = job_facts(going(active=1, ready=1), 1.0, [one])
    assert (facts.started_at, facts.attempts) == (t0 + 40, (FailedAttempt(t0 + 10, t0 + 30),))
    # The facts of a Job are those of its last attempt.
    condition = {"type": "Failed", "status": "True", "lastTransitionTime": "2026-09-01T08:00:25Z"}
    facts = job_facts(going(failed=1, conditions=[condition]), 1.0, [first])
    assert (facts.started_at, facts.ended_at, facts.attempts) == (t0 + 5, t0 + 25, ())


def test_a_job_of_several_pods_begins_with_the_first_of_them() -> None:
    done = [{"state": ran("08:00:05", "08:00:25")}]
    first = pod("j-1", "2026-09-01T08:00:00Z", phase="Succeeded", containerStatuses=done)
    second = pod("j-2", "2026-09-01T08:00:30Z", phase="Running", containerStatuses=RUNNING)
    thing = going(active=1, succeeded=1) | {"spec": {"completions": 2}}
    facts = job_facts(thing, 1.0, [second, first])
    assert (facts.started_at, facts.attempts) == (1_788_249_605.0, ())


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
            "ImagePullBackOff",
        ),
        (
            {
                "initContainerStatuses": [{"name": "download-dataset", "state": {"running": {}}}],
                "containerStatuses": [{"state": {"waiting": {"reason": "PodInitializing"}}}],
            },
            "runs download-dataset first",
        ),
        (
            {
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
                ]
            },
            "Unschedulable",
        ),
        ({}, ""),
    ],
)
def test_a_job_that_waits_says_why(status: dict[str, Any], reason: str) -> None:
    waits = pod("j-1", "2026-09-01T08:00:00Z", phase="Pending", **status)
    facts = job_facts(going(active=1, ready=0), 1.0, [waits])
    assert (facts.status, facts.reason, facts.started_at) == ("pending", reason, None)


def test_a_failed_job_has_the_reason_of_its_pod_too() -> None:
    ended = {
        "exitCode": 137,
        "reason": "OOMKilled",
        "startedAt": "2026-09-01T08:00:40Z",
        "finishedAt": "2026-09-01T08:01:40Z",
    }
    killed = pod(
        "j-1",
        "2026-09-01T08:00:00Z",
        phase="Failed",
        containerStatuses=[{"state": {"terminated": ended}}],
    )
    condition = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}
    facts = job_facts(going(failed=1, conditions=[condition]), 1.0, [killed])
    assert facts.reason == "BackoffLimitExceeded: OOMKilled"
    ended["reason"] = "Error"
    facts = job_facts({**killed, "metadata": {"labels": {"function": "load_generator"}}}, 1.0)
    assert (facts.status, facts.reason) == ("failed", "Error (exit code 137)")
    assert (facts.ended_at or 0) - (facts.started_at or 0) == 60.0


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({}, "pending"),
        ({"active": 1, "ready": 0}, "pending"),
        ({"active": 1}, "running"),
        ({"active": 0, "ready": 0, "uncountedTerminatedPods": {"succeeded": ["u"]}}, "running"),
        ({"ready": 0, "succeeded": 1}, "running"),
        ({"conditions": [{"type": "Complete", "status": "False"}]}, "pending"),
    ],
)
def test_a_job_is_not_called_ended_before_its_condition_says_so(
    status: dict[str, Any], told: str
) -> None:
    assert job_facts(going(**status), 1.0).status == told


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "guidellm",
            "run",
            "benchmark",
            "--rate",
            "--profile",
            "kind=constant,rate=-1",
            "sh",
            "-c",
            "vllm",
            "bench",
            "serve",
            "--request-rate",
            "0",
            "nan",
            "1e300",
            "--num-prompts",
            "(",
            ")",
            "sleep 5;",
            "&",
            "--data",
            "{",
            "'",
            '"',
            "inference-perf",
        ]
    ),
)


@given(st.lists(WORDS, max_size=12), st.booleans())
def test_no_arguments_can_make_the_reader_fail(words: list[str], command: bool) -> None:
    spec = {"containers": [container(*words, command=command, image="guidellm")]}
    plan = plan_of({"kind": "Pod", "spec": spec})
    assert all(stage.rate is None or stage.rate >= 0 for stage in plan.stages)
    plan_of({"kind": "Pod", "spec": {"containers": words}})
    commands(" ".join(words), {})


@pytest.mark.parametrize(
    ("profile", "stages"),
    [("kind=sweep,sweep_size=4", 4), ("kind=sweep", 10)],
)
def test_a_sweep_of_guidellm_has_as_many_benchmarks_as_its_size_says(
    profile: str, stages: int
) -> None:
    limit = "kind=max_duration,seconds=60"
    found = run("guidellm", "run", "--profile", profile, "--constraint", limit)
    assert len(found.stages) == stages
    kind, _, size = profile.removeprefix("kind=").partition(",sweep_size=")
    inner = {"kind": kind} | ({"sweep_size": int(size)} if size else {})
    assert len(scenario_stages({"profile": inner}, "", "", 60.0)) == stages


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), ["synchronous", "throughput", *(f"sweep {n}" for n in range(1, 9))]),
        (("--profile", "sweep_size=3"), ["unknown: a profile without kind"]),
    ],
)
def test_guidellm_sweeps_where_no_profile_is_given(
    words: tuple[str, ...], names: list[str]
) -> None:
    found = run("guidellm", "run", "--constraint", "kind=max_duration,seconds=60", *words)
    assert [stage.name for stage in found.stages] == names


@pytest.mark.parametrize("kind", ["constant", "poisson", "concurrent", ""])
def test_the_size_of_a_sweep_is_no_rate_of_another_profile(kind: str) -> None:
    given = f"kind={kind}," if kind else ""
    for stages in (
        run("guidellm", "run", "--profile", f"{given}sweep_size=4").stages,
        scenario_stages({"profile": {"kind": kind, "sweep_size": 4}}, "", "", 60.0),
        scenario_stages({"profile": {"kind": "sweep", "sweep_size": 4}}, kind or "x", "", 60.0),
    ):
        assert [stage.rate for stage in stages] == [None] * len(stages)
        assert all(stage.name.startswith("unknown") for stage in stages)
