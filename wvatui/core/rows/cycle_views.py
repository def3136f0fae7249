"""What the controller did in one cycle, as plain rows: see `views` for the rules of such shapes."""

from dataclasses import dataclass
from typing import Literal

from wvatui.core.rows.views import DecisionRow, LogRow

CycleState = Literal["ok", "failed", "running", "no end"]
"""ok: ended well. failed: the controller said that it ended with errors. running: under way now.
no end: nothing in the log says that it ended."""
VoteRow = Literal["up", "down", "hold", ""]
"""What an analysis asks for: more replicas; fewer are safe; neither; empty: not known."""


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """One variant inside a V2 analysis. `per_replica`: in the analyzer's own unit."""

    variant: str
    per_replica: float | None
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """One analysis of one model in one cycle.

    `analyzer` is "V1" for the rule over spare capacity (then the first block of numbers is filled)
    or the name of a V2 analyzer (then the second).
    """

    model: str
    role: str
    analyzer: str
    vote: VoteRow
    reason: str = ""
    total: int | None = None
    """Replicas looked at, of which `non_saturated` count."""
    non_saturated: int | None = None
    spare_kv: float | None = None
    """Mean of threshold less KV use over the non-saturated, ratio."""
    spare_queue: float | None = None
    """Mean of threshold less waiting requests over the non-saturated, requests."""
    supply: float | None = None
    demand: float | None = None
    utilization: float | None = None
    required: float | None = None
    """Capacity that is lacking, in the unit of supply."""
    spare: float | None = None
    capacities: tuple[CapacityRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One threshold in force in a cycle. `unit`: ratio or requests.

    `source`: how it is known, in words: "stated: in this cycle's lines".
    """

    title: str
    value: float
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class CycleSampleRow:
    """One pod in a cycle: the controller's numbers, and what was polled from it by then.

    `polled_at` is the time of the scrape, at most a few polling intervals before the cycle.
    `polled_kv_peak` is the highest KV use within the minute before, because several releases use
    the maximum over a minute.
    """

    pod: str
    kv_ratio: float | None = None
    waiting: int | None = None
    arrival_per_s: float | None = None
    ttft_ms: float | None = None
    itl_ms: float | None = None
    polled_at: float | None = None
    polled_kv: float | None = None
    polled_kv_peak: float | None = None
    polled_waiting: int | None = None
    polled_running: int | None = None


@dataclass(frozen=True, slots=True)
class CycleVariant:
    """One variant in a cycle. `decision` None: none was made for it."""

    name: str
    decision: DecisionRow | None = None
    accelerator: str = ""
    cost: float | None = None
    """Of one replica."""
    ready: int | None = None
    pending: int | None = None
    min: int | None = None
    max: int | None = None
    proposed: int | None = None
    """What the analysis proposed before limits and rules."""
    ttft_ms: float | None = None
    itl_ms: float | None = None
    arrival_per_min: float | None = None
    predicted_ttft_ms: float | None = None
    predicted_itl_ms: float | None = None
    notes: tuple[str, ...] = ()
    """What held, cut or replaced the decision, in words."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One cycle in a list of them."""

    at: float
    state: CycleState
    duration_s: float | None
    """From its first line to the one that ends it; None: no line marks the end."""
    decisions: tuple[DecisionRow, ...]
    analyses: tuple[AnalysisRow, ...]
    errors: int | None
    """Error lines in it; None: its lines are no longer kept."""
    lines: int | None
    context: bool = False
    """It began before T+0: shown dimmed, and counted nowhere."""
    arrivals_per_min: float | None = None
    """Requests that arrive at all variants, where the model-based rule decides; None: not known."""

    @property
    def ups(self) -> int:
        """Variants to which replicas are added."""
        return sum(d.action == "scale-up" for d in self.decisions)

    @property
    def downs(self) -> int:
        """Variants from which replicas are taken."""
        return sum(d.action == "scale-down" for d in self.decisions)

    @property
    def holds(self) -> int:
        """Variants that stay as they are."""
        return len(self.decisions) - self.ups - self.downs


@dataclass(frozen=True, slots=True)
class CycleDetail:
    """All that the controller logged of one cycle."""

    row: CycleRow
    mode: str
    """The controller's mode in its own words, where this cycle states it."""
    variants: tuple[CycleVariant, ...]
    limits: tuple[LimitRow, ...]
    samples: tuple[CycleSampleRow, ...]
    notes: tuple[str, ...]
    """Notes about a whole model: transition, why it was skipped, requests in the gateway."""
    log: tuple[LogRow, ...]
    """Every line of it, oldest first."""
    previous: float | None = None
    next: float | None = None
    """Times of its neighbours."""


__all__ = [
    "AnalysisRow",
    "CapacityRow",
    "CycleDetail",
    "CycleRow",
    "CycleSampleRow",
    "CycleState",
    "CycleVariant",
    "DecisionRow",
    "LimitRow",
    "LogRow",
    "VoteRow",
]
