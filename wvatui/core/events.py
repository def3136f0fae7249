"""What can be observed: the events that sources yield, recordings hold and the fold reads.

An event is an *input*, never a derived value: a raw log line, raw counters, the facts of an
object. `at` is when wvatui saw it, UTC epoch seconds of the session's clock. Everything that is
computed (rates, percentiles, decisions, cycles) is computed again by the fold, so that a better
parser improves old recordings and a replay cannot disagree with the live screen.

Adding an event: one Struct here (those of load jobs stand in `load_events`), one row in `EVENTS`,
one handler in `reduce.py`; a test fails when one of the three is missing. Old recordings stay
readable because fields are only ever appended, always with a default.
"""

from typing import Any

import msgspec

from wvatui.core.event_base import NO_HISTOGRAM as NO_HISTOGRAM
from wvatui.core.event_base import Event as Event
from wvatui.core.experiment_events import Experiment as Experiment
from wvatui.core.experiment_events import PlannedStage as PlannedStage
from wvatui.core.load_events import Job as Job
from wvatui.core.load_events import JobProgress as JobProgress
from wvatui.core.load_events import JobResult as JobResult
from wvatui.core.load_events import Stage as Stage

SCHEMA = (1, 0)
"""Version of the recording format. Major: a reader must refuse; minor: a reader may go on."""


# --- the session itself -------------------------------------------------------------------


class Header(Event, frozen=True, tag="header", kw_only=True):
    """First line of a recording: what is being watched, by what, with which settings."""

    schema: tuple[int, int] = SCHEMA
    tool: str = ""
    session: str = ""
    """Identity of the session; all parts of a rotated recording share it."""
    started_at: float = 0.0
    """UTC epoch seconds of T+0: the start of the first part, in every part."""
    context: str = ""
    namespace: str = ""
    model: str = ""
    label: str = ""
    repetition: int = 0
    interval_s: float = 0.0
    autoscaler: str = ""
    """What the user said drives replicas: wva, hpa, keda, none; empty when not said."""
    part: int = 1
    previous: str = ""
    """File name of the part before this one; empty in the first."""
    imported: str = ""
    """Name of the log file this stream was read from, when it is not a session of our own."""
    server: str = ""
    """Version of the Kubernetes API server, as it names itself."""
    config: str = ""
    """Short hash of the settings that the session ran with: equal ones are comparable."""
    variants: tuple[str, ...] = ()
    """Names of the variants seen before this part; the first part begins before any is."""


class Footer(Event, frozen=True, tag="footer", kw_only=True):
    """Last line of a recording that ended cleanly (or of a part that was rotated)."""

    reason: str = "quit"
    events: int = 0
    next: str = ""
    decisions: int | None = None
    """Decisions of the whole session so far, for lists of sessions."""


class Tick(Event, frozen=True, tag="tick"):
    """The clock, once a second: ages replay too."""


class Mark(Event, frozen=True, tag="mark"):
    """A note the user made."""

    note: str = ""
    about: float | None = None
    """The moment it is about, where that is not the one at which it was made."""

    @property
    def marks(self) -> float:
        """The moment marked, UTC epoch seconds."""
        return self.at if self.about is None else self.about


class Notice(Event, frozen=True, tag="notice", kw_only=True):
    """Something worth telling that is no object and no log line: a leader change, a restart."""

    source: str = ""
    code: str = ""
    """Stable word: leader-change, restart, resync, port-found, clock-jump, config-change, …"""
    text: str = ""


class Gap(Event, frozen=True, tag="gap", kw_only=True):
    """A stretch in which a source cannot prove that nothing was missed."""

    source: str
    since: float
    until: float
    reason: str = ""


class Source(Event, frozen=True, tag="source", kw_only=True):
    """Health of one source, written when it changes.

    `status`: starting, ok, waiting (nothing to watch yet), retrying, denied, absent, down, ended.
    """

    source: str
    status: str
    text: str = ""
    retry_at: float | None = None
    verb: str = ""
    resource: str = ""
    """With status denied: the missing right."""


# --- the controller's log -----------------------------------------------------------------


class Log(Event, frozen=True, tag="log", kw_only=True):
    """One raw line of a log, decoded once with replacement, without its newline.

    `line` still carries the kubelet's timestamp when the stream had one. `stream` separates logs
    that must not be parsed as one (two controller pods, or "job": a load job's).
    """

    line: str
    stream: str = "controller"
    pod: str = ""
    cut: int = 0
    """Bytes cut from the end of an overlong line; 0 when whole."""


# --- pods, polled -------------------------------------------------------------------------


