"""All that one redraw looks at: a State, how the session stands, and what the viewer chose.

Rows are taken out of the State once a scene, whatever number of panels draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from wvatui.core.cycle_views import CycleDetail, CycleRow
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.core.findings import Finding
from wvatui.core.health_views import HealthDetail
from wvatui.core.load_views import ExperimentView, JobRow, ResultRow, StageBand, StageRow
from wvatui.core.scale_views import ScaleEvent, Scaling
from wvatui.core.views import (
    DecisionRow,
    EventRow,
    HeaderView,
    HealthRow,
    LogRow,
    PodDetail,
    ReplicaRow,
    Totals,
    VariantDetail,
    VariantRow,
)
from wvatui.core.whose import model_in, of_model
from wvatui.session import JUMPED
from wvatui.ui import words
from wvatui.ui.choice import Choice
from wvatui.ui.layout import Plan
from wvatui.ui.port import State, Views
from wvatui.ui.symbols import Symbols
from wvatui.ui.themes import SERIES
from wvatui.whatif.table import NOTHING, TrialLine, Trials

if TYPE_CHECKING:
    from wvatui.session import Capabilities, SessionStatus
    from wvatui.ui.keys import Key

DECISIONS = 50
LOG_LINES = 200
CYCLES = 500
BAR_EVERY_S = 1.0


@dataclass(frozen=True)
class Scene:
    """One redraw's input. `state` is the one shown: with a frozen view, an older one."""

    state: State
    status: "SessionStatus"
    views: Views
    symbols: Symbols
    capabilities: "Capabilities"
    choice: Choice = field(default_factory=Choice)
    behind_s: float = 0.0
    """How far a frozen view is behind what is captured."""
    all_charts: bool = False
    """Every chart is on the screen: there are no others to go to."""
    plan: Plan | None = None
    """How the screen is divided."""
    bound: "tuple[Key, ...]" = ()
    """The keys as the user wants them; empty: as they come."""
    trials: Trials = NOTHING
    """What was tried of other decisions."""
    newest: State = None
    """The State at the end of all that is known: what the bar shows; None: the one shown."""

    def same_state(self, other: "Scene | None") -> bool:
        """Whether the rows of `other` are this scene's rows too (States compare by identity)."""
        if other is None or other.choice != self.choice or other.trials is not self.trials:
            return False
        return other.state is self.state and other.newest is self.newest

    def carry(self, other: "Scene | None") -> "Scene":
        """This scene with the rows that `other` has taken out of the same State already."""
        if other is not None and self.same_state(other):
            for name, value in other.__dict__.items():
                if name in _ROWS:
                    self.__dict__[name] = value
        elif other is not None and "events" in other.__dict__ and self._bar_as(other):
            self.__dict__["bar_at"] = other.bar_at
            for name in ("events", "stages"):
                if name in other.__dict__:
                    self.__dict__[name] = other.__dict__[name]
        return self

    def _bar_as(self, other: "Scene") -> bool:
        """Whether the bar may show what it showed in `other`: it follows once a second."""
        if self.newest is not None and self.newest is other.newest:
            return True
        return 0.0 < self.status.ended_at - other.bar_at < BAR_EVERY_S

    @cached_property
    def bar_at(self) -> float:
        """The end of what was known when the bar's rows were taken out, UTC epoch seconds."""
        return self.status.ended_at

    def with_choice(self, choice: Choice) -> "Scene":
        """The same moment, looked at otherwise."""
        return replace(self, choice=choice)

    def planned(self, plan: Plan) -> "Scene":
        """The same scene on a screen that is divided so."""
        return replace(self, plan=plan).carry(self)

    @cached_property
    def header(self) -> HeaderView:
        return self.views.header(self.state)

    @cached_property
    def health(self) -> tuple[HealthRow, ...]:
        return self.views.health(self.state)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Why nothing happens, and what looks wrong, the worst first."""
        return self.views.findings(self.state)

    @cached_property
    def scaling(self) -> Scaling:
        """How long every change of replicas took, of the variants shown."""
        whole = self.views.scaling(self.state)
        only = self.only
        if only is None:
            return whole
        return Scaling(
            tuple(e for e in whole.events if e.variant == only.name),
            whole.lags,
            tuple(gap for gap in whole.gaps if gap.variant == only.name),
        )

    @cached_property
    def change(self) -> ScaleEvent | None:
        """The selected change of replicas; the newest one where none is selected."""
        selected = self.choice.selected.get("changes", "")
        events = self.scaling.events
        return next((e for e in events if e.key == selected), events[0] if events else None)

    @property
    def state_now(self) -> float:
        """The moment shown, UTC epoch seconds."""
        return self.status.shown_at

    @cached_property
    def all_variants(self) -> tuple[VariantRow, ...]:
        """Every variant, whichever was chosen."""
        return self.views.variants(self.state)

    @cached_property
    def variants(self) -> tuple[VariantRow, ...]:
        """The variants shown: all, or the chosen one (while it is there)."""
        chosen = tuple(row for row in self.all_variants if row.key == self.choice.variant)
        return chosen or self.all_variants

    @cached_property
    def only(self) -> VariantRow | None:
        """The chosen variant; None when all are shown."""
        row = self.variants[0] if len(self.variants) == 1 else None
        return row if row is not None and row.key == self.choice.variant else None

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models of all variants, in the table's order."""
        return tuple(dict.fromkeys(row.model for row in self.all_variants if row.model))

    @cached_property
    def whose(self) -> str | None:
        """Whose numbers charts draw: everybody's, one variant's, or those of one of several models:
        that of the selected variant. See `core.whose`."""
        if self.only is not None:
            return self.only.name
        if len(self.models) < 2:
            return None
        selected = self.choice.selected.get("variants", "")
        row = next((v for v in self.all_variants if f"variant:{v.key}" == selected), None)
        if row is None:
            pod = next((r for r in self.replicas if f"pod:{r.pod}" == selected), None)
            row = next((v for v in self.all_variants if pod and v.name == pod.variant), None)
        return of_model(row.model if row is not None and row.model else self.models[0])

    @cached_property
    def whose_name(self) -> str:
        """What tells them apart in a title; empty when there is only one."""
        if self.only is not None:
            return self.only.name if len(self.all_variants) > 1 else ""
        return model_in(self.whose).rpartition("/")[2]

    @cached_property
    def replicas(self) -> tuple[ReplicaRow, ...]:
        """The replicas of the variants shown."""
        rows = self.views.replicas(self.state)
        only = self.only
        if only is None:
            return rows
        return tuple(
            r for r in rows if r.variant == only.name and r.namespace in ("", only.namespace)
        )

    @cached_property
    def decisions(self) -> tuple[DecisionRow, ...]:
        only = self.only
        if only is None:
            return self.views.decisions(self.state, DECISIONS)
        return self.views.decisions(self.state, DECISIONS, only.name)

    @cached_property
    def cycles(self) -> tuple[CycleRow, ...]:
        """The controller's cycles (of the chosen variant), newest first."""
        only = self.only
        return self.views.cycles(self.state, CYCLES, only.name if only is not None else None)

    @cached_property
    def cycle(self) -> CycleDetail | None:
        """The selected cycle in full; the newest one where none is selected."""
        keys_ = [f"cycle:{row.at!r}" for row in self.cycles]
        if not keys_:
            return None
        selected = self.choice.selected.get("cycles", "")
        number = keys_.index(selected) if selected in keys_ else 0
        return self.views.cycle_detail(self.state, self.cycles[number].at)

    @cached_property
    def cycle_why(self) -> CycleWhy | None:
        """Why the selected cycle came out as it did."""
        return self.views.cycle_why(self.state, self.cycle.row.at) if self.cycle else None

    @cached_property
    def decision_whys(self) -> tuple[str, ...]:
        """Why each of `decisions` was taken; empty where that cannot be told."""
        return self.views.decision_whys(self.state, self.decisions)

    @cached_property
    def health_detail(self) -> HealthDetail:
        return self.views.health_detail(self.state)

    @cached_property
    def log_indices(self) -> Sequence[int]:
        """Numbers of all log lines that the filter lets through; a wrong filter lets all."""
        try:
            return self.views.log_matches(self.state, self.choice.pattern, self.choice.level)
        except ValueError:
            return self.views.log_matches(self.state, "", self.choice.level)

    @cached_property
    def events(self) -> tuple[EventRow, ...]:
        """What the bar shows, of all that is known: decisions, marks, errors and gaps."""
        newest = self.state if self.newest is None else self.newest
        return self.views.events(newest, JUMPED)

    @cached_property
    def stages(self) -> tuple[StageBand, ...]:
        """Stages of load that the bar shows, of all that is known."""
        return self.views.stages(self.state if self.newest is None else self.newest)

    @cached_property
    def jobs(self) -> tuple[JobRow, ...]:
        """Load jobs: those that run, then the others."""
        return self.views.jobs(self.state)

    @cached_property
    def job(self) -> JobRow | None:
        """The selected job; the first one where none is selected."""
        selected = self.choice.selected.get("jobs", "")
        found = (row for row in self.jobs if f"job:{row.key}" == selected)
        return next(found, self.jobs[0] if self.jobs else None)

    @cached_property
    def experiment(self) -> ExperimentView | None:
        """The experiment that is run from a file; None when there is none."""
        return self.views.experiment(self.state)

    @cached_property
    def stage_rows(self) -> tuple[StageRow, ...]:
        """Statistics of each stage of load so far."""
        return self.views.stage_rows(self.state)

    @property
    def all_jobs(self) -> bool:
        """Whether the load view is turned to the stages of all jobs."""
        return self.choice.view == "load" and self.choice.page % 2 == 1

    @cached_property
    def results(self) -> tuple[ResultRow, ...]:
        """What all jobs have measured, the newest first."""
        return self.views.job_results(self.state)

    @cached_property
    def trial(self) -> TrialLine | None:
        """The selected alternative; the first that was asked for where none is selected."""
        lines = self.trials.lines
        selected = self.choice.selected.get("trials", "")
        found = next((line for line in lines if line.key == selected), None)
        told = (line for line in lines if line.row.asked and line.row.figures is not None)
        return found or next(told, lines[-1] if lines else None)

    @cached_property
    def totals(self) -> Totals:
        return self.views.totals(self.state)

    @cached_property
    def log_only(self) -> bool:
        """Whether there is nothing but a controller's log: no cluster was ever asked."""
        return not self.health and self.status.mode == "REPLAY" and self.totals.lines > 0

    @property
    def connecting(self) -> bool:
        """Whether there is no cluster yet, nor its time."""
        return self.status.shown_at <= 0

    @cached_property
    def log(self) -> tuple[LogRow, ...]:
        """Lines of the log that the filter lets through; a wrong filter lets all through."""
        try:
            return self.views.log_tail(
                self.state, LOG_LINES, self.choice.pattern, self.choice.level
            )
        except ValueError:
            return self.views.log_tail(self.state, LOG_LINES, "", self.choice.level)

    @cached_property
    def opened(self) -> PodDetail | VariantDetail | None:
        """All that is known of what was opened last; None when nothing is open."""
        kind, _, name = (
            self.choice.detail[-1].partition(":") if self.choice.detail else ("", "", "")
        )
        if kind == "pod":
            return self.views.pod_detail(self.state, name)
        return self.views.variant_detail(self.state, name) if kind == "variant" else None

    def time(self, at: float | None) -> str:
        """A moment in the chosen clock, eight cells: `08:01:30`, or `T+01:30`."""
        return words.moment(at, self.choice.clock, self.status.started_at)

    @cached_property
    def keys(self) -> dict[str, int]:
        """Numbers of the pods that have a colour of their own, the oldest first.

        A pure function of the State, so that a replay shows the same colours. Beyond `SERIES`
        pods nobody has one: charts then draw a band.
        """
        live = [row for row in self.replicas if row.state != "gone"]
        rows = live if len(live) <= SERIES else []
        ordered = sorted(rows, key=lambda r: (-(r.age_s if r.age_s is not None else 0.0), r.pod))
        return {row.pod: number for number, row in enumerate(ordered, 1)}


_ROWS = frozenset(
    ("bar_at", "header", "health", "all_variants", "variants", "only", "models",
     "whose", "whose_name",
     "replicas", "decisions", "events", "totals", "log", "log_only", "keys", "cycles", "cycle",
     "cycle_why", "decision_whys", "health_detail", "findings", "log_indices", "opened", "stages",
     "jobs", "job", "results", "stage_rows", "experiment", "trial",
     "scaling", "change")
)  # fmt: skip
