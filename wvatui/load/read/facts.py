"""Turns load Jobs and pods of the cluster (as JSON) into events: their state, and the reason for
it."""

from collections.abc import Sequence
from typing import Any

from wvatui.core.events import Job
from wvatui.core.events.load_events import ATTEMPT, ENDED, FailedAttempt
from wvatui.core.kube_object import ReadObject
from wvatui.core.lines import rfc3339
from wvatui.core.results.loose import at, count, rows, table, text
from wvatui.core.structs import replace
from wvatui.load.profiles.manifests import MANAGED_BY, PROFILE, SESSION, TITLE
from wvatui.load.read.detect import harness_of, plan_of

SLACK_S = 1.0
"""The API has whole seconds, so a log's first line may appear to precede its container's start by
this much."""


def job_facts(thing: ReadObject, now: float, pods: Sequence[ReadObject] = ()) -> Job:
    """The facts of a load Job or Pod seen at `now`; `pods` are those of the Job, in any order.

    A Job does not state when its container started, nor why it waits: its pods do. Logs add more:
    see `with_load_begun`.
    """
    metadata = table(thing.get("metadata"))
    labels = table(metadata.get("labels"))
    kind, name = text(thing.get("kind")), text(metadata.get("name"))
    mine = sorted(pods, key=created) if kind == "Job" else [thing]
    plan = plan_of(thing)
    ours = labels.get(MANAGED_BY) == "wvatui"
    harness = harness_of(thing)
    pod = pod_state(mine[-1]) if mine else {}
    state, attempts = pod, tuple[FailedAttempt, ...]()
    if kind == "Job":
        state = job_state(thing)
        attempts = _failed_attempts(thing, mine, ended=state["status"] in ENDED)
        state = _with_pod(state, pod, _began(mine, attempts, ended=state["status"] in ENDED))
    state["reason"] = state.get("reason") or _attempt(mine)
    return Job(
        now,
        name=name,
        namespace=text(metadata.get("namespace")),
        kind=kind,
        uid=text(metadata.get("uid")),
        title=text(at(metadata, "annotations", TITLE)),
        tool=plan.tool or ("guidellm" if harness == "tekton" else ""),
        profile=text(labels.get(PROFILE)),
        source="wvatui" if ours else "found",
        harness=harness,
        session=text(labels.get(SESSION)) if ours else "",
        image=plan.image,
        target=plan.target,
        model=plan.model,
        created_at=time_of(metadata.get("creationTimestamp")),
        requests=plan.requests,
        stages=plan.stages,
        attempts=attempts,
        pods=tuple(text(at(pod, "metadata", "name")) for pod in mine),
        **state,
    )


def with_load_begun(facts: Job, times: Sequence[float]) -> Job:
    """The facts with the start of the load: `times` at which logs reported it, in any order.

    Each attempt has its own time; where several pods offer load at once, the first one counts.
    """
    times = sorted(times)
    attempts = tuple(
        replace(
            attempt,
            load_at=next(
                (t for t in times if attempt.started_at - SLACK_S <= t <= attempt.ended_at), None
            ),
        )
        for attempt in facts.attempts
    )
    since = attempts[-1].ended_at if attempts else float("-inf")
    if facts.kind == "Job" and facts.pods and facts.status not in ENDED:
        # A pod that was deleted and replaced may have reported earlier times.
        begins = float("inf") if facts.started_at is None else facts.started_at
        since = max(since, begins - SLACK_S)
    begun = next((t for t in times if t > since), None)
    return replace(facts, attempts=attempts, load_at=begun) if times else facts


def _failed_attempts(
    job: ReadObject, pods: Sequence[ReadObject], *, ended: bool
) -> tuple[FailedAttempt, ...]:
    """The failed attempts except the one with which the Job `ended`, oldest first.

    A Job of several pods has none, as each pod offers a part of the load.
    """
    spec = table(job.get("spec"))
    if any((count(spec.get(key)) or 1) > 1 for key in ("parallelism", "completions")):
        return ()
    attempts = []
    for place, pod in enumerate(pods, 1):
        status = table(pod.get("status"))
        main = _main(status)
        runs = [table(at(main, "lastState", "terminated"))]
        if text(status.get("phase")) == "Failed" and not (ended and place == len(pods)):
            runs.append(table(at(main, "state", "terminated")))
        for run in runs:
            started, finished = time_of(run.get("startedAt")), time_of(run.get("finishedAt"))
            if started is not None and finished is not None:
                attempts.append(FailedAttempt(started, finished))
    return tuple(attempts)


def _began(
    pods: Sequence[ReadObject], attempts: Sequence[FailedAttempt], *, ended: bool
) -> float | None:
    """When the container of the attempt that counts started, or the first one of several pods, UTC
    epoch seconds.

    None: not yet; a failed attempt is followed by the next one.
    """
    failed = {attempt.started_at for attempt in attempts}
    starts = [
        started
        for pod in pods
        if (started := pod_state(pod)["started_at"]) is not None
        and started not in failed
        and (ended or text(at(pod, "status", "phase")) != "Failed")
    ]
    return min(starts, default=None)


