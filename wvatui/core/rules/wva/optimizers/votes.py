"""The vote rule: the replicas that each analyzer's logged numbers ask for, and the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from wvatui.core.rules.wva.saturation_v2 import Sums, required_capacity, spare_capacity
from wvatui.core.rules.wva.thresholds import Settings

STALE_CYCLES = 3
"""An analyzer without a reported capacity for this many optimisation cycles has no vote.

Source: WVA HEAD internal/engines/saturation/engine_v2.go:84 analyzerLivenessStaleCycles.
"""


@dataclass(frozen=True, slots=True)
class ReportedVote:
    """One analyzer's result for one variant in one cycle, in the analyzer's own unit.

    `per_replica` None or 0: the analyzer knew no capacity in this cycle.
    """

    analyzer: str
    required: float
    spare: float
    per_replica: float | None


@dataclass(frozen=True, slots=True)
class Vote:
    """The replicas that one analyzer asks for. `target` None: it has no vote (not live)."""

    analyzer: str
    target: int | None
    why: str
    """rc, sc, hold, silent (live, but no capacity now), stale (not live)."""


@dataclass(frozen=True, slots=True)
class VoteOutcome:
    """Votes, the resulting target, and the ages of analyzers for the next cycle."""

    target: int
    votes: tuple[Vote, ...]
    ages: Mapping[str, int]
    """Cycles since each analyzer last reported a capacity (0: now)."""


def reported(
    analyzer: str, sums: Sums, per_replica: float | None, thresholds: Settings
) -> ReportedVote:
    """An analyzer's result from its supply and demand, by its own thresholds.

    `required = max(0, demand / scaleUpThreshold - anticipated)` and `spare = max(0, supply -
    demand / scaleDownBoundary)`, in the analyzer's unit. Source: WVA HEAD
    internal/engines/saturation/engine_v2.go:482.
    """
    up, down = thresholds.of_analyzer(analyzer)
    return ReportedVote(
        analyzer,
        required_capacity(sums.demand, sums.anticipated, up),
        spare_capacity(sums.supply, sums.demand, down),
        per_replica,
    )


def vote(current: int, reported: ReportedVote) -> Vote:
    """One analyzer's vote: `rc > 0` -> current + ceil(rc / prc); else `sc > 0` -> current -
    floor(sc / prc); else current. Replicas.

    Source: recovered from recorded logs (141 of 141 cycles); not ceil(demand / prc).
    """
    capacity = reported.per_replica
    if capacity is None or capacity <= 0:
        return Vote(reported.analyzer, current, "silent")
    if reported.required > 0:
        return Vote(reported.analyzer, current + ceil(reported.required / capacity), "rc")
    if reported.spare > 0:
        return Vote(reported.analyzer, current - floor(reported.spare / capacity), "sc")
    return Vote(reported.analyzer, current, "hold")


def decide(
    current: int,
    reports: Sequence[ReportedVote],
    ages: Mapping[str, int],
    *,
    low: int | None = None,
    high: int | None = None,
) -> VoteOutcome:
    """The target for a model's only variant: the highest vote within `low` and `high`.

    `ages` is the outcome's `ages` of the cycle before (empty at first). An analyzer is live if it
    reported a capacity within the last 3 cycles; a live one without a capacity now votes to hold,
    which vetoes a scale-down. Without `low`, one replica is always left. If none is live, the
    target is `current`. This covers one variant per model, the cost-aware optimiser, no limiter and
    no enforcer; `cost_aware.optimize` covers several variants and roles.
    """
    now: dict[str, int] = {}
    votes: list[Vote] = []
    for report in sorted(reports, key=lambda r: r.analyzer):
        if report.per_replica is not None and report.per_replica > 0:
            now[report.analyzer] = 0
        elif report.analyzer in ages:
            now[report.analyzer] = ages[report.analyzer] + 1
        if report.analyzer in now and now[report.analyzer] < STALE_CYCLES:
            votes.append(vote(current, report))
        else:
            votes.append(Vote(report.analyzer, None, "stale"))
    for analyzer in sorted(set(ages) - now.keys()):
        now[analyzer] = ages[analyzer] + 1
        if now[analyzer] < STALE_CYCLES:
            votes.append(Vote(analyzer, current, "silent"))
    wanted = [v.target for v in votes if v.target is not None]
    target = max(wanted, default=current)
    if wanted:
        target = max(target, low if low is not None else min(1, current))
        if high is not None and high > 0:
            target = min(target, high)
    return VoteOutcome(target, tuple(votes), now)
