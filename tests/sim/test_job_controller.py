"""Jobs make pods until enough have succeeded, and give up when too many failed."""

from typing import Any

import pytest

from tests.sim.loads import NS, Field, job
from wvatui.sim.kubelet.failures import parse


def test_a_job_runs_one_pod_and_is_complete_when_it_has_succeeded() -> None:
    field = Field()
    field.create(job(script="echo hello; sleep 20"))
    field.run(15)
    (pod,) = field.pods()
    assert pod["status"]["phase"] == "Running"
    assert field.job()["status"] | {"startTime": ""} == {
        "startTime": "",
        "active": 1,
        "terminating": 0,
        "uncountedTerminatedPods": {},
        "ready": 1,
    }
    field.run(25)
    assert field.conditions() == [
        ("SuccessCriteriaMet", "CompletionsReached"),
        ("Complete", "CompletionsReached"),
    ]
    status = field.job()["status"]
    assert (status["succeeded"], status["ready"], "active" in status) == (1, 0, False)
    assert field.log(field.pods()[0]) == "hello\n"
    assert [reason for reason, _ in field.events("load")] == ["SuccessfulCreate", "Completed"]
    told = [reason for reason, _ in field.events(field.pods()[0]["metadata"]["name"])]
    assert told == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]


def test_a_pod_that_fails_is_followed_by_others_with_growing_pauses_up_to_the_limit() -> None:
    field = Field()
    field.finished(job(script="exit 3", backoffLimit=2))
    assert field.conditions() == [
        ("FailureTarget", "BackoffLimitExceeded"),
        ("Failed", "BackoffLimitExceeded"),
    ]
    assert field.job()["status"]["failed"] == 3
    pods = field.pods()
    ended = [p["status"]["containerStatuses"][0]["state"]["terminated"] for p in pods]
    assert [one["exitCode"] for one in ended] == [3, 3, 3]
    assert ("BackoffLimitExceeded", "Job has reached the specified backoff limit") in field.events(
        "load"
    )


def test_a_job_that_takes_too_long_is_stopped() -> None:
    field = Field()
    field.create(job(script="sleep 600", activeDeadlineSeconds=30))
    field.run(40)
    assert field.conditions()[-1] == ("Failed", "DeadlineExceeded")
    assert field.pods() == []


def test_a_finished_job_goes_after_its_time_to_live_and_its_pods_with_it() -> None:
    field = Field()
    field.finished(job(script="true", ttlSecondsAfterFinished=30))
    field.run(20)
    assert field.pods()
    field.run(15)
    assert field.cluster.store.get("Job", NS, "load") is None
    assert field.pods() == []


def test_parallelism_and_completions_are_kept() -> None:
    field = Field()
    field.create(job(script="sleep 20", parallelism=2, completions=3))
    field.run(15)
    assert len(field.pods()) == 2
    field.run(90)
    assert field.job()["status"]["succeeded"] == 3
    assert field.conditions()[-1][0] == "Complete"


def test_a_suspended_job_runs_nothing_until_it_is_resumed() -> None:
    field = Field()
    field.create(job(script="sleep 20", suspend=True))
    field.run(10)
    assert (field.pods(), field.conditions()) == ([], [("Suspended", "JobSuspended")])

    def resume(obj: dict[str, Any]) -> None:
        obj["spec"]["suspend"] = False

    field.cluster.store.patch("Job", NS, "load", resume)
    field.run(10)
    assert len(field.pods()) == 1


def test_a_deleted_job_takes_its_running_pods_along_and_their_load_ends() -> None:
    field = Field()
    field.create(job(script="sleep 600"))
    field.run(20)
    field.cluster.store.delete("Job", NS, "load")
    (pod,) = field.pods()
    assert pod["metadata"]["deletionTimestamp"]
    field.run(2)
    assert (field.pods(), field.cluster.runner.running) == ([], [])


@pytest.mark.parametrize(
    ("fail", "state", "reason"),
    [
        ("exit,after=5,code=7", "terminated", "Error"),
        ("oom,after=5", "terminated", "OOMKilled"),
        ("image-pull", "waiting", "ImagePullBackOff"),
    ],
)
def test_failures_are_injected_by_an_annotation(fail: str, state: str, reason: str) -> None:
    field = Field()
    field.create(job(script="sleep 600", annotations={"sim.wvatui.dev/fail": fail}))
    field.run(25)
    (status,) = field.pods()[0]["status"]["containerStatuses"]
    assert status["state"][state]["reason"] == reason
    if state == "terminated":
        assert status["state"][state]["exitCode"] == (7 if reason == "Error" else 137)