class Bounds(Event, frozen=True, tag="bounds", kw_only=True):
    """Upper bounds of a histogram, once per distinct layout; scrapes refer to it by `id`."""

    id: int
    le: tuple[float, ...]
    """Ascending finite upper bounds in seconds; the overflow bucket (+Inf) is implied."""


class Scrape(
    Event,
    frozen=True,
    tag="s",
    kw_only=True,
    rename={
        "kv": "kv",
        "running": "r",
        "waiting": "w",
        "waiting_capacity": "wc",
        "waiting_deferred": "wd",
        "preemptions": "pe",
        "prompt_tokens": "pt",
        "generation_tokens": "gt",
        "success": "ok",
        "prefix_hits": "ph",
        "prefix_queries": "pq",
        "ttft": "tt",
        "itl": "il",
        "e2e": "ee",
        "took_ms": "ms",
        "bad": "bad",
        "pod": "p",
    },
):
    """One look at a model server's metrics. None means the page did not have it (never 0).

    Counters are totals since the engine started. Histograms are a JSON array kept undecoded
    (`msgspec.Raw`): `[bounds id, sum in seconds, count of bucket 0, 1, …, overflow]`, counts
    per bucket, **not** cumulative; `wvatui.core.metrics.histogram` reads one.
    `NO_HISTOGRAM` means absent.
    """

    pod: str
    kv: float | None = None
    running: int | None = None
    waiting: int | None = None
    waiting_capacity: int | None = None
    waiting_deferred: int | None = None
    preemptions: int | None = None
    prompt_tokens: int | None = None
    generation_tokens: int | None = None
    success: dict[str, int] | None = None
    prefix_hits: int | None = None
    prefix_queries: int | None = None
    ttft: msgspec.Raw = NO_HISTOGRAM
    itl: msgspec.Raw = NO_HISTOGRAM
    e2e: msgspec.Raw = NO_HISTOGRAM
    took_ms: int = 0
    bad: int = 0
    """Samples of wanted metrics that were not finite or not readable, recorded as absent."""


class Miss(Event, frozen=True, tag="miss", kw_only=True):
    """A look at a pod that gave nothing.

    `why`: starting (answers, but the engine is not up), refused, timeout, denied, gone, error.
    """

    pod: str
    why: str
    text: str = ""
    took_ms: int = 0


class Engine(Event, frozen=True, tag="engine", kw_only=True):
    """What serves in a pod, written when it changes: found from its metrics page."""

    pod: str
    engine: str = ""
    """vllm, sglang, epp."""
    model: str = ""
    port: int = 0
    blocks: int | None = None
    block_size: int | None = None
    kv_tokens: int | None = None


class Round(Event, frozen=True, tag="round", kw_only=True):
    """One polling round over all pods, so that the spacing really achieved can be shown."""

    pods: int
    answered: int
    took_ms: int = 0
    late_ms: int = 0
    """How much later than planned the round began."""
    skipped: int = 0
    """Rounds left out since the last one because the one before had not finished."""


class Epp(Event, frozen=True, tag="epp", kw_only=True):
    """One look at an endpoint picker (EPP). None means the page did not have it."""

    pod: str
    queue: float | None = None
    running: float | None = None
    saturation: float | None = None
    ready_pods: int | None = None
    kv: float | None = None
    """Average KV use over the pool, as the EPP sees it (ratio)."""
    took_ms: int = 0
    pods_waiting: float | None = None
    """Average of requests waiting in a pod of the pool, as the EPP sees it; `queue` is what the
    EPP itself holds back."""


# --- objects of the cluster ---------------------------------------------------------------


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One entry of an object's `status.conditions`."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: float | None = None


class Variant(Event, frozen=True, tag="variant", kw_only=True):
    """A variant as one object declares it: one model on one kind of accelerator.

    `source`: VariantAutoscaling, ScaledObject or HorizontalPodAutoscaler.
    """

    name: str
    namespace: str
    source: str
    model: str = ""
    accelerator: str = ""
    cost: float | None = None
    min: int | None = None
    max: int | None = None
    target_kind: str = "Deployment"
    target_name: str = ""
    desired: int | None = None
    """`status.desiredOptimizedAlloc.numReplicas`, where the object has one."""
    conditions: tuple[Condition, ...] = ()
    created_at: float | None = None


class Workload(Event, frozen=True, tag="workload", kw_only=True):
    """A scale target: Deployment or LeaderWorkerSet. None means the object does not say."""

    kind: str
    name: str
    namespace: str
    spec: int | None = None
    replicas: int | None = None
    ready: int | None = None
    available: int | None = None
    updated: int | None = None
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    """matchLabels that pick its pods."""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    accelerator: str = ""
    image: str = ""
    conditions: tuple[Condition, ...] = ()
    created_at: float | None = None
    images: dict[str, str] = {}  # noqa: RUF012
    """By container."""
    arguments: dict[str, tuple[str, ...]] = {}  # noqa: RUF012
    """Command and arguments by container; values of credentials are `***`."""


