"""What is known at one moment: the one value that the screen, the CSV and the summary read.

A State is never changed; `core.fold` makes the next one. `==` is identity and only answers "did it
change". Mappings are read only: States share them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from wvatui.core import events as ev
from wvatui.core.kube_object import NamespacedName
from wvatui.core.log import facts as fc
from wvatui.core.log.anchors import Drift
from wvatui.core.log.log_namespace import LogNamespace
from wvatui.core.log.parsed_line import Worded
from wvatui.core.memo import Memo
from wvatui.core.metrics.polled_totals import NOTHING_POLLED, PolledTotals
from wvatui.core.results import Report
from wvatui.core.state.history import History, HistoryPoint, PodLifecycle
from wvatui.core.state.links import Link
from wvatui.core.state.looks import DecisionCut, HpaLook, KedaLook, Resized
from wvatui.core.state.ring import Ring
from wvatui.core.state.session_window import SessionWindow, window_of
from wvatui.core.state.source_health import SilentStretch, SourceHealth
from wvatui.core.state.totals import SessionTotals

JobKey = tuple[str, str, str, str]
"""(kind, namespace, name, uid) of a load job."""


class LogEntry(Worded, frozen=True, gc=False):
    """One line of the controller's log, as parsed. `index` counts from 0 over the session."""

    index: int
    at: float
    stream: str
    raw: str
    context: bool = False
    """It was written before T+0, or is about what is not watched: shown, and counted nowhere."""
    namespace: str = ""
    """Which of several watched namespaces it is about; empty: not known."""

    @property
    def is_error(self) -> bool:
        """Whether it is an error in its own right, and not a line of a stack below one."""
        return self.level == "ERROR" and self.kind != "continuation"

    @property
    def is_non_fatal(self) -> bool:
        """Whether the controller calls it non-fatal and goes on (WVA HEAD utils/variant.go)."""
        return "(non-fatal)" in self.message


class Decision(msgspec.Struct, frozen=True, gc=False):
    """One decision for one variant in one cycle, all lines that repeat it folded into one.

    `at` is the time of its first line; the values are those of its last.
    """

    at: float
    last_at: float
    variant: str
    namespace: str = ""
    model: str = ""
    action: str = "no-change"
    current: int | None = None
    target: int | None = None
    reason: str = ""
    accelerator: str = ""
    repeats: int = 1
    opened: str = "processing"
    """Stage of the line that opened it."""
    seen_at: float = 0.0
    """When the newest of its lines was received: its own time can lie before that."""
    context: bool = False
    """It was taken before T+0: shown, and counted nowhere."""
    cuts: tuple[DecisionCut, ...] = ()


class Analysed(msgspec.Struct, frozen=True, gc=False):
    """One analysis of one model (or role group) in one cycle, repeats folded into one."""

    at: float
    model: str
    v1: fc.SaturationV1 | None = None
    v2: fc.AnalyzerResult | None = None
    namespace: str = ""  # of the model, where several are watched


class Reconcile(msgspec.Struct, frozen=True, gc=False):
    """What the lines of one full reconcile say, in their order.

    `errors`: its error lines in words. `unread`: lines in words that no dialect knows. `verbose`:
    it has lines that the default verbosity hides.
    """

    facts: tuple[fc.Fact, ...] = ()
    errors: tuple[str, ...] = ()
    unread: int = 0
    verbose: bool = False
    places: tuple[str, ...] = ()  # of each fact, where several namespaces are watched


class Cycle(msgspec.Struct, frozen=True, gc=False):
    """One cycle of the controller, as `cutting` has cut it.

    Its lines are those from `first_line` up to, without, `stop_line` (indices in the log; None:
    more may come). `at` is the time of the line that starts it, `end_at` of the one that ends it
    (None: none was seen); `ok` False: that one says that it ended with errors. `kv` and `waiting`
    are the controller's own per-pod samples. `links` and `configs`: the objects and ConfigMaps as
    they were known when it began.
    """

    at: float
    last_at: float
    first_line: int = 0
    stop_line: int | None = None
    lines: int = 0
    errors: int = 0
    end_at: float | None = None
    ok: bool = True
    analyses: tuple[Analysed, ...] = ()
    decided: tuple[str, ...] = ()
    """The variants decided in it, in order: see `SessionWindow.id_of`."""
    kv: Mapping[str, float] = {}
    waiting: Mapping[str, int] = {}
    reconciles: tuple[Reconcile, ...] = (Reconcile(),)
    links: tuple[Link, ...] = ()
    configs: Mapping[NamespacedName, ev.Config] = {}
    context: bool = False
    """It began before T+0: shown, and counted nowhere."""

    @property
    def ended(self) -> bool:
        """Whether a line states its end."""
        return self.end_at is not None

    @property
    def facts(self) -> Iterator[fc.Fact]:
        """All its facts, in order."""
        return (fact for reconcile in self.reconciles for fact in reconcile.facts)

    @property
    def placed(self) -> Iterator[tuple[str, fc.Fact]]:
        """All its facts, in order, each with its namespace: see `Reconcile.places`."""
        for reconcile in self.reconciles:
            places = reconcile.places or ("",) * len(reconcile.facts)
            yield from zip(places, reconcile.facts, strict=True)


