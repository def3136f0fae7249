"""Events of load: jobs that send requests, their progress, their results; experiments.

They are reached as `events.Job`, `events.JobProgress` … like all others. A job is named by (kind,
namespace, name); `uid` tells apart two jobs that had the same name one after the other.
"""

import msgspec

from wvatui.core.events.base import Event
from wvatui.core.ranges import Amount, Count, Moment


class Stage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One planned stage of a load, counted from the moment the job begins to offer load."""

    start_s: Amount
    duration_s: Amount | None = None
    """None: until the job ends."""
    rate: Amount | None = None
    """Requests per second offered. None: not a rate (as fast as answers come, or not known)."""
    name: str = ""
    """Its name where the rate alone does not describe it: synchronous, throughput, warm-up, …"""


ENDED = ("succeeded", "failed", "deleted")
"""States in which a job offers no more load."""


class FailedAttempt(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A try of a job that failed: a pod, or one run of its container. It offered load, too."""

    started_at: Moment
    """When its container started."""
    ended_at: Moment
    load_at: Moment | None = None
    """When it began to offer load, as its log says."""


ATTEMPT = "an attempt failed:"
"""Start of `Job.reason` for a job that goes on, or succeeded, after a pod or container failed."""


class Job(Event, frozen=True, tag="job", kw_only=True):
    """The facts of one load job, written when they change.

    `kind`: Job, PipelineRun or Pod. `status`: pending, running, succeeded, failed, deleted.
    """

    name: str
    namespace: str
    kind: str = "Job"
    uid: str = ""
    title: str = ""
    """What people call it (the workload of an experiment, a form's name); empty: its name."""
    tool: str = ""
    """vllm-bench, guidellm, inference-perf, or the name of another; empty when not recognised."""
    profile: str = ""
    """The profile or manifest file it was made from; empty when somebody else made it."""
    source: str = "found"
    """wvatui (a session of wvatui created it) or found (somebody else did)."""
    harness: str = ""
    """What else runs it, where its labels say so: llm-d-benchmark, tekton."""
    session: str = ""
    """Identity of the wvatui session that created it, from its label."""
    image: str = ""
    target: str = ""
    """Base URL that it sends requests to."""
    model: str = ""
    status: str = "pending"
    reason: str = ""
    """Why it is in that state, in the cluster's words: BackoffLimitExceeded, OOMKilled, …"""
    message: str = ""
    created_at: Moment | None = None
    started_at: Moment | None = None
    """When its container (or run) started."""
    load_at: Moment | None = None
    """When it began to offer load, as its log says; its stages count from here."""
    ended_at: Moment | None = None
    requests: Count | None = None
    """How many requests it is to send in all, where its arguments say so."""
    stages: tuple[Stage, ...] = ()
    pods: tuple[str, ...] = ()
    """Its pods, newest last."""
    attempts: tuple[FailedAttempt, ...] = ()
    """Attempts before the current one, oldest first; all other fields describe the current one."""
    outputs: tuple[tuple[str, str], ...] = ()
    """(name, value) of each result of a PipelineRun and its tasks: alpha, load.start-time, …"""


class JobProgress(Event, frozen=True, tag="jobat", kw_only=True):
    """How far a job is, as its log says. None: the log does not say."""

    name: str
    namespace: str
    kind: str = "Job"
    uid: str = ""
    done: Count | None = None
    total: Count | None = None
    """Requests finished, of so many planned."""
    ratio: Amount | None = None
    """Share that is done, 0 to 1, where the log does not count requests."""
    ok: Count | None = None
    failed: Count | None = None
    stage: str = ""
    """The stage under way, in the tool's words."""
    rate: Amount | None = None
    """Requests finished per second, as the tool computes it."""
    text: str = ""
    """The newest text of the log that this was read from."""


class JobResult(Event, frozen=True, tag="jobresult", kw_only=True):
    """What a job measured, as it reported it."""

    name: str
    namespace: str
    kind: str = "Job"
    uid: str = ""
    tool: str = ""
    dialect: str = ""
    """The format as recognised when recorded; readers of a recording recognise it anew."""
    report: str = ""
    """The report's own text: the printed block, or JSON."""
    reduced: bool = False
    """Lists of single requests and the like were left out of `report`."""
    origin: str = ""
    """Where it came from: log, or the path of a file."""


class PlannedStage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One stage of an experiment. Times are seconds from T+0."""

    name: str
    start_s: Amount
    end_s: Amount
    rate: Amount | None = None
    """Requests per second offered; None: not stated."""
    status: str = "waiting"
    """waiting, running, done, cut, failed, timed out, skipped, not reached, interrupted."""
    job: str = ""
    """Name of its Job, once there is one."""


class Experiment(Event, frozen=True, tag="experiment", kw_only=True):
    """The plan of an experiment and how far it is, written when that changes."""

    name: str
    mode: str = ""
    phase: str = "before"
    """before, reset, load, tail, over."""
    begun_at: Moment | None = None
    """T+0, UTC epoch seconds; None: the load has not begun."""
    end_s: Amount = 0.0
    """When the load is planned to end."""
    tail_s: Amount | None = None
    """How long recording goes on after that; None: until the replicas have settled."""
    ended: str = ""
    """finished, stopped, interrupted; empty: it goes on."""
    stages: tuple[PlannedStage, ...] = ()
