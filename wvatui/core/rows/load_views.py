"""Load as plain rows: jobs, what they measured, and their stages as bands on the time axis.

`core.queries.load.load_rows` makes these from a State; see `views` for the rules of rows.
"""

from dataclasses import dataclass

from wvatui.core.results.shape import Benchmark


@dataclass(frozen=True, slots=True)
class StageBand:
    """A stretch of time in which one stage of one job offers load, [since, until].

    `until` may be in the future, as planned.
    """

    since: float
    until: float
    label: str
    """The job's title, and the stage's name or rate where it has several: "high-20 20/s"."""
    source: str
    """wvatui, found, or the tool that runs it: llm-d-benchmark, tekton."""
    rate: float | None
    """Requests per second offered; None: it is no rate, or not known."""
    open: bool = False
    """It goes on for an unknown time: `until` is now."""
    key: str = ""
    """Of the job's row."""
    stage: int = 0
    """Position in its job, from 0."""
    title: str = ""
    """The job's title alone."""


@dataclass(frozen=True, slots=True)
class PlannedStageRow:
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
    """When it ends or ended; None: not known."""
    state: str
    """ahead, now, done, or cut (the job ended before it)."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One load job, running or past."""

    key: str
    """Identifies the row, even among jobs that had the same name; never drawn."""
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
    """Share done, 0 to 1: of the requests, else as the tool reports, else of the time."""
    ok: int | None
    failed: int | None
    rate: float | None
    """Requests finished per second, as the tool last said."""
    text: str
    """The newest words of its log about progress."""
    results: int
    """How many benchmarks it has reported."""
    pods: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...] = ()
    """(name, value) of each result of a PipelineRun and its tasks."""


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
    """When the result was recorded."""
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
    """With `since`: the time that it covers, by the report or else by the job."""
    server: ServerSide
    ttft_gap_ms: float | None
    """Client minus server, of the means: what gateway, network and client add."""
    itl_gap_ms: float | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stretch of time in which the same stages of load ran, and what the servers did in it.

    Requests running and waiting are those of all pods together. None: not measured.
    """

    since: float
    until: float
    """When it ended; now, while it goes on."""
    state: str
    """now or done."""
    label: str
    """The stage's name in its job; where waves overlap, the newest and how many more: "step 4 +3".
    Empty: it has no name, or several jobs run."""
    titles: tuple[str, ...]
    """The jobs that offer it."""
    sources: tuple[str, ...]
    """Who runs them: wvatui, found, llm-d-benchmark, tekton."""
    keys: tuple[str, ...]
    """Of the jobs' rows."""
    offered: float | None
    """Requests per second, by the schedule."""
    achieved: float | None
    """Requests per second that were answered."""
    ok: int | None
    failed: int | None
    counted_by: str
    """Who counted these three: client, servers; empty: nobody."""
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None
    itl_p50_ms: float | None
    itl_p95_ms: float | None
    running_mean: float | None
    running_max: float | None
    waiting_mean: float | None
    waiting_max: float | None
    kv_mean: float | None
    """Over pods and time."""
    kv_max: float | None
    """Of any pod."""
    replicas_min: int | None
    """Ready replicas; from a log alone, the current replicas as the controller saw them."""
    replicas_max: int | None
    replicas_mean: float | None
    pods: int
    """Number of pods that were scraped."""
    namespace: str = ""
    """Where its jobs are."""


@dataclass(frozen=True, slots=True)
class StageNow:
    """A stage of an experiment that is under way."""

    name: str
    rate: float | None
    elapsed_s: float | None
    """Since it began; None: it has not."""
    total_s: float
    """As it was planned."""


@dataclass(frozen=True, slots=True)
class StageNext:
    """A stage that is to come. `in_s`: when it begins; None: not known, it waits for another."""

    name: str
    rate: float | None
    in_s: float | None


@dataclass(frozen=True, slots=True)
class ExperimentView:
    """An experiment from a file, as it stands."""

    name: str
    mode: str
    phase: str
    """before, reset, load, tail, over."""
    ended: str
    """finished, stopped, interrupted; empty: it goes on."""
    elapsed_s: float | None
    """Since T+0; None: the load has not begun."""
    total_s: float
    """How long the load is planned to last."""
    running: tuple[StageNow, ...]
    ahead: tuple[StageNext, ...]
    tail_s: float | None
    """How long recording goes on after the load; None: until the replicas have settled."""
    in_tail_s: float | None
    """How long the tail has lasted; None: it is not the tail."""
    counts: tuple[tuple[str, int], ...]
    """Status of stages → how many."""
    failed: int