def test_an_evicted_pod_says_so_and_a_pod_that_fits_nowhere_waits() -> None:
    field = Field()
    field.create(job("out", script="sleep 600", annotations={"sim.wvatui.dev/fail": "evicted"}))
    field.create(job("no", script="true", annotations={"sim.wvatui.dev/fail": "unschedulable"}))
    field.run(60)
    (out,) = field.pods("out")
    assert (out["status"]["phase"], out["status"]["reason"]) == ("Failed", "Evicted")
    (waits,) = field.pods("no")
    assert waits["status"]["conditions"][0]["reason"] == "Unschedulable"


def test_a_failing_container_is_started_again_in_its_pod_when_it_shall() -> None:
    field = Field()
    field.create(job(script="echo try; exit 1", pod={"restartPolicy": "OnFailure"}, backoffLimit=3))
    field.run(20)
    (status,) = field.pods()[0]["status"]["containerStatuses"]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    field.run(300)
    assert field.conditions()[-1] == ("Failed", "BackoffLimitExceeded")


def test_what_a_pod_needs_is_waited_for() -> None:
    field = Field()
    volume = {"name": "c", "configMap": {"name": "profiles"}}
    mount = {"name": "c", "mountPath": "/etc/profiles"}
    made = job(script="cat /etc/profiles/a.yaml; echo $MODE")
    pod = made["spec"]["template"]["spec"]
    pod["volumes"] = [volume]
    pod["containers"][0] |= {
        "volumeMounts": [mount],
        "env": [{"name": "MODE", "valueFrom": {"secretKeyRef": {"name": "s", "key": "mode"}}}],
    }
    field.create(made)
    field.run(10)
    name = field.pods()[0]["metadata"]["name"]
    assert (
        "FailedMount",
        'MountVolume.SetUp failed for volume "c" : configmap "profiles" not found',
    ) in field.events(name)
    field.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": {"a.yaml": "rate: 1\n"},
            "metadata": {"name": "profiles", "namespace": NS},
        }
    )
    field.run(30)
    waiting = field.pods()[0]["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "CreateContainerConfigError"
    field.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "stringData": {"mode": "fast"},
            "metadata": {"name": "s", "namespace": NS},
        }
    )
    field.run(30)
    assert field.log(field.pods()[0]) == "rate: 1\nfast\n"


def broken(**container: Any) -> dict[str, Any]:
    made = job(script="true")
    made["spec"]["template"]["spec"]["containers"][0] |= container
    return made


@pytest.mark.parametrize(
    "obj",
    [
        broken(env=[{"value": "nameless"}]),
        broken(volumeMounts=[{"mountPath": "/x"}]),
        job(script="sleep many; printf; wget"),
        job(script="break; " + "(" * 300 + "true" + ")" * 300),
        job(
            image="vllm/vllm-openai:v1",
            pod={
                "containers": [
                    {
                        "name": "load",
                        "image": "i",
                        "command": ["vllm", "bench", "serve"],
                        "args": ["--request-rate", "0", "--num-prompts", "x"],
                    }
                ]
            },
        ),
        job(
            image="ghcr.io/vllm-project/guidellm:v0.8.0",
            args=[
                "run",
                "--backend",
                "kind=openai_http,target=http://infra-sim-inference-gateway-istio",
                "--profile",
                "kind=constant,rate=0",
                "--data",
                "prompt_tokens=x",
            ],
        ),
        job(script="printf 'load: {stages: 7}\\n' > /c; inference-perf -c /c"),
        job(script="printf 'a: [' > /c; inference-perf -c /c; guidellm run --scenario /c"),
    ],
)
def test_what_cannot_be_fails_its_pod_and_never_the_cluster(obj: dict[str, Any]) -> None:
    field = Field()
    field.create(obj)
    field.run(120)
    assert field.conditions()[-1][0] in ("Complete", "Failed")


def test_failures_are_planned_for_pods_by_their_names() -> None:
    field = Field()
    field.cluster.runner.failures.plan("^load-", parse("exit,after=3,code=9"), times=1)
    field.finished(job(script="sleep 10", backoffLimit=1))
    states = [p["status"]["containerStatuses"][0]["state"]["terminated"] for p in field.pods()]
    assert [state["exitCode"] for state in states] == [9, 0]
