"""How long each change of replicas took, as plain rows; see `views` for the rules of rows."""

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["up", "down"]
ChangeOutcome = Literal["done", "under way", "not carried out", "withdrawn", "not known"]
"""done: every step was seen. under way: some are still to come. not carried out: decided, but the
spec did not follow for long. withdrawn: decided, but revoked before the spec followed. not known:
there is only the controller's log, which does not show the outcome."""

_BOOT = ("desired", "spec", "scheduled", "image", "started", "ready", "served")
_STOP = ("desired", "spec", "leaving", "drained")
UP = ("crossing", "onset", "decision", *_BOOT)
DOWN = ("crossing", "decision", *_STOP)
ORDERS: dict[tuple[Direction, bool], tuple[str, ...]] = {
    ("up", True): ("onset", "decision", *_BOOT),
    ("down", True): ("decision", *_STOP),
    ("up", False): ("crossing", *_BOOT),
    ("down", False): ("crossing", *_STOP),
}
"""The steps of one change, by its direction and whether WVA decides; without WVA, the first step is
a metric of the HPA crossing its target."""
OF_PODS = frozenset(("scheduled", "image", "started", "ready", "served", "leaving", "drained"))
"""Steps that each replica takes by itself."""
PATIENCE_S: dict[Direction, float] = {"up": 75.0, "down": 420.0}
"""Seconds that a decision may take to reach the spec. Up: Prometheus' scrape (30 s), the HPA's look
(15 s), a policy's period and a margin; down: also the default stabilization window (300 s)."""
TITLES = {
    "crossing": "metric",
    "onset": "saturated",
    "decision": "decision",
    "desired": "HPA desired",
    "spec": "spec",
    "scheduled": "scheduled",
    "image": "image",
    "started": "started",
    "ready": "ready",
    "served": "first token",
    "leaving": "terminating",
    "drained": "drained",
}
"""The name of each step on the screen."""


@dataclass(frozen=True, slots=True)
class ScaleStep:
    """One step. A step that was not seen is a hole: no time, no lag, never zero."""

    id: str
    at: float | None = None
    """UTC epoch seconds; of steps of replicas: when the last of them had taken it."""
    lag_s: float | None = None
    """Seconds after the nearest earlier step that was seen."""
    direct: bool = False
    """That earlier step is the one directly before it."""
    taken: int | None = None
    of: int | None = None
    """`taken` of `of` replicas have taken the step; None: it is no step of replicas."""


@dataclass(frozen=True, slots=True)
class PodSteps:
    """One replica that a change added or removed."""

    pod: str
    steps: tuple[ScaleStep, ...]


@dataclass(frozen=True, slots=True)
class ScaleEvent:
    """One change of replicas of one variant, from its first observed cause."""

    key: str
    variant: str
    namespace: str
    direction: Direction
    before: int | None
    after: int | None
    outcome: ChangeOutcome
    steps: tuple[ScaleStep, ...]
    pods: tuple[PodSteps, ...] = ()
    reason: str = ""
    """The controller's words for its decision."""

    @property
    def begin(self) -> float:
        """The first step that was seen."""
        return min(step.at for step in self.steps if step.at is not None)

    @property
    def end(self) -> float:
        """The last step that was seen."""
        times = [s.at for s in (*self.steps, *(s for p in self.pods for s in p.steps))]
        return max(at for at in times if at is not None)

    @property
    def took_s(self) -> float | None:
        """Seconds from the first step to the last; None: it is not done."""
        return self.end - self.begin if self.outcome == "done" else None

    def at(self, step: str) -> float | None:
        """When a step was seen, UTC epoch seconds; None: it was not."""
        return next((each.at for each in self.steps if each.id == step), None)

    def lag(self, first: str, last: str) -> float | None:
        """Seconds between two steps; None: one of them was not seen."""
        a, b = self.at(first), self.at(last)
        return None if a is None or b is None else max(0.0, b - a)


@dataclass(frozen=True, slots=True)
class LagRow:
    """How long one step took over a session, seconds."""

    direction: Direction
    step: str
    """A step's id, or two of them: `decision ready`."""
    count: int
    mean_s: float
    p95_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class GapWindow:
    """A stretch in which more replicas were wanted than were ready."""

    variant: str
    namespace: str
    since: float
    until: float
    lacking: int
    """The largest number of replicas lacking."""
    wanted_by: str
    """HPA; WVA where no HPA is known; `the spec` where nothing is known to decide."""
    is_open: bool
    """It goes on."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How long everything took."""

    events: tuple[ScaleEvent, ...] = ()
    """Newest first."""
    lags: tuple[LagRow, ...] = ()
    gaps: tuple[GapWindow, ...] = field(default=())
    """Newest first."""
