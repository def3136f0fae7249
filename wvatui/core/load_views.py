"""Load as plain rows: jobs, what they measured, and their stages as bands on the time axis.

`wvatui.core.load_rows` makes these from a State; see `views` for what holds of all rows.
"""

from dataclasses import dataclass

from wvatui.core.results.shape import Benchmark


@dataclass(frozen=True, slots=True)
class StageBand:
    """A stretch of time in which one stage of one job offers load, [since, until].

    `until` may lie ahead: it is what is planned.
    """

    since: float
    until: float
    label: str
    """The job's title, and the stage's name or rate where it has several: "high-20 20/s"."""
    source: str
    """wvatui, found, or what runs it: llm-d-benchmark, tekton."""
    rate: float | None
    """Requests per second offered; None: it is no rate, or not known."""
    open: bool = False
    """It goes on, nobody knows how long: `until` is now."""
    key: str = ""
    """Of the job's row."""
    stage: int = 0
    """Position in its job, from 0."""
    title: str = ""
    """The job's title alone."""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One stage of a job's plan, whether the load has begun or not."""

    name: str
    """Empty: it has none."""
    rate: float | None
    """Requests per second; None: it is no rate, or not known."""
    start_s: float
    """Counted from the moment the load begins."""
    duration_s: float | None
    """None: until the job ends."""
    since: float | None
    """When it begins or began, UTC epoch seconds; None: the load has not begun."""
    until: float | None
    """When it ends or ended; None: nobody knows."""
    state: str
    """ahead, now, done, or cut (the job ended before it)."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One load job, running or past."""

    key: str
    """Tells rows apart, also two jobs that had one name; never drawn."""
    name: str
    namespace: str
    kind: str
    title: str
    tool: str
    profile: str
    source: str
    """wvatui or found."""
    harness: str
    session: str
    image: str
    target: str
    model: str
    status: str
    """pending, running, succeeded, failed, deleted."""
    status_text: str
    """The same in words, with the reason: "failed: BackoffLimitExceeded"."""
    active: bool
    """Not ended: it may be offering load."""
    created_at: float | None
    started_at: float | None
    ended_at: float | None
    age_s: float | None
    """Seconds since it was made (or started)."""
    elapsed_s: float | None
    """Seconds it has been running, or ran; None before it started."""
    remaining_s: float | None
    """Seconds until its plan ends, while it runs; None: no planned end."""
    stage: str
    """The stage under way; empty when none is."""
    stage_index: int | None
    """Its position from 0, of `stages`."""
    stages: int
    offered: float | None
    """Requests per second offered now, by its plan; 0 when it has ended."""
    done: int | None
    total: int | None
    ratio: float | None
    """Share that is done, 0 to 1: of the requests, else as the tool says, else of the time."""
    ok: int | None
    failed: int | None
    rate: float | None
    """Requests finished per second, as the tool last said."""
    text: str
    """The newest words of its log about progress."""
    progress_at: float | None
    results: int
    """How many benchmarks it has reported."""
    pods: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...] = ()
    """(name, value) of what a PipelineRun and its tasks gave back."""


@dataclass(frozen=True, slots=True)
class ServerSide:
    """What the model servers counted over the same time. None: not measured."""

    ttft_mean_ms: float | None = None
    ttft_p95_ms: float | None = None
    itl_mean_ms: float | None = None
    itl_p95_ms: float | None = None
    pods: int = 0
    """Pods whose counters were seen at the beginning and at the end."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One benchmark of one job: client side, server side, and client minus server."""

    at: float
    """When the result was taken."""
    key: str
    """Of the job's row."""
    name: str
    namespace: str
    title: str
    tool: str
    dialect: str
    stage: str
    client: Benchmark
    since: float | None
    until: float | None
    """The time that it covers: as it says, else as the job ran."""
    server: ServerSide
    ttft_gap_ms: float | None
    """Client minus server, of the means: what gateway, network and client add."""
    itl_gap_ms: float | None
    problems: tuple[str, ...] = ()
