"""Load jobs in the fold: their newest facts, the trail of their progress, their results.

A job that is no more stays: what load there was belongs to the session.
"""

import msgspec

from wvatui.core import events as ev
from wvatui.core.draft import Draft
from wvatui.core.load_events import ENDED
from wvatui.core.results import read
from wvatui.core.state import JobKey, Reported

PROGRESS_KEPT = 2_000
"""Steps of progress kept of one job."""
RESULTS_KEPT = 20
JOB_STREAM = "job"
"""`Log.stream` of the lines of load jobs; `Log.pod` says whose."""
LINES_KEPT = 1_000


def job(draft: Draft, event: ev.Job) -> None:
    """The newest facts of a job; what ended stays ended."""
    draft.heard["jobs"] = event.at
    jobs = draft.mapping("jobs")
    key = (event.kind, event.namespace, event.name, event.uid)
    before = jobs.get(key)
    if before is not None and event.load_at is None and before.load_at is not None:
        # Known from the log once; the object itself never says it.
        event = msgspec.structs.replace(event, load_at=before.load_at)
    jobs[key] = event


def job_gone(draft: Draft, event: ev.Gone) -> None:
    """A job's object was deleted: it ended then, unless it had ended before."""
    jobs = draft.mapping("jobs")
    for key, found in jobs.items():
        if key[1:3] != (event.namespace, event.name) or event.source not in ("", key[0]):
            continue
        if found.status not in ENDED:
            jobs[key] = msgspec.structs.replace(found, status="deleted", ended_at=event.at)


def job_progress(draft: Draft, event: ev.JobProgress) -> None:
    """One more step of a job."""
    draft.heard["jobs"] = event.at
    draft.entry_trail("job_progress", _key(draft, event), PROGRESS_KEPT).append(event)


def job_result(draft: Draft, event: ev.JobResult) -> None:
    """What a job measured; a report that came twice counts once."""
    draft.heard["jobs"] = event.at
    key = _key(draft, event)
    newest: Reported | None = draft.newest_of("job_results", key)
    if newest is None or newest.event.report != event.report:
        reported = Reported(event, read(event.report))
        draft.entry_trail("job_results", key, RESULTS_KEPT).append(reported)


def _key(draft: Draft, event: ev.JobProgress | ev.JobResult) -> JobKey:
    """The job that is meant: that of the uid, or else the newest one of the name."""
    exact = (event.kind, event.namespace, event.name, event.uid)
    jobs = draft.peek("jobs")
    if exact in jobs:
        return exact
    named: list[JobKey] = [key for key in jobs if key[:3] == exact[:3]]
    return named[-1] if named else exact
