"""The input of one redraw: a State, the status of the session, and the viewer's choices.

`vm.ask(query, …)` gets rows from the State by a query of the core. A query runs once for the same
State and `ViewState`, however many panels draw its rows. Whatever follows from rows and the
`ViewState` together is a `derived` property of `ViewModel`.

Names, everywhere in `wvatui.ui`: a variable or an attribute that holds a `ViewModel` is called
`vm`, one that holds a `ViewState` is called `view_state`. `state` is always a State of the fold,
and `view` is a view of the screen or the rows of a chart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from wvatui.analysis.whatif.table import NOTHING, TrialLine, Trials
from wvatui.core.explain import cycle_detail, why_rows
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.core.kube_object import qualified
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.load import load_rows
from wvatui.core.queries.pods import pod_detail, replica_rows
from wvatui.core.queries.scaling import scaling
from wvatui.core.queries.session import session_rows, variant_detail, variant_rows
from wvatui.core.rows import cycle_rows, log_rows
from wvatui.core.rows.cycle_views import CycleDetail, CycleRow
from wvatui.core.rows.load_views import JobRow, StageBand
from wvatui.core.rows.scale_views import GapWindow, ScaleEvent, Scaling
from wvatui.core.rows.views import (
    DecisionRow,
    EventRow,
    LogRow,
    PodDetail,
    ReplicaRow,
    VariantDetail,
    VariantRow,
)
from wvatui.core.state.scope import in_namespace, model_in, of_model
from wvatui.session.base import JUMPED
from wvatui.ui.draw import format
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.keys import KEYS, Key
from wvatui.ui.model.layout import ScreenPlan
from wvatui.ui.model.port import AnyState
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.theme import SERIES

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities, SessionStatus
    from wvatui.session.beside import RunsBeside

P = ParamSpec("P")
R = TypeVar("R")

DECISIONS = 50
LOG_LINES = 200
CYCLES = 500
BAR_EVERY_S = 1.0
ASKED = 300  # answers kept, at most, while the viewer moves about in one State


class derived(cached_property[R]):  # noqa: N801 (a decorator)
    """A property that follows from the State and the `ViewState` alone.

    `carry` copies its value to the next view model with the same State and `ViewState`.
    """


def answered(query: Callable[..., R], state: AnyState, *args: Any, **kwargs: Any) -> R:
    """The result of `query`, called without any cache."""
    return query(state, *args, **kwargs)


@dataclass(frozen=True)
class ViewModel:
    """The input of one redraw. `state` is the State shown; in a frozen view, an older one."""

    state: AnyState
    status: "SessionStatus"
    symbols: Symbols
    capabilities: "Capabilities"
    view_state: ViewState = field(default_factory=ViewState)
    frozen_at: float = 0.0
    """The moment of a frozen view, UTC epoch seconds; 0: the view is not frozen."""
    all_charts: bool = False
    """Whether every chart of the view is on the screen, so that there are no further pages."""
    plan: ScreenPlan | None = None
    """The heights of the parts of the screen."""
    pods_kept: int = 0
    """The number of pods for which tables keep lines, also when some have left."""
    bound: tuple[Key, ...] = KEYS
    """The keys as the user configured them."""
    trials: Trials = NOTHING
    """The alternatives tried in what-if."""
    beside: "RunsBeside | None" = None
    """This run and the one beside it; None: there is none, or it is still being read."""
    newest: AnyState = None
    """The State at the end of all that is known, for the time bar; None: `state`."""
    answer: "Callable[..., Any]" = answered
    """The function that answers a query; tests replace it."""
    _asked: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def shown(self) -> AnyState:
        """The State reduced to the chosen namespace."""
        return in_namespace(self.state, self.view_state.namespace)

    def ask(
        self, query: Callable[Concatenate[AnyState, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """The result of `query` for the State shown; it runs once for the same arguments."""
        key = (query, args, *kwargs.items())
        if key not in self._asked:
            self._asked[key] = self.answer(query, self.shown, *args, **kwargs)
        return cast(R, self._asked[key])

    def once(self, make: Callable[..., R], *args: Any) -> R:
        """`make(vm, …)`, made once for the same State and `ViewState`; it depends on no more."""
        known = self._asked.get((make, args))
        if known is None or known[0] != self.view_state:
            known = self._asked[make, args] = self.view_state, make(self, *args)
        return cast(R, known[1])

    def same_state(self, other: "ViewModel | None") -> bool:
        """Whether `other` has the same rows (States compare by identity)."""
        if other is None or other.view_state != self.view_state:
            return False
        parts = ("state", "newest", "trials", "beside")
        return all(getattr(other, part) is getattr(self, part) for part in parts)

    def carry(self, other: "ViewModel | None") -> "ViewModel":
        """Copy the rows that `other` has already computed for the same State; returns itself."""
        if other is None:
            return self
        carried: frozenset[str] = frozenset()
        if self.shown is other.shown and len(other._asked) < ASKED:
            self._asked.update(other._asked)
        if self.same_state(other):
            carried = _DERIVED | _BAR
        elif "events" in other.__dict__ and self._bar_as(other):
            carried = _BAR
            self.__dict__["bar_at"] = other.bar_at
        self.__dict__.update((n, getattr(other, n)) for n in carried & other.__dict__.keys())
        return self

    def _bar_as(self, other: "ViewModel") -> bool:
        """Whether the time bar may keep the rows of `other`: it is updated once a second."""
        if self.view_state.namespace != other.view_state.namespace:
            return False
        if self.newest is not None and self.newest is other.newest:
            return True
        return 0.0 < self.status.ended_at - other.bar_at < BAR_EVERY_S

    @cached_property
    def bar_at(self) -> float:
        """The end of what was known when the time bar's rows were computed, UTC epoch seconds."""
        return self.status.ended_at

    def with_view_state(self, view_state: ViewState) -> "ViewModel":
        """The same moment with other choices of the viewer."""
        return replace(self, view_state=view_state)

    def planned(self, plan: ScreenPlan) -> "ViewModel":
        """The same view model on a screen divided by `plan`."""
        return replace(self, plan=plan).carry(self)

    @derived
    def scaling(self) -> Scaling:
        """The changes of replicas of the variants shown, with how long each took."""
        whole = self.ask(scaling.scaling)
        only = self.only
        if only is None:
            return whole
        return Scaling(
            tuple(e for e in whole.events if is_of(e, only)),
            whole.lags,
            tuple(gap for gap in whole.gaps if is_of(gap, only)),
        )

    @derived
    def change(self) -> ScaleEvent | None:
        """The selected change of replicas; the newest one where none is selected."""
        selected = self.view_state.selected.get("changes", "")
        events = self.scaling.events
        return next((e for e in events if e.key == selected), events[0] if events else None)

    @property
    def state_now(self) -> float:
        """The moment shown, UTC epoch seconds."""
        return self.status.shown_at

    @derived
    def variants(self) -> tuple[VariantRow, ...]:
        """The variants shown: all, or the chosen one (while it is there)."""
        rows = self.ask(variant_rows.variants)
        return tuple(row for row in rows if row.key == self.view_state.variant) or rows

    @derived
    def only(self) -> VariantRow | None:
        """The chosen variant; None when all are shown."""
        row = self.variants[0] if len(self.variants) == 1 else None
        return row if row is not None and row.key == self.view_state.variant else None

    @derived
    def several(self) -> bool:
        """Whether the variants shown are of more than one namespace."""
        return len({row.namespace for row in self.ask(variant_rows.variants)} - {""}) > 1

    def called(self, row: "VariantRow | DecisionRow | ScaleEvent | GapWindow") -> str:
        """The name of a row's variant, with its namespace if there are several namespaces."""
        name = row.name if isinstance(row, VariantRow) else row.variant
        return qualified(row.namespace, name) if self.several and row.namespace else name

    @derived
    def models(self) -> tuple[str, ...]:
        """The models of all variants, in the table's order."""
        rows = self.ask(variant_rows.variants)
        return tuple(dict.fromkeys(row.model for row in rows if row.model))

    @derived
    def scope(self) -> str | None:
        """The scope of the charts: all (None), the chosen variant, or, of several models, the model
        of the selected row. See `core.state.scope`."""
        if self.only is not None:
            return self.only_scope
        if len(self.models) < 2:
            return None
        rows = self.ask(variant_rows.variants)
        selected = self.view_state.selected.get("variants", "")
        row = next((v for v in rows if f"variant:{v.key}" == selected), None)
        if row is None:
            pod = next((r for r in self.replicas if f"pod:{r.pod}" == selected), None)
            row = next((v for v in rows if pod and is_of(pod, v)), None)
        return of_model(row.model if row is not None and row.model else self.models[0])

    @derived
    def scope_name(self) -> str:
        """The name of the scope for titles; empty when there is only one scope."""
        if self.only is not None:
            return self.only.name if len(self.ask(variant_rows.variants)) > 1 else ""
        return model_in(self.scope).rpartition("/")[2]

    @derived
    def replicas(self) -> tuple[ReplicaRow, ...]:
        """The replicas of the variants shown."""
        rows = self.ask(replica_rows.replicas)
        only = self.only
        if only is None:
            return rows
        return tuple(row for row in rows if is_of(row, only))

    @derived
    def decisions(self) -> tuple[DecisionRow, ...]:
        return self.ask(session_rows.decisions, DECISIONS, self.only_scope, self.view_state.quiet)

    @property
    def only_scope(self) -> str | None:
        return None if self.only is None else self.only.scope or self.only.name

    @derived
    def decision(self) -> DecisionRow | None:
        """The selected one of `decisions`; the newest where none is selected."""
        rows, selected = self.decisions, self.view_state.selected.get("cycles", "")
        return next((row for row in rows if row.key == selected), rows[0] if rows else None)

    @derived
    def decision_why(self) -> CycleWhy | None:
        """The reason for the selected decision by an HPA, by KEDA or by a person."""
        return self.ask(why_rows.scaler_why, self.decision) if self.decision else None

    @derived
    def cycles(self) -> tuple[CycleRow, ...]:
        """The controller's cycles (of the chosen variant), newest first."""
        return self.ask(cycle_rows.cycles, CYCLES, self.only_scope)

    @derived
    def cycle(self) -> CycleDetail | None:
        """The selected cycle in full; the newest one where none is selected."""
        keys_ = [f"cycle:{row.at!r}" for row in self.cycles]
        if not keys_:
            return None
        selected = self.view_state.selected.get("cycles", "")
        number = keys_.index(selected) if selected in keys_ else 0
        return self.ask(cycle_detail.cycle_detail, self.cycles[number].at)

    @derived
    def cycle_why(self) -> CycleWhy | None:
        """The reasons for the decisions of the selected cycle."""
        return self.ask(why_rows.cycle_why, self.cycle.row.at) if self.cycle else None

    @derived
    def decision_whys(self) -> tuple[tuple[str, ...], ...]:
        """The reason for each of `decisions`, at several lengths; empty where it is unknown."""
        return self.ask(why_rows.decision_whys, self.decisions)

    @derived
    def log_indices(self) -> Sequence[int]:
        """Indices of all log lines that match the filter; an invalid filter matches all."""
        return self._filtered(log_rows.log_matches)

    @property
    def all_known(self) -> AnyState:
        """The newest State, reduced to the chosen namespace."""
        newest = self.state if self.newest is None else self.newest
        return in_namespace(newest, self.view_state.namespace)

    @cached_property
    def events(self) -> tuple[EventRow, ...]:
        """The events of the time bar, up to the newest: decisions, marks, errors and gaps."""
        rows: tuple[EventRow, ...] = self.answer(session_rows.events, self.all_known, JUMPED)
        return rows

    @cached_property
    def stages(self) -> tuple[StageBand, ...]:
        """The load stages of the time bar, up to the newest."""
        return cast("tuple[StageBand, ...]", self.answer(load_rows.stages, self.all_known))

    @cached_property
    def with_load(self) -> bool:
        """Whether any load job has been seen, up to the newest State."""
        return bool(self.stages or self.answer(load_rows.jobs, self.all_known))

    @derived
    def job(self) -> JobRow | None:
        """The selected job; the first one where none is selected."""
        selected = self.view_state.selected.get("jobs", "")
        found = (row for row in self.ask(load_rows.jobs) if f"job:{row.key}" == selected)
        return next(found, self.ask(load_rows.jobs)[0] if self.ask(load_rows.jobs) else None)

    @property
    def all_jobs(self) -> bool:
        """Whether the load view is on its page with the stages of all jobs."""
        return self.view_state.view == "load" and self.view_state.page % 2 == 1

    @derived
    def trial(self) -> TrialLine | None:
        """The selected alternative; without a selection, the first requested one with figures."""
        lines = self.trials.lines
        selected = self.view_state.selected.get("trials", "")
        found = next((line for line in lines if line.key == selected), None)
        told = (line for line in lines if line.row.asked and line.row.figures is not None)
        return found or next(told, lines[-1] if lines else None)

    @derived
    def log_only(self) -> bool:
        """Whether the session is a controller's log alone, without data from a cluster."""
        alone = not self.status.live and not self.ask(health_rows.health)
        return alone and self.ask(session_rows.totals).lines > 0

    @property
    def connecting(self) -> bool:
        """Whether the session waits for its first event, so that the time is not known."""
        return self.status.shown_at <= 0

    def log(self, most: int = LOG_LINES) -> tuple[LogRow, ...]:
        """The newest log lines that match the filter; an invalid filter matches all."""
        return self._filtered(log_rows.log_tail, most)

    def _filtered(self, query: Callable[..., R], *args: int) -> R:
        level = self.view_state.level
        try:
            return self.ask(query, *args, self.view_state.pattern, level)
        except ValueError:
            return self.ask(query, *args, "", level)

    @derived
    def opened(self) -> PodDetail | VariantDetail | None:
        """The details of the pod or variant opened last; None when nothing is open."""
        opened = self.view_state.detail[-1] if self.view_state.detail else ""
        kind, _, name = opened.partition(":")
        if kind == "pod":
            return self.ask(pod_detail.pod_detail, name)
        return self.ask(variant_detail.variant_detail, name) if kind == "variant" else None

    def time(self, at: float | None) -> str:
        """A moment in the chosen clock, eight cells: `08:01:30`, or `T+01:30`."""
        return format.moment(at, self.view_state.clock, self.status.started_at)

    @derived
    def keys(self) -> dict[str, int]:
        """Numbers of the pods that have a colour of their own, the oldest first.

        A pure function of the State, so that a replay shows the same colours. With more than
        `SERIES` pods none has a colour: charts then draw a band.
        """
        live = [row for row in self.replicas if row.state != "gone"]
        rows = live if len(live) <= SERIES else []
        ordered = sorted(rows, key=lambda r: (-(r.age_s if r.age_s is not None else 0.0), r.pod))
        return {row.pod: number for number, row in enumerate(ordered, 1)}


def is_of(row: "ReplicaRow | ScaleEvent | GapWindow", variant: VariantRow) -> bool:
    """Whether a row belongs to a variant; a row without a namespace matches by name alone, since
    not every log line states its namespace."""
    return row.variant == variant.name and row.namespace in ("", variant.namespace)


_DERIVED = frozenset(name for name, value in vars(ViewModel).items() if isinstance(value, derived))
_BAR = frozenset(("bar_at", "events", "stages", "with_load"))
