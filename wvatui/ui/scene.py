"""All that one redraw looks at: a State, how the session stands, and what the viewer chose.

Rows are taken out of the State once a scene, whatever number of panels draws them.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from wvatui.core.views import (
    DecisionRow,
    EventRow,
    HeaderView,
    HealthRow,
    LogRow,
    ReplicaRow,
    Totals,
    VariantRow,
)
from wvatui.ui.port import State, Views
from wvatui.ui.symbols import Symbols
from wvatui.ui.themes import SERIES

if TYPE_CHECKING:
    from wvatui.session import Capabilities, SessionStatus

DECISIONS = 50
LOG_LINES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What the viewer chose: the only thing the screen remembers."""

    pattern: str = ""
    page: int = 0
    """Which charts are shown where not all have room."""


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

    def same_state(self, other: "Scene | None") -> bool:
        """Whether the rows of `other` are this scene's rows too (States compare by identity)."""
        return other is not None and other.state is self.state and other.choice == self.choice

    def carry(self, other: "Scene | None") -> "Scene":
        """This scene with the rows that `other` has taken out of the same State already."""
        if other is not None and self.same_state(other):
            for name, value in other.__dict__.items():
                if name in _ROWS:
                    self.__dict__[name] = value
        return self

    def with_choice(self, choice: Choice) -> "Scene":
        """The same moment, looked at otherwise."""
        return replace(self, choice=choice)

    @cached_property
    def header(self) -> HeaderView:
        return self.views.header(self.state)

    @cached_property
    def health(self) -> tuple[HealthRow, ...]:
        return self.views.health(self.state)

    @cached_property
    def variants(self) -> tuple[VariantRow, ...]:
        return self.views.variants(self.state)

    @cached_property
    def replicas(self) -> tuple[ReplicaRow, ...]:
        return self.views.replicas(self.state)

    @cached_property
    def decisions(self) -> tuple[DecisionRow, ...]:
        return self.views.decisions(self.state, DECISIONS)

    @cached_property
    def events(self) -> tuple[EventRow, ...]:
        return self.views.events(self.state, frozenset(("decision", "mark", "gap")))

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
            return self.views.log_tail(self.state, LOG_LINES, self.choice.pattern)
        except ValueError:
            return self.views.log_tail(self.state, LOG_LINES)

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
    ("header", "health", "variants", "replicas", "decisions", "events", "totals", "log", "keys")
)
