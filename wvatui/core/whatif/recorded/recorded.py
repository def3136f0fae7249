"""What what-if needs from a recording, for one model: load over time, cycles, replicas.

Everything is a value and in ascending order of time; `reading` makes it.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from wvatui.core.decisions.given import Case
from wvatui.core.explain.limits import in_force
from wvatui.core.metrics.promql.series import SeriesSource
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.gateway import GatewayMoment
from wvatui.core.whatif.loads import LoadShare
from wvatui.core.whatif.scaler.scaler import Scaler

Counts = Mapping[str, int]
"""Replicas by variant."""


@dataclass(frozen=True, slots=True)
class RecordedMoment:
    """The load from `at` on, one entry per serving replica; None: not known (a gap)."""

    at: float
    loads: tuple[LoadShare, ...] | None


@dataclass(frozen=True, slots=True)
class RecordedMember:
    """A variant of the model. None: the recording does not say."""

    name: str
    cost: float | None = None
    rank: float | None = None
    """Used as the cost in the rules where only the order of costs is known."""
    min: int | None = None
    max: int | None = None
    role: str = ""
    accelerator: str = ""
    target_name: str = ""
    scaler: Scaler | None = None
    """The autoscaler that acted on it, if the recording has that object and its metrics."""

    @property
    def price(self) -> float:
        """The cost by which the rules order variants."""
        known = self.rank if self.cost is None else self.cost
        return 0.0 if known is None else known


@dataclass(frozen=True, slots=True)
class RecordedResult:
    """What one analyzer (V2) reported for the model in a cycle, in its own unit."""

    analyzer: str
    supply: float
    demand: float
    required: float
    spare: float
    up: float
    down: float
    per_replica: Mapping[str, float]
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionRound:
    """One cycle of the controller as it was recorded.

    `rule`: v1, v2, or any other (model-based, …), which is not modelled. `loads`: the controller's
    own samples; None: its log has none. `targets`: the decided replicas. `cases`: the cycle's cases
    in the log, one per role group; empty where the round does not come from a log.
    """

    at: float
    rule: str
    settings: Settings
    current: Counts
    targets: Counts
    pending: Counts = field(default_factory=dict)
    desired: Counts = field(default_factory=dict)
    loads: tuple[LoadShare, ...] | None = None
    results: tuple[RecordedResult, ...] = ()
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplicaChange:
    """Replicas by variant from `at` on."""

    at: float
    replicas: Counts


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """How the rule's decisions compare with the recorded ones, cycle by cycle.

    `compared`: cycles with both; `not_modelled`: another rule decided (MODEL-ONLY, scale from
    zero), or inputs are missing. `differing`: (time, variant, recorded, recomputed).
    """

    compared: int = 0
    same: int = 0
    not_modelled: int = 0
    differing: tuple[tuple[float, str, int, int], ...] = ()


@dataclass(frozen=True)
class Recorded:
    """One model of a recording."""

    model: str
    since: float
    until: float
    members: tuple[RecordedMember, ...]
    moments: tuple[RecordedMoment, ...]
    rounds: tuple[DecisionRound, ...]
    replicas: tuple[ReplicaChange, ...]
    """Replicas that existed (the scale target's)."""
    serving: tuple[ReplicaChange, ...]
    """Replicas that served."""
    settings_over: Sequence[tuple[float, Settings]]
    """Thresholds in force over time, as `limits_over` has them."""
    source: str = ""
    """How they are known: stated, configured, recovered, fitted or assumed."""
    version: str = ""
    """Release of the rule, as far as it is known."""
    per_request: float | None = None
    """Share of a replica's KV cache that a running request uses; None: not known."""
    full: float | None = None
    """KV use (ratio) at which requests wait in a replica; None: none waited."""
    boot_s: float | None = None
    """Seconds from being wanted to serving; None: no replica was added."""
    lag_s: float | None = None
    """Seconds from a decision to the change of the scale target; None: not known."""
    kv_tokens: Mapping[str, int] = field(default_factory=dict)
    """Size of a replica's cache by variant, where it is known."""
    tokens: tuple[float, float] | None = None
    """Mean prompt and output tokens of a request, where they are known."""
    notes: tuple[str, ...] = ()
    gateway: tuple[GatewayMoment, ...] = ()
    """The values of the model's gateway; empty: none of its pages was recorded."""
    looked: CheckedRun | None = None
    """Without a controller: its HPAs' looks compared with their own rule; None: there are none."""
    pages: SeriesSource | None = None
    """Counters and histograms of its pods, where they were polled."""

    def settings_at(self, at: float) -> Settings:
        """Thresholds in force at `at`."""
        return in_force(self.settings_over, at)

    @cached_property
    def _times(self) -> Sequence[float]:
        return [moment.at for moment in self.moments]

    def moment(self, at: float) -> RecordedMoment | None:
        """The load at `at`; None: before the first moment."""
        place = bisect_right(self._times, at)
        return self.moments[place - 1] if place else None

    def moments_since(self, since: float, until: float) -> Sequence[RecordedMoment]:
        """The moments that begin within (since, until]."""
        first = bisect_right(self._times, since)
        return self.moments[first : bisect_right(self._times, until)]

    @property
    def names(self) -> tuple[str, ...]:
        """Its variants."""
        return tuple(member.name for member in self.members)


def at_time(changes: Sequence[ReplicaChange], at: float) -> Counts:
    """Replicas at `at`: by the last change before, or else the first change."""
    if not changes:
        return {}
    place = bisect_right(changes, at, key=lambda change: change.at)
    return changes[max(0, place - 1)].replicas
