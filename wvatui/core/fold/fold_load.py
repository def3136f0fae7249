"""Load jobs in the fold: their newest facts, the ring of their progress, their results.

Deleted jobs are kept: their load belongs to the session.
"""

from collections.abc import Iterable

from wvatui.core import events as ev
from wvatui.core.events.load_events import ENDED
from wvatui.core.fold.hearing import hear
from wvatui.core.kube_object import bare
from wvatui.core.results import read
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.state.state import JobKey, Reported
from wvatui.core.structs import replace

JOB_STREAM = "job"
"""`Log.stream` of the lines of load jobs; `Log.pod` says whose."""


def job(builder: StateBuilder, event: ev.Job) -> None:
    """The newest facts of a job; what ended stays ended."""
    hear(builder, "jobs", event.at, event.namespace)
    if builder.window.several:
        id_of = builder.window.id_of
        event = replace(event, pods=tuple(id_of(event.namespace, pod) for pod in event.pods))
    key = (event.kind, event.namespace, event.name, event.uid)
    before = builder.jobs.get(key)
    if before is not None:
        if not event.pods and before.pods:
            # Only its pods say when a container started, and they are gone.
            event = replace(event, started_at=before.started_at)
        # A container's status shows its last run only; earlier runs came with earlier events.
        # What was recorded as a failed attempt may turn out to be the last one.
        was, now = before.attempts, event.attempts
        # A log is read as long as there is one; the objects themselves never say when load began.
        begun = {each.started_at: each.load_at for each in was}
        if before.started_at is not None:
            begun[before.started_at] = before.load_at
        known = {each.started_at: each for each in was if each.started_at != event.started_at}
        newest = {each.started_at: each for each in now}
        for start, attempt in newest.items():
            if attempt.load_at is None and start in begun:
                newest[start] = replace(attempt, load_at=begun[start])
        event = replace(event, attempts=tuple((known | newest).values()))
        if event.load_at is None and len(event.attempts) == len(was):
            if not _is_of_another_pod(event, before.load_at):
                event = replace(event, load_at=before.load_at)
        elif event.load_at is None and event.started_at is not None:
            event = replace(event, load_at=begun.get(event.started_at))
    builder.jobs[key] = event


def _is_of_another_pod(job: ev.Job, load_at: float | None) -> bool:
    """Whether load that began at `load_at` was that of a pod that was deleted and replaced."""
    if job.kind != "Job" or not job.pods or load_at is None or job.status in ENDED:
        return False
    # The API has whole seconds.
    return job.started_at is None or load_at < job.started_at - 1.0


def job_pod(builder: StateBuilder, pod: str) -> str:
    """Id of the pod of the newest job that has one of this name; `pod` itself where none has."""
    if not builder.window.several or "/" in pod:
        return pod
    pods = (each for job in reversed(list(builder.jobs.current.values())) for each in job.pods)
    return next((each for each in pods if bare(each) == pod), pod)


def job_gone(builder: StateBuilder, event: ev.Deleted) -> None:
    """End a job whose object was deleted, unless it had ended before."""
    for key, job in builder.jobs.current.items():
        kind, namespace, name, _ = key
        if (namespace, name) != (event.namespace, event.name) or event.source not in ("", kind):
            continue
        if job.status not in ENDED:
            builder.jobs[key] = replace(job, status="deleted", ended_at=event.at)


def job_progress(builder: StateBuilder, event: ev.JobProgress) -> None:
    """One more step of a job."""
    hear(builder, "jobs", event.at, event.namespace)
    builder.job_progress.append(job_key(builder.jobs.current, event), event)


def job_result(builder: StateBuilder, event: ev.JobResult) -> None:
    """What a job measured; a report that came twice counts once."""
    hear(builder, "jobs", event.at, event.namespace)
    key = job_key(builder.jobs.current, event)
    newest = builder.job_results.newest(key)
    if newest is None or newest.event.report != event.report:
        builder.job_results.append(key, Reported(event, read(event.report)))


def job_key(jobs: Iterable[JobKey], event: ev.JobProgress | ev.JobResult) -> JobKey:
    """Key of the event's job: the one with its uid, or else the newest of its name."""
    exact = (event.kind, event.namespace, event.name, event.uid)
    exact_name = (event.kind, event.namespace, event.name)
    if exact in jobs:
        return exact
    named = [key for key in jobs if (key[0], key[1], key[2]) == exact_name]
    return named[-1] if named else exact
