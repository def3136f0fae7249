"""The next State while it is built: mutable during one fold; only what changes is copied.

The previous State stays untouched. Each field of a State that can change has an attribute of the
same name here, with the field's type, so that mypy checks what each handler reads and writes.
"""

from collections.abc import Iterable
from functools import cached_property

from wvatui.core.events import Header, Scrape
from wvatui.core.kube_object import NamespacedName, bare, qualified
from wvatui.core.log.anchors import Drift
from wvatui.core.memo import Memo
from wvatui.core.metrics.polled_totals import together
from wvatui.core.state.building.builder_fields import (
    EventsBuilder,
    RingBuilder,
    RingsBuilder,
    TableBuilder,
)
from wvatui.core.state.building.cutting import Growing
from wvatui.core.state.history import History
from wvatui.core.state.linking import LinksBuilder
from wvatui.core.state.links import Link, other_names
from wvatui.core.state.replicas import PodTable
from wvatui.core.state.session_window import fresh_s, window_of
from wvatui.core.state.source_health import SilentStretch
from wvatui.core.state.state import (
    Cycle,
    Decision,
    LogLearned,
    State,
    Watched,
)
from wvatui.core.state.totals import SessionTotals

EPP_KEPT = 4_000
POINTS_KEPT = 20_000
"""Analyses or samples kept for each model, variant or pod that the controller's log is about."""
LOOKS_KEPT = 20_000
"""Looks kept of each scaler, and resizes of each target: as many as decisions of WVA are kept."""
RUNGS_KEPT = 20_000
PROGRESS_KEPT = 2_000
"""Steps of progress kept of one load job."""
RESULTS_KEPT = 20
JOB_LINES_KEPT = 1_000

_NOTHING = Watched(History())


class LogLearnedBuilder:
    """A `LogLearned` while it is built: of the session, or of the time before it."""

    def __init__(self, before: LogLearned) -> None:
        self.decided = RingBuilder(before.decided)
        self.analysed = RingsBuilder(before.analysed, POINTS_KEPT)
        self.measured = RingsBuilder(before.measured, POINTS_KEPT)
        self.predicted = RingsBuilder(before.predicted, POINTS_KEPT)
        self.log_kv = RingsBuilder(before.log_kv, POINTS_KEPT)
        self.log_waiting = RingsBuilder(before.log_waiting, POINTS_KEPT)
        self._was = before.totals
        self._totals: SessionTotals | None = None

    @property
    def totals(self) -> SessionTotals:
        """The totals; may be changed in place."""
        if self._totals is None:
            self._totals = self._was.copy()
        return self._totals

    def sealed(self) -> LogLearned:
        """The finished, immutable LogLearned."""
        return LogLearned(
            decided=self.decided.sealed(),
            analysed=self.analysed.sealed(),
            measured=self.measured.sealed(),
            predicted=self.predicted.sealed(),
            log_kv=self.log_kv.sealed(),
            log_waiting=self.log_waiting.sealed(),
            totals=self._was if self._totals is None else self._totals,
        )