class Measured(msgspec.Struct, frozen=True, gc=False):
    """What the controller measured for a variant at a time."""

    at: float
    metrics: fc.VariantMetrics


class Predicted(msgspec.Struct, frozen=True, gc=False):
    """What the controller's optimiser expected of a variant, at the time it said so."""

    at: float
    prediction: fc.Prediction


class Rungs(msgspec.Struct, frozen=True, gc=False):
    """The replica ladder of a variant from `at` on. None: not known."""

    at: float
    target: int | None = None
    desired: int | None = None
    spec: int | None = None
    ready: int | None = None
    serving: int | None = None
    current: int | None = None
    """What the controller itself believed."""


class ConditionSince(msgspec.Struct, frozen=True, gc=False):
    """The text of a condition, and since when it was seen."""

    text: str
    since: float


class Reported(msgspec.Struct, frozen=True, gc=False):
    """A result of a load job: as it was recorded, and what it says."""

    event: ev.JobResult
    report: Report


class Watched(msgspec.Struct, frozen=True, gc=False):
    """One pod as polled: its history, its last scrape failure, the engine that serves in it."""

    history: History
    failure: ev.ScrapeFailure | None = None
    failures: int = 0
    engine: ev.Engine | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LogLearned:
    """What the controller's log says about one period: the session, or the time before it."""

    decided: Ring[Decision] = field(default_factory=lambda: Ring(20_000))
    analysed: Mapping[str, Ring[Analysed]] = field(default_factory=dict)
    """By "model", "model role" or "model analyzer"."""
    measured: Mapping[str, Ring[Measured]] = field(default_factory=dict)
    """By variant: what the controller observed."""
    predicted: Mapping[str, Ring[Predicted]] = field(default_factory=dict)
    """By variant: what its optimiser expected."""
    log_kv: Mapping[str, Ring[HistoryPoint]] = field(default_factory=dict)
    """By pod: the controller's own samples, for logs without polls beside them."""
    log_waiting: Mapping[str, Ring[HistoryPoint]] = field(default_factory=dict)
    totals: SessionTotals = field(default_factory=SessionTotals)