def job_state(job: ReadObject) -> dict[str, Any]:
    """status, reason, message, started_at and ended_at of a Job, from its object alone."""
    status = table(job.get("status"))
    started = time_of(status.get("startTime"))
    for condition in map(table, rows(status.get("conditions"))):
        ended = {"Complete": "succeeded", "Failed": "failed"}.get(text(condition.get("type")))
        if ended is not None and condition.get("status") == "True":
            failed = ended == "failed"
            return {
                "status": ended,
                "reason": text(condition.get("reason")) if failed else "",
                "message": text(condition.get("message")) if failed else "",
                "started_at": started,
                "ended_at": time_of(status.get("completionTime"))
                or time_of(condition.get("lastTransitionTime")),
            }
    # An ended pod is counted before the Job is marked complete.
    ran = any(count(status.get(name)) for name in ("ready", "succeeded", "failed", "terminating"))
    if status.get("ready") is None:
        ran = ran or bool(count(status.get("active")))
    if not ran and not any(table(status.get("uncountedTerminatedPods")).values()):
        return {"status": "pending", "started_at": None}
    return {"status": "running", "started_at": started}


def pod_state(pod: ReadObject) -> dict[str, Any]:
    """status, reason, message, started_at and ended_at of a pod, from its first container."""
    status = table(pod.get("status"))
    phase = text(status.get("phase"))
    main = _main(status)
    ended, runs = table(at(main, "state", "terminated")), table(at(main, "state", "running"))
    started = time_of(ended.get("startedAt")) or time_of(runs.get("startedAt"))
    if phase in ("Succeeded", "Failed"):
        failed = phase == "Failed"
        message = text(status.get("message")) or text(ended.get("message"))
        return {
            "status": phase.lower(),
            "reason": _why_ended(status, ended) if failed else "",
            "message": message if failed else "",
            "started_at": started,
            "ended_at": time_of(ended.get("finishedAt")),
        }
    if phase == "Running" and started is not None:
        return {"status": "running", "started_at": started}
    return {"status": "pending", "started_at": None, **_why_waiting(status)}


def _with_pod(state: dict[str, Any], pod: dict[str, Any], began: float | None) -> dict[str, Any]:
    """A Job's state, refined by its newest pod and by when its container `began`."""
    if not pod:
        return state
    if state["status"] == "pending" and pod["status"] != "running":
        return {**state, "reason": pod.get("reason", ""), "message": pod.get("message", "")}
    better = {**state, "started_at": began}
    if state["status"] == "pending":
        better["status"] = "running"
    elif state["status"] == "failed" and pod.get("reason"):
        better["reason"] = f"{state['reason']}: {pod['reason']}".removeprefix(": ")
    return better


def _attempt(pods: Sequence[ReadObject]) -> str:
    """How an earlier attempt of a job ended, where one failed; `pods` end with the newest."""
    for pod in reversed(pods):
        status = table(pod.get("status"))
        main = _main(status)
        ended = table(at(main, "lastState", "terminated"))
        if text(status.get("phase")) == "Failed":
            ended = table(at(main, "state", "terminated"))
        elif not count(ended.get("exitCode")):
            continue
        if why := _why_ended(status, ended):
            return f"{ATTEMPT} {why}"
    return ""


def _main(status: ReadObject) -> ReadObject:
    """The status of a pod's first container."""
    return table((rows(status.get("containerStatuses")) or ({},))[0])


def _why_ended(status: ReadObject, ended: ReadObject) -> str:
    reason = text(status.get("reason")) or text(ended.get("reason"))
    code = count(ended.get("exitCode"))
    return f"{reason} (exit code {code})" if reason == "Error" and code else reason


def _why_waiting(status: ReadObject) -> dict[str, str]:
    for name in ("initContainerStatuses", "containerStatuses"):
        for container in map(table, rows(status.get(name))):
            waiting = table(at(container, "state", "waiting"))
            reason = text(waiting.get("reason"))
            if reason and reason != "PodInitializing":
                return {"reason": reason, "message": text(waiting.get("message"))}
            if at(container, "state", "running") is not None and name.startswith("init"):
                return {"reason": f"runs {text(container.get('name'))} first", "message": ""}
    for condition in map(table, rows(status.get("conditions"))):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return {
                "reason": text(condition.get("reason")),
                "message": text(condition.get("message")),
            }
    return {"reason": text(status.get("reason")), "message": ""}


def created(pod: ReadObject) -> tuple[float, str]:
    """(when it was created, its name): the sort key of objects."""
    metadata = table(pod.get("metadata"))
    return time_of(metadata.get("creationTimestamp")) or 0.0, text(metadata.get("name"))


def time_of(value: Any) -> float | None:
    """UTC epoch seconds of a time in an object; None: it is none."""
    return rfc3339(value.strip()) if isinstance(value, str) else None