class StateBuilder:
    """Builds the next State out of one."""

    namespace = ""  # of the line that is being read; empty: not known
    _growing: Growing | None = None
    _before: LogLearnedBuilder | None = None
    _drift: Drift | None = None
    _other_names: tuple[int, dict[NamespacedName, str]] | None = None

    def __init__(self, state: State) -> None:
        self._state = state
        self.now = state.now
        self.first_at = state.first_at
        self.events = state.events
        self.window = window_of(state.header)
        self.header = state.header
        self.footer = state.footer
        self.experiment = state.experiment
        self.log_namespace = state.log_namespace
        self.mode = state.mode
        self.leader = state.leader
        self.unserved = state.unserved
        self.forgotten = state.forgotten

        self.variants = TableBuilder(state.variants)
        self.workloads = TableBuilder(state.workloads)
        self.pods = PodTable(state.pods)
        self.gone = TableBuilder(state.gone)
        self.hpas = TableBuilder(state.hpas)
        self.scaled_objects = TableBuilder(state.scaled_objects)
        self.leases = TableBuilder(state.leases)
        self.configs = TableBuilder(state.configs)
        self.lifecycles = TableBuilder(state.lifecycles)
        self.condition_since = TableBuilder(state.condition_since)
        self.watched = TableBuilder(state.watched)
        self.bounds = TableBuilder(state.bounds)
        self.deciding = TableBuilder(state.deciding)
        self.info = TableBuilder(state.info)
        self.slo = TableBuilder(state.slo)
        self.tuner = TableBuilder(state.tuner)
        self.jobs = TableBuilder(state.jobs)
        self.heard = TableBuilder(state.heard)
        self.sources = TableBuilder(state.sources)
        self.unknown_kinds = TableBuilder(state.unknown_kinds)

        self.rounds = RingBuilder(state.rounds)
        self.log = RingBuilder(state.log)
        self.cycles = RingBuilder(state.cycles)
        self.marks = RingBuilder(state.marks)
        self.gaps = RingBuilder(state.gaps)
        self.silent = RingBuilder(state.silent)
        self.notices = RingBuilder(state.notices)
        self.kube_events = EventsBuilder(state.kube_events)

        self.epp = RingsBuilder(state.epp, EPP_KEPT)
        self.job_progress = RingsBuilder(state.job_progress, PROGRESS_KEPT)
        self.job_log = RingsBuilder(state.job_log, JOB_LINES_KEPT)
        self.job_results = RingsBuilder(state.job_results, RESULTS_KEPT)
        self.ladder = RingsBuilder(state.ladder, RUNGS_KEPT)
        self.hpa_looks = RingsBuilder(state.hpa_looks, LOOKS_KEPT)
        self.keda_looks = RingsBuilder(state.keda_looks, LOOKS_KEPT)
        self.resized = RingsBuilder(state.resized, LOOKS_KEPT)

        self._scrapes: dict[str, list[Scrape]] = {}
        self.session = LogLearnedBuilder(state)
        self.learned = self.session
        """Takes what the line being read says: `session`, or `before` for lines from before T+0."""

    def take_header(self, header: Header) -> None:
        """Begin the session, or another one, as this header says."""
        self.header, self.window = header, window_of(header)

    def pod_id(self, name: str) -> str:
        """Id of a pod that the line being read names."""
        if not self.window.several or self.namespace:
            return self.window.id_of(self.namespace, name)
        same = [pod for pod in self.pods.current if bare(pod) == name]
        return same[0] if len(same) == 1 else name

    def controller_pod(self, name: str) -> str:
        """Id of a pod of the controller, of which a line of its log gives the bare name only."""
        if not self.window.several:
            return name
        return next((pod for pod in self.pods.current if pod.endswith(f"/{name}")), name)

    def variant_id(self, name: str, namespace: str = "") -> str:
        """Id of a variant that the line being read names."""
        return self.window.id_of(namespace or self.namespace, name)

    def model_id(self, model: str) -> str:
        """Id of a model that the line being read names."""
        if not self.window.several or not self.namespace:
            return model
        return qualified(self.namespace, model)

    @property
    def links(self) -> tuple[Link, ...]:
        """Which objects and pods belong to which variant, as things stand."""
        return self._linking.links

    @cached_property
    def _linking(self) -> LinksBuilder:
        others = self.variants, self.workloads, self.scaled_objects, self.pods, self.gone
        return LinksBuilder(self._state, self.hpas, *others)

    @property
    def other_names(self) -> dict[NamespacedName, str]:
        """Other names of variants: (namespace, other name) to the name that the State uses."""
        changes = self.variants.changes
        if self._other_names is None or self._other_names[0] != changes:
            self._other_names = changes, other_names(self.variants.current.values())
        return self._other_names[1]

    @property
    def before(self) -> LogLearnedBuilder:
        """What was learned from lines written before T+0."""
        if self._before is None:
            self._before = LogLearnedBuilder(self._state.before)
        return self._before

    @property
    def context(self) -> bool:
        """Whether the line being read does not belong to the session."""
        return self.learned is not self.session

    def learned_of(self, thing: Cycle | Decision) -> LogLearnedBuilder:
        """`before` for a cycle or decision from before T+0, else `session`."""
        return self.before if thing.context else self.session

    @property
    def drift(self) -> Drift:
        """The watch for format drift; may be changed in place."""
        if self._drift is None:
            self._drift = self._state.drift.copy()
        return self._drift

    def forget_drift(self) -> None:
        """Watch for format drift from the next line on."""
        self._drift = Drift()

    # --- cycles

    @property
    def cycle(self) -> Growing | None:
        """The newest cycle; may be changed in place."""
        if self._growing is None and self._state.cycle is not None:
            self._growing = Growing.of(self._state.cycle)
        return self._growing

    def next_cycle(self, cycle: Growing) -> None:
        """Seal the newest cycle and begin another."""
        before = self.cycle
        if before is not None:
            over = before.sealed()
            self.cycles.append(over)
            self.learned_of(over).totals.cycles_cut += 1
        self._growing = cycle

    # --- pods, polled

    @property
    def fresh_s(self) -> float:
        """See `session_window.fresh_s`."""
        return fresh_s(self.header)

    def add_scrape(self, event: Scrape) -> None:
        """Queue a scrape for the end of its pod's history."""
        rows = self._scrapes.get(event.pod)
        if rows is None:
            last = self.latest_scrape(event.pod)
            self._scrapes[event.pod] = [event]
        else:
            last = rows[-1]
            rows.append(event)
        if last is not None and event.at - last.at > self.fresh_s:
            self.silent.append(SilentStretch("pods", last.at, event.at, event.pod))

    @property
    def polls(self) -> bool:
        """Whether any pod was ever polled."""
        return bool(self._scrapes or self.watched.current)

    def latest_scrape(self, pod: str) -> Scrape | None:
        """The newest scrape of a pod, sealed or not."""
        rows = self._scrapes.get(pod)
        if rows:
            return rows[-1]
        watched = self.watched.get(pod)
        return None if watched is None else watched.history.last

    def answering(self, pods: Iterable[str], since: float) -> int | None:
        """How many of these pods are Ready, not being deleted, and were scraped since `since`.

        None: none was ever scraped. Runs for every variant at every tick: half the time of a fold.
        """
        if not self.polls:
            return None
        waiting, watched = self._scrapes.get, self.watched.current.get
        pods_now, gone = self.pods.current, self.gone.current
        count, ever = 0, False
        for pod in pods:
            rows = waiting(pod)
            polled = None if rows else watched(pod)
            last = rows[-1] if rows else polled.history.last if polled is not None else None
            if last is not None:
                ever = True
                now = pods_now[pod]
                if last.at >= since and now.ready and now.deleting_at is None and pod not in gone:
                    count += 1
        return count if ever else None

    def polled(self, pod: str) -> Watched:
        """What polling a pod has shown, its queued scrapes included."""
        self._put_away(pod)
        return self.watched.get(pod) or _NOTHING

    def forget_pod(self, name: str) -> None:
        """Drop a pod that was deleted long ago, but keep its totals."""
        self.forgotten = together((self.forgotten, self.polled(name).history.totals))
        self.gone.discard(name)
        self.pods.discard(name)
        self.watched.discard(name)
        for learned in (self.session, self.before):
            learned.log_kv.discard(name)
            learned.log_waiting.discard(name)

    def flush_scrapes(self) -> None:
        """Append the queued scrapes to their histories."""
        for pod in list(self._scrapes):
            self._put_away(pod)

    def _put_away(self, pod: str) -> None:
        rows = self._scrapes.pop(pod, None)
        if rows:
            before = self.watched.get(pod) or _NOTHING
            # A scrape that worked ends the failures before it.
            history = before.history.extend(rows, self.bounds.current)
            self.watched[pod] = Watched(history, engine=before.engine)

    # --- the end

    def seal(self) -> State:
        """The State that has been built."""
        self.flush_scrapes()
        old = self._state
        learned = self.session.sealed()
        state = State(
            now=self.now,
            first_at=self.first_at,
            events=self.events,
            header=self.header,
            footer=self.footer,
            only=old.only,
            experiment=self.experiment,
            log_namespace=self.log_namespace,
            mode=self.mode,
            leader=self.leader,
            unserved=self.unserved,
            forgotten=self.forgotten,
            variants=self.variants.sealed(),
            workloads=self.workloads.sealed(),
            pods=self.pods.sealed(),
            gone=self.gone.sealed(),
            hpas=self.hpas.sealed(),
            scaled_objects=self.scaled_objects.sealed(),
            leases=self.leases.sealed(),
            configs=self.configs.sealed(),
            lifecycles=self.lifecycles.sealed(),
            condition_since=self.condition_since.sealed(),
            watched=self.watched.sealed(),
            bounds=self.bounds.sealed(),
            deciding=self.deciding.sealed(),
            info=self.info.sealed(),
            slo=self.slo.sealed(),
            tuner=self.tuner.sealed(),
            jobs=self.jobs.sealed(),
            heard=self.heard.sealed(),
            sources=self.sources.sealed(),
            unknown_kinds=self.unknown_kinds.sealed(),
            rounds=self.rounds.sealed(),
            log=self.log.sealed(),
            cycles=self.cycles.sealed(),
            decided=learned.decided,
            marks=self.marks.sealed(),
            gaps=self.gaps.sealed(),
            silent=self.silent.sealed(),
            notices=self.notices.sealed(),
            kube_events=self.kube_events.sealed(),
            epp=self.epp.sealed(),
            analysed=learned.analysed,
            measured=learned.measured,
            predicted=learned.predicted,
            log_kv=learned.log_kv,
            log_waiting=learned.log_waiting,
            job_progress=self.job_progress.sealed(),
            job_log=self.job_log.sealed(),
            job_results=self.job_results.sealed(),
            ladder=self.ladder.sealed(),
            hpa_looks=self.hpa_looks.sealed(),
            keda_looks=self.keda_looks.sealed(),
            resized=self.resized.sealed(),
            cycle=old.cycle if self._growing is None else self._growing.sealed(),
            totals=learned.totals,
            before=old.before if self._before is None else self._before.sealed(),
            drift=old.drift if self._drift is None else self._drift,
            # The first events of all begin another session.
            of_session=old.of_session if old.events else Memo(),
        )
        self._linking.keep(state)
        return state
