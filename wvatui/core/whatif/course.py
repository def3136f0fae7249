"""The course of an alternative: its replicas over time, and its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wvatui.core.rules.wva.saturation_v1 import is_saturated
from wvatui.core.rules.wva.thresholds import Settings
from wvatui.core.whatif.loads import LoadShare


@dataclass(frozen=True, slots=True)
class ReplicaStep:
    """From `at` on: replicas of all variants wanted, existing and serving."""

    at: float
    wanted: int
    exist: int
    serving: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit chosen by the user, for which the share of time above it is reported. `quantity`: kv,
    waiting, running or utilization."""

    quantity: str
    value: float

    def above(self, loads: Sequence[LoadShare], utilization: float | None) -> bool | None:
        """Whether any replica is at or above it; None: not measured."""
        if self.quantity == "utilization":
            return None if utilization is None else utilization >= self.value
        values = [getattr(load, self.quantity) for load in loads]
        known = [value for value in values if value is not None]
        return None if len(known) < len(values) else any(v >= self.value for v in known)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a course. None: the recording does not show it."""

    replica_minutes: float
    mean: float
    peak: int
    lowest: int
    cost: float | None
    """Replica-hours times the unit cost of each variant."""
    saturated: float | None
    """Share of the time in which at least one replica was saturated (or demand above supply)."""
    all_saturated: float | None
    """Share of the time in which every replica was."""
    above: float | None
    """Share of the time above the chosen limit."""
    changes: int
    reversals: int
    """Changes in the opposite direction of the change before."""
    gap: int
    """Most replicas that were wanted and did not serve."""
    gap_s: float
    """The longest time in which some wanted replicas did not serve, seconds."""


@dataclass(slots=True)
class Meter:
    """Sums up a course step by step; times in seconds."""

    costs: Mapping[str, float | None]
    limit: Limit | None = None
    steps: list[ReplicaStep] = field(default_factory=list)
    replica_s: float = 0.0
    cost: float | None = 0.0
    known_s: float = 0.0
    some_s: float = 0.0
    all_s: float = 0.0
    limit_known_s: float = 0.0
    above_s: float = 0.0

    def stand(self, at: float, wanted: int, exist: int, serving: int) -> None:
        """Replicas from `at` on."""
        step = ReplicaStep(at, wanted, exist, serving)
        if self.steps and self.steps[-1].at == at:
            self.steps.pop()
        last = self.steps[-1] if self.steps else None
        if last is None or (last.wanted, last.exist, last.serving) != (wanted, exist, serving):
            self.steps.append(step)

    def pass_time(
        self,
        span_s: float,
        limits: Settings,
        exist: Mapping[str, int],
        loads: Sequence[LoadShare] | None,
        utilization: float | None = None,
    ) -> None:
        """Add `span_s` seconds with these replicas and loads (None: the load is not known) under
        the thresholds `limits`."""
        for name, count in exist.items():
            self.replica_s += span_s * count
            unit = self.costs.get(name)
            if unit is None and count:
                self.cost = None
            elif self.cost is not None and unit is not None:
                self.cost += span_s * count * unit / 3600
        if loads is None and utilization is None:
            return
        if self.limit is not None:
            above = self.limit.above(loads or (), utilization)
            if above is not None:
                self.limit_known_s += span_s
                self.above_s += span_s * above
        if loads:
            full = [is_saturated(load.kv, load.waiting, limits) for load in loads]
            some, every = any(full), all(full)
        elif utilization is not None:
            some = every = utilization > limits.scale_up_threshold
        else:
            return
        self.known_s += span_s
        self.some_s += span_s * some
        self.all_s += span_s * every

    def figures(self, since: float, until: float) -> Figures:
        """The figures of the course from `since` to `until`."""
        span = max(1e-9, until - since)
        changes, reversals = turns([step.exist for step in self.steps])
        gap, gap_s = _gap(self.steps, until)
        counts = [step.exist for step in self.steps] or [0]
        return Figures(
            replica_minutes=self.replica_s / 60,
            mean=self.replica_s / span,
            peak=max(counts),
            lowest=min(counts),
            cost=self.cost,
            saturated=_share(self.some_s, self.known_s),
            all_saturated=_share(self.all_s, self.known_s),
            above=_share(self.above_s, self.limit_known_s),
            changes=changes,
            reversals=reversals,
            gap=gap,
            gap_s=gap_s,
        )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def turns(counts: Sequence[int]) -> tuple[int, int]:
    """(changes of a count, how many of them reverse the direction of the one before)."""
    changes = reversals = 0
    last = 0
    for before, after in pairwise(counts):
        if after == before:
            continue
        direction = 1 if after > before else -1
        changes += 1
        reversals += bool(last) and direction != last
        last = direction
    return changes, reversals


def _gap(steps: Sequence[ReplicaStep], until: float) -> tuple[int, float]:
    """The most replicas wanted that did not serve, and the longest time in which some did not."""
    most, longest = 0, 0.0
    opened: float | None = None
    for step in steps:
        missing = step.wanted - step.serving
        most = max(most, missing)
        if missing > 0 and opened is None:
            opened = step.at
        elif missing <= 0 and opened is not None:
            longest, opened = max(longest, step.at - opened), None
    if opened is not None:
        longest = max(longest, until - opened)
    return max(0, most), longest
