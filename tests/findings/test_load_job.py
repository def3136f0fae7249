"""Load jobs that failed or were killed are reported by `check` and `summary`, also while they
run."""

from typing import Any

import pytest

from tests.core.queries.few_pods import NAMESPACE, START, folded, namespace
from tests.findings.test_complaints import rule
from wvatui.analysis.summary import summary
from wvatui.cli.recorded.summary import _trouble_lines
from wvatui.core import events as ev
from wvatui.core.queries.load.load_rows import jobs
from wvatui.load.read.facts import job_facts

ENDED = "2026-09-01T08:00:10Z"
KILLED = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": ENDED}}
RUNS = {"running": {"startedAt": ENDED}}


def attempt(name: str, phase: str, **container: Any) -> dict[str, Any]:
    status = {"phase": phase, "containerStatuses": [{"name": "load", **container}]}
    return {"metadata": {"name": name, "creationTimestamp": ENDED}, "status": status}


def job(status: dict[str, Any], *pods: dict[str, Any]) -> ev.Job:
    meta = {"name": "bench", "namespace": NAMESPACE, "uid": "u"}
    return job_facts({"kind": "Job", "metadata": meta, "status": status}, START + 20, pods)


def failed() -> ev.Job:
    why = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}
    condition = {**why, "message": "too often", "lastTransitionTime": ENDED}
    return job({"conditions": [condition]}, attempt("a", "Failed", state=KILLED))


def test_a_job_that_was_killed_is_told_for_a_while() -> None:
    [found] = rule("load-job", failed(), now=60)
    assert found.title == "load job bench failed: BackoffLimitExceeded: OOMKilled"
    assert "memory limit" in found.advice
    assert rule("load-job", failed(), now=700) == []


@pytest.mark.parametrize(
    "pods",
    [
        (attempt("a", "Failed", state=KILLED), attempt("b", "Running", state=RUNS)),
        (attempt("a", "Running", state=RUNS, lastState=KILLED),),
    ],
    ids=["another pod", "another container"],
)
def test_a_job_that_goes_on_after_an_attempt_was_killed_says_so(pods: Any) -> None:
    goes_on = job({"active": 1, "ready": 1}, *pods)
    assert goes_on.status == "running"
    [found] = rule("load-job", goes_on, now=60)
    assert found.title == "load job bench running: an attempt failed: OOMKilled"
    [row] = jobs(folded(*namespace(), goes_on, now=60))
    assert row.status_text == "running: an attempt failed: OOMKilled"


def test_a_job_that_runs_or_is_done_is_no_finding() -> None:
    done = {"type": "Complete", "status": "True", "lastTransitionTime": ENDED}
    pod = attempt("a", "Running", state=RUNS)
    ended = {"terminated": {"reason": "Completed", "exitCode": 0, "finishedAt": ENDED}}
    restarted = attempt("a", "Running", state=RUNS, lastState=ended)
    assert rule("load-job", job({"active": 1, "ready": 1}, pod), now=60) == []
    assert rule("load-job", job({"active": 1, "ready": 1}, restarted), now=60) == []
    assert rule("load-job", job({"conditions": [done]}), now=60) == []


def test_a_summary_names_the_jobs_that_failed_and_why() -> None:
    numbers = summary(folded(*namespace(), failed(), now=60), "x")
    assert numbers["failed_jobs"] == [
        {"name": "bench", "status": "failed", "reason": "BackoffLimitExceeded: OOMKilled"}
    ]
    [_, told] = _trouble_lines(numbers)
    assert told.endswith("bench failed: BackoffLimitExceeded: OOMKilled")