class Pod(Event, frozen=True, tag="pod", kw_only=True):
    """A pod of a scale target, of the controller or of the endpoint picker."""

    name: str
    namespace: str
    role: str = ""
    """model, controller, epp; empty when it is none of them."""
    phase: str = ""
    ready: bool = False
    reason: str = ""
    """Why it is not ready, as kubectl would say it: ContainerCreating, ImagePullBackOff, …"""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    owner_kind: str = ""
    owner_name: str = ""
    node: str = ""
    ip: str = ""
    ports: tuple[int, ...] = ()
    restarts: int = 0
    created_at: float | None = None
    scheduled_at: float | None = None
    started_at: float | None = None
    ready_at: float | None = None
    deleting_at: float | None = None
    uid: str = ""
    digests: dict[str, str] = {}  # noqa: RUF012
    """Which image really runs, by container: name and digest, as the kubelet tells."""


class Autoscaler(Event, frozen=True, tag="hpa", kw_only=True):
    """A HorizontalPodAutoscaler, also the one that KEDA makes."""

    name: str
    namespace: str
    target_kind: str = ""
    target_name: str = ""
    min: int | None = None
    max: int | None = None
    current: int | None = None
    desired: int | None = None
    metrics: tuple["MetricStatus", ...] = ()
    conditions: tuple[Condition, ...] = ()
    last_scale_at: float | None = None
    managed: bool = False
    """Carries `llm-d.ai/managed: "true"`."""
    scaled_object: str = ""
    """Name of the ScaledObject that owns it."""
    behavior: dict[str, Any] | None = None


class MetricStatus(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One metric of an HPA: its target and what it reads now (None: `<unknown>`)."""

    name: str
    type: str = ""
    """Value, AverageValue or Utilization."""
    target: float | None = None
    current: float | None = None


class ScaledObject(Event, frozen=True, tag="keda", kw_only=True):
    """A KEDA ScaledObject."""

    name: str
    namespace: str
    target_kind: str = ""
    target_name: str = ""
    min: int | None = None
    max: int | None = None
    polling_s: int | None = None
    cooldown_s: int | None = None
    triggers: tuple[str, ...] = ()
    paused: str = ""
    """Text of `autoscaling.keda.sh/paused-replicas` or `paused`; empty when it runs."""
    hpa: str = ""
    fallback: int | None = None
    conditions: tuple[Condition, ...] = ()
    last_active_at: float | None = None
    managed: bool = False


class Lease(Event, frozen=True, tag="lease", kw_only=True):
    """The leader election lease of the controller."""

    name: str
    namespace: str
    holder: str = ""
    renewed_at: float | None = None
    transitions: int | None = None


class Config(Event, frozen=True, tag="config", kw_only=True):
    """A ConfigMap of the controller: only its scaling keys, never addresses or credentials."""

    name: str
    namespace: str
    data: dict[str, str] = msgspec.field(default_factory=dict)


class Happening(Event, frozen=True, tag="event", kw_only=True):
    """A Kubernetes Event that concerns what is watched."""

    type: str = ""
    reason: str = ""
    message: str = ""
    kind: str = ""
    name: str = ""
    component: str = ""
    count: int = 1
    first_at: float | None = None
    last_at: float | None = None


class Gone(Event, frozen=True, tag="gone", kw_only=True):
    """An object that was seen is no more. `kind` is the tag of its event (pod, workload, …)."""

    kind: str
    name: str
    namespace: str = ""
    source: str = ""
    """With kind variant, workload or job: the object kind that vanished (Deployment, Job, …)."""


class Unknown(Event, frozen=True, tag="?", kw_only=True):
    """An event of a kind this version does not know: kept as it came, shown as a count."""

    kind: str
    raw: str


EVENTS: tuple[type[Event], ...] = (
    Header,
    Footer,
    Tick,
    Mark,
    Notice,
    Gap,
    Source,
    Log,
    Bounds,
    Scrape,
    Miss,
    Engine,
    Round,
    Epp,
    Variant,
    Workload,
    Pod,
    Autoscaler,
    ScaledObject,
    Lease,
    Config,
    Happening,
    Job,
    JobProgress,
    JobResult,
    Experiment,
    Gone,
    Unknown,
)
"""Every event there is; the codec and the fold are checked against it."""
