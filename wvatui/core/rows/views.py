"""What panels and CSV need, as plain rows and series: the only types that leave the fold.

The modules beside this one make these from a State. A missing value is `None`; a value carries its
time or age where that matters. Screen, CSV and JSON all use the same rows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from wvatui.core.decisions.given import Known
from wvatui.core.kube_object import bare
from wvatui.core.rows.load_views import StageBand

ComingState = Literal["pending", "creating", "starting", "not ready"]
ServingState = Literal["ok", "warm", "saturated", "unknown"]
ReplicaState = Literal[ComingState, ServingState, "unread", "unreachable", "draining", "gone"]
"""pending: not scheduled. creating: image pulled or container made. starting: runs, engine not up.
not ready: it answers or was ready, and Kubernetes does not call it Ready.
ok, warm, saturated: serving, by the thresholds (warm: KV or queue over the spare trigger).
unknown: serving, and one of KV and queue was not measured while the other is below its threshold.
unread: ready, not asked for metrics yet. unreachable: cannot be read. draining: being deleted."""

Level = Literal["ok", "warn", "bad", "off"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The controller's thresholds for a model. `known`: each by its field, with how it is known."""

    kv: float
    queue: float
    kv_trigger: float
    queue_trigger: float
    scale_up: float
    scale_down: float
    known: Mapping[str, Known]


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant: the replica ladder, its load, its last decision."""

    key: str
    name: str
    namespace: str
    model: str
    accelerator: str
    cost: float | None
    source: str
    target: int | None
    """Rung 1: what the controller decided."""
    desired: int | None
    """Rung 2: what HPA or KEDA wants."""
    spec: int | None
    ready: int | None
    serving: int | None
    """Rung 5: ready replicas whose engine answered within the last polls."""
    min: int | None
    max: int | None
    saturated: int | None
    measured: int
    """Replicas with a fresh sample; `saturated` of `measured`."""
    kv_mean: float | None
    kv_max: float | None
    waiting_sum: int | None
    waiting_max: int | None
    running_sum: int | None
    ttft_p95_ms: float | None
    itl_p95_ms: float | None
    action: str
    decision_age_s: float | None
    reason: str
    blocked: str
    """Why the ladder does not move, in words; empty when nothing blocks it."""
    current: int | None = None
    """Replicas as the controller itself last believed them to be."""
    starting: int = 0
    """Replicas that exist but do not serve yet."""
    target_kind: str = ""
    """Kind of what is scaled (Deployment, StatefulSet, …); empty when no object tells."""
    ended: int = 0  # pods of it that have failed or succeeded: no replicas
    scope: str = ""  # by which charts and lists are asked for it: see `core.state.scope`
    by_metrics: int | None = None
    by_fallback: bool = False  # what KEDA serves in place of a trigger that it cannot read
    """Replicas that its HPA's metrics want before windows, policies and limits; None: not known."""
    brief: tuple[str, ...] = ()
    """`reason` without who decided, in shorter lengths: see `core.decisions.lengths`."""


@dataclass(frozen=True, slots=True)
class ReplicaRow:
    """One replica (pod) of a variant."""

    pod: str
    variant: str
    namespace: str
    model: str
    accelerator: str
    state: ReplicaState
    state_text: str
    """In words, with the reason: "starting: loading the model, 42 s", "ImagePullBackOff"."""
    kv_ratio: float | None
    running: int | None
    waiting: int | None
    ttft_p95_ms: float | None
    itl_p95_ms: float | None
    tokens_per_s: float | None
    preemptions: int | None
    saturated: bool | None
    sample_at: float | None
    sample_age_s: float | None
    source: str
    """pod (polled), log (the controller's own sample)."""
    restarts: int | None
    node: str
    age_s: float | None
    engines: int = 1
    """How many engines it has; its numbers are of all of them, and the fullest is judged."""
    silent: int = 0
    """How many of them did not answer; if any, no sum is known."""

    @property
    def name(self) -> str:
        """Its name in Kubernetes."""
        return bare(self.pod)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision for one variant: in one cycle, or (in lists) with its repetitions."""

    at: float
    variant: str
    model: str
    action: str
    current: int | None
    target: int | None
    reason: str
    repeats: int
    """Lines that carried it; in lists, the cycles or looks that made it."""
    namespace: str = ""
    """Shown where lists mix namespaces; empty: not known, or there is only one."""
    context: bool = False
    """It is from before T+0: shown dimmed, and counted nowhere."""
    decider: str = "wva"
    last_at: float | None = None
    """When the newest of `repeats` was made, which `reason` is about; None: as the first."""
    brief: tuple[str, ...] = ()
    """The reason in shorter lengths, longest first: see `core.decisions.lengths`."""
    until: float | None = None  # UTC epoch seconds: what holds the size lets go; None: not known

    @property
    def key(self) -> str:
        """Identifies it where it is selected in a list."""
        return f"decision:{self.at!r}:{self.decider}:{self.namespace}/{self.variant}"


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log tail, safe to draw: `text` holds no control characters."""

    index: int
    """Position in the session, from 0, so that a row keeps its identity."""
    at: float | None
    level: str
    text: str
    kind: str
    fields: str = ""
    """The line's fields: `variant=a target=4`."""
    context: bool = False
    """It is from before T+0, or about what is not watched: shown dimmed, and counted nowhere."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened: decision, mark, setting, error, non-fatal, gap, notice, event."""

    at: float
    kind: str
    text: str
    seen_at: float = 0.0
    """When it was seen, where that is later than its own time."""

    @property
    def shown_at(self) -> float:
        """The first moment at which the screen shows it."""
        return max(self.at, self.seen_at)