@dataclass(frozen=True, slots=True, eq=False)
class State(LogLearned):
    """Everything known at one moment; the inherited fields are about the session's own time."""

    now: float = 0.0
    first_at: float = 0.0
    events: int = 0
    header: ev.Header | None = None
    footer: ev.Footer | None = None
    only: str = ""
    """The namespace that it is narrowed to, of several watched ones: see `core.state.scope`."""

    # objects, newest facts
    variants: Mapping[tuple[str, str, str], ev.Variant] = field(default_factory=dict)
    """By (source, namespace, name)."""
    workloads: Mapping[tuple[str, str, str], ev.Workload] = field(default_factory=dict)
    """By (kind, namespace, name)."""
    pods: Mapping[str, ev.Pod] = field(default_factory=dict)
    """By id (`SessionWindow.id_of`), which is the pod's name here and in all that is kept of it."""
    gone: Mapping[str, float] = field(default_factory=dict)
    """Deleted pods, and since when; kept for two hours."""
    hpas: Mapping[NamespacedName, ev.Autoscaler] = field(default_factory=dict)
    scaled_objects: Mapping[NamespacedName, ev.ScaledObject] = field(default_factory=dict)
    leases: Mapping[NamespacedName, ev.Lease] = field(default_factory=dict)
    configs: Mapping[NamespacedName, ev.Config] = field(default_factory=dict)
    lifecycles: Mapping[str, PodLifecycle] = field(default_factory=dict)
    """The lifecycle of each replica, by pod, in the order in which they were first seen."""
    unserved: tuple[str, ...] = ()
    """Replicas whose first token is still to be seen."""
    condition_since: Mapping[tuple[str, str, str, str], ConditionSince] = field(
        default_factory=dict
    )
    """By (kind, namespace, name, what): see `core.fold.condition_since`."""

    # pods, polled
    watched: Mapping[str, Watched] = field(default_factory=dict)
    forgotten: PolledTotals = NOTHING_POLLED
    """Totals of the pods that are no longer kept."""
    bounds: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    epp: Mapping[str, Ring[ev.Epp]] = field(default_factory=dict)
    rounds: Ring[ev.PollRound] = field(default_factory=lambda: Ring(600))

    # the controller, from its log
    log: Ring[LogEntry] = field(default_factory=lambda: Ring(10_000))
    log_namespace: LogNamespace = field(default_factory=LogNamespace)
    """Which namespace the newest lines are about."""
    mode: str = ""
    leader: str = ""
    cycles: Ring[Cycle] = field(default_factory=lambda: Ring(4_000))
    cycle: Cycle | None = None
    """The cycle under way."""
    deciding: Mapping[NamespacedName, Decision] = field(default_factory=dict)
    """The newest decision of each variant; later lines may still refine it."""
    info: Mapping[str, fc.VariantInfo] = field(default_factory=dict)
    slo: Mapping[str, fc.Slo] = field(default_factory=dict)
    tuner: Mapping[str, fc.Tuner] = field(default_factory=dict)
    before: LogLearned = field(default_factory=LogLearned)
    """What lines from before T+0 say: context that is shown, and counted nowhere. `log`, `cycles`
    and `deciding` also hold entries from before T+0."""
    drift: Drift = field(default_factory=Drift)

    # load
    jobs: Mapping[JobKey, ev.Job] = field(default_factory=dict)
    """Load jobs, also past ones, in the order in which they were first seen."""
    job_progress: Mapping[JobKey, Ring[ev.JobProgress]] = field(default_factory=dict)
    job_log: Mapping[str, Ring[ev.Log]] = field(default_factory=dict)
    """By pod: the lines of load jobs, without their progress bars."""
    job_results: Mapping[JobKey, Ring[Reported]] = field(default_factory=dict)
    experiment: ev.Experiment | None = None
    """The experiment that is being run, as it stands."""

    # what is derived as time passes
    ladder: Mapping[NamespacedName, Ring[Rungs]] = field(default_factory=dict)

    # what scalers could know when they decided
    hpa_looks: Mapping[NamespacedName, Ring[HpaLook]] = field(default_factory=dict)
    keda_looks: Mapping[NamespacedName, Ring[KedaLook]] = field(default_factory=dict)
    resized: Mapping[tuple[str, str, str], Ring[Resized]] = field(default_factory=dict)
    """By what is scaled: each change of its size."""

    heard: Mapping[str, float] = field(default_factory=dict)
    """When each kind of input last delivered something: log, pods, epp."""

    # the session
    sources: Mapping[str, SourceHealth] = field(default_factory=dict)
    marks: Ring[ev.Mark] = field(default_factory=lambda: Ring(2_000))
    gaps: Ring[ev.Gap] = field(default_factory=lambda: Ring(2_000))
    silent: Ring[SilentStretch] = field(default_factory=lambda: Ring(2_000))
    """Silences of pods and objects that are over; `queries.health.silences` joins them."""
    notices: Ring[ev.Notice] = field(default_factory=lambda: Ring(2_000))
    kube_events: Ring[ev.KubeEvent] = field(default_factory=lambda: Ring(2_000))
    unknown_kinds: Mapping[str, int] = field(default_factory=dict)

    # caches
    of_state: Memo = field(default_factory=Memo, repr=False)
    of_session: Memo = field(default_factory=Memo, repr=False)

    @property
    def window(self) -> SessionWindow:
        """The session's window: which times and namespaces belong to it."""
        return window_of(self.header)

    @property
    def namespace(self) -> str:
        """The namespace of the whole State; empty: there are several, or none is known."""
        return self.only or self.window.one

    def id_of(self, link: Link) -> str:
        """Id of a variant: see `SessionWindow.id_of`."""
        return self.window.id_of(link.namespace, link.name)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that belong to the session, in order; empty: none is named."""
        if self.only:
            return (self.only,)
        window = self.window
        known = {*window.namespaces, *(key[1] for key in self.variants), *self.log_namespace.seen}
        return tuple(sorted(name for name in known if name and window.watches(name)))

    @property
    def newest_decisions(self) -> tuple[Decision, ...]:
        """The newest decision of each variant, of those that were taken in the session."""
        return tuple(d for d in self.deciding.values() if not d.context)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All decisions of the session that are kept, in no order."""
        return (*self.decided, *self.newest_decisions)

    @property
    def known_decisions(self) -> tuple[Decision, ...]:
        """As `decisions`, with those from before T+0: to be shown, not to be counted."""
        return (*self.before.decided, *self.decided, *self.deciding.values())

    def apart(self) -> "State":
        """The same State with its own caches, for use in a thread other than the session's."""
        return replace(self, of_state=Memo(), of_session=Memo())


EMPTY = State()
"""Nothing is known yet."""