SeriesStyle = Literal["line", "step", "band", "threshold", "points", "stand-in"]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One line of a chart. `points` are (time, value), ascending; a gap is a None value."""

    name: str
    points: tuple[tuple[float, float | None], ...]
    style: SeriesStyle = "line"
    """points: not joined by a line, and several may have the same time. stand-in: steps of values
    that were not measured, but used in place of missing ones."""
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    """With style band: the minimum and maximum beside each point (the mean)."""


class LimitLine(NamedTuple):
    """A threshold in a chart, from `since` until `until`. `name`: ends in `above` or `below` where
    that matters, and then in how the value is known; empty: an earlier value of the next one."""

    name: str
    value: float
    since: float = -math.inf
    until: float = math.inf


@dataclass(frozen=True, slots=True)
class ChartView:
    """Everything one chart draws over [since, until], already reduced to its columns."""

    title: str
    unit: str
    """ratio, requests, requests/s, replicas, ms, tokens/s."""
    since: float
    until: float
    series: tuple[SeriesView, ...]
    thresholds: tuple[LimitLine, ...] = ()
    marks: tuple[tuple[float, str, str], ...] = ()
    """(time, kind, text), ascending: changes, marks and errors."""
    gaps: tuple[tuple[float, float], ...] = ()
    note: str = ""
    """Why it is empty, when it is."""
    stages: tuple[StageBand, ...] = ()
    """Stages of load that lie in it, cut to [since, until], drawn as labelled bands."""
    across: str = ""
    """What the x axis (`since`, `until`, the points' first values) is, where that is not time."""
    legend: tuple[str, ...] = ()
    """What its lines mean, where their names do not say it."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts for the status line and the sessions list; ups, downs: changes of size."""

    events: int = 0
    lines: int = 0
    unknown_lines: int = 0
    errors: int = 0
    warnings: int = 0
    decisions: int = 0
    ups: int = 0
    downs: int = 0
    dialects: tuple[str, ...] = field(default=())
    drift: str = ""
    """The alarm's text when the log's wording is not recognised; empty when all is well."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One pod of a heat strip. `values` are the highest of each slot; None: nothing measured."""

    pod: str
    variant: str
    values: tuple[float | None, ...]
    born: float | None = None
    """When the pod was made; None when it is not known."""
    gone: float | None = None
    """When it was seen to be deleted; None while it exists."""
    limits: tuple[float, ...] = ()
    """By slot, the value from which it was saturated then; empty: there is no such value."""


@dataclass(frozen=True, slots=True)
class HeatView:
    """Pods by time slots over [since, until], all slots of one length."""

    metric: str
    title: str
    unit: str
    """ratio or requests."""
    since: float
    until: float
    columns: int
    rows: tuple[HeatRow, ...]
    """In the order of `ReplicaRow`s; pods deleted long ago are included."""
    threshold: float | None = None
    """The limit that all rows share in the last slot; None when there is none, or several."""
    threshold_source: str = ""
    gaps: tuple[tuple[float, float], ...] = ()
    """Stretches in which something may have been missed."""
    note: str = ""
    """Why it is empty, when it is."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact with its name: `node  gpu-07`. An empty text without an age was not known."""

    name: str
    text: str = ""
    age_s: float | None = None
    """Seconds since that moment, where the fact is one."""
    level: Level | None = None
    """Severity; None: neither good nor bad."""
    source: str = ""
    """Where it was learned, where that is not obvious."""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One value of a metrics page as it was read; None: the page did not have it."""

    name: str
    value: float | None
    unit: str
    text: str = ""
    """What a histogram or a breakdown says in words."""


@dataclass(frozen=True, slots=True)
class RankRow:
    """One engine of a pod that has several, at the last scrape."""

    name: str
    """What distinguishes it from the others: its port, its number on the page, its pod."""
    model: str
    kv_ratio: float | None
    running: int | None
    waiting: int | None
    saturated: bool | None
    miss: str = ""
    """Why it gave nothing; empty: it answered."""


@dataclass(frozen=True, slots=True)
class KubeEventRow:
    """A Kubernetes Event: when it was last seen, about what, how often."""

    at: float
    warning: bool
    about: str
    """Kind and name: `Pod/qwen-7d9f5`."""
    reason: str
    message: str
    count: int
    context: bool = False
    """It last happened before T+0: shown dimmed."""


@dataclass(frozen=True, slots=True)
class PodDetail:
    """Everything known of one pod."""

    pod: str
    row: ReplicaRow | None
    """Its row in the table; None when it is gone from there."""
    facts: tuple[FactRow, ...] = ()
    kube_events: tuple[KubeEventRow, ...] = ()
    """Newest first."""
    samples: tuple[SampleRow, ...] = ()
    """Its last page, whatever its age."""
    ranks: tuple[RankRow, ...] = ()
    """Its engines, where it has several."""
    sample_at: float | None = None
    sample_age_s: float | None = None
    sample_source: str = ""
    failure: str = ""
    """The last failed scrape, in words; empty when none failed since the last page."""


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition of an HPA, ScaledObject or VariantAutoscaling, in words."""

    about: str
    type: str
    status: str
    level: Level
    text: str
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class VariantDetail:
    """Everything known of one variant."""

    key: str
    row: VariantRow | None
    facts: tuple[FactRow, ...] = ()
    conditions: tuple[ConditionRow, ...] = ()
    limits: tuple[FactRow, ...] = ()
    """The controller's thresholds, each with where it was learned."""
    decisions: tuple[DecisionRow, ...] = ()  # newest first
    kube_events: tuple[KubeEventRow, ...] = ()
    """Newest first: of its objects and of its pods."""
