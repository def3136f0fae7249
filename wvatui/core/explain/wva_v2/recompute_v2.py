"""What the V2 rule makes of a case's inputs: each analyzer's sums, its vote, and the target."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from wvatui.core.decisions.given import Case, Member
from wvatui.core.decisions.memory import heard
from wvatui.core.decisions.releases import ZEROES
from wvatui.core.log import facts as fc
from wvatui.core.ranges import INT32_LIMIT
from wvatui.core.rules.wva.ballot import Ballot
from wvatui.core.rules.wva.optimizers.cost_aware import optimize
from wvatui.core.rules.wva.optimizers.votes import STALE_CYCLES, ReportedVote, Vote, decide
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v2 import (
    Sums,
    V2State,
    counted,
    required_capacity,
    spare_capacity,
)
from wvatui.core.rules.wva.thresholds import V2_NAMES, Settings

_MOST_OF_ONE = 200
"""Replicas of one of several variants that are tried."""
_MOST_COUNTS = 20_000
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Weighed:
    """One analyzer: what it had and what follows. In its own unit: tokens or tokens/s.

    `ready` and `pending`: replicas by variant, as the supply shows them where no line says.
    `required` and `spare` are recomputed. `live`: it reported a capacity within three cycles.
    """

    name: str
    supply: float
    demand: float
    per_replica: Mapping[str, float]
    ready: Mapping[str, int]
    pending: Mapping[str, int]
    anticipated: float
    utilization: float
    required: float
    spare: float
    scale_up: float
    scale_down: float
    live: bool = True
    fits: bool = True
    """Is the supply a sum of whole replicas?"""
    taken: bool = False
    """Required and spare are as logged: the thresholds are not known."""


@dataclass(frozen=True, slots=True)
class RecomputedV2:
    """Result of the rule. `targets` by variant, before limiter and enforcer. `votes` for a model
    with one variant. `missing`: inputs without which there is no result."""

    analyzers: tuple[Weighed, ...] = ()
    votes: tuple[Vote, ...] = ()
    targets: Mapping[str, int] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def recompute_v2(case: Case, settings: Settings | None = None, version: str = "") -> RecomputedV2:
    """The rule on the case's inputs; with `settings` under other V2 thresholds."""
    version = version or case.version
    missing = (
        [] if settings is not None or says_capacity(case) else list(case.limits.missing(V2_NAMES))
    )
    missing += [f"current replicas of {m.name}" for m in case.members if m.current is None]
    if not case.results:
        missing.append("what the analyzers found")
    if not case.members:
        missing.append("the variants")
    if missing:
        return RecomputedV2(missing=tuple(missing))
    limits = settings if settings is not None else case.limits.settings()
    analyzers: list[Weighed] = []
    taken: list[str] = []
    if settings is None and case.limits.missing(V2_NAMES):
        taken.append("what is required and spare is taken as logged: the thresholds are not known")
    for result in sorted(case.results, key=lambda r: r.analyzer):
        one = _weighed(case, result, limits, own=settings is None)
        if one is None:
            if not result.required and not result.spare and says_capacity(case):
                taken.append(f"{result.analyzer} asks for nothing, as logged")
                continue
            names = ", ".join(m.name for m in case.members)
            return RecomputedV2(missing=(f"capacity of a replica of {names} ({result.analyzer})",))
        analyzers.append(one)
    if len(case.members) == 1:
        return _voted(case, analyzers, tuple(taken))
    return _shared(case, analyzers, version, tuple(taken))


def says_capacity(case: Case) -> bool:
    """Does the release log what is required and spare? v0.9.0-rc1 always prints 0 for both."""
    return case.version != ZEROES


# --- one analyzer -------------------------------------------------------------------------


def _weighed(
    case: Case, result: fc.AnalyzerResult, limits: Settings, *, own: bool
) -> Weighed | None:
    up, down = limits.scale_up_threshold, limits.scale_down_boundary
    if own and result.scale_up_threshold is not None:
        up = result.scale_up_threshold
    if own and result.scale_down_boundary is not None:
        down = result.scale_down_boundary
    supply, demand = result.supply or 0.0, result.demand or 0.0
    capacity = {v.name: v.per_replica or 0.0 for v in result.variants if v.per_replica}
    if not capacity and supply > 0:
        found = _lone_capacity(case, result, up)
        if found is None:
            return None
        capacity = {case.members[0].name: found}
    ready, pending, fits = _counts(case, result, capacity, supply, demand, up)
    anticipated = sum((ready[n] + pending[n]) * prc for n, prc in capacity.items())
    hidden = not (up == up and down == down)
    live = heard(result) or case.ages.get(result.analyzer, STALE_CYCLES) + 1 < STALE_CYCLES
    return Weighed(
        name=result.analyzer,
        supply=supply,
        demand=demand,
        per_replica=capacity,
        ready=ready,
        pending=pending,
        anticipated=anticipated,
        utilization=demand / supply if supply else 0.0,
        required=result.required or 0.0 if hidden else required_capacity(demand, anticipated, up),
        spare=result.spare or 0.0 if hidden else spare_capacity(supply, demand, down),
        scale_up=up,
        scale_down=down,
        live=live,
        fits=fits,
        taken=hidden,
    )


def _lone_capacity(case: Case, result: fc.AnalyzerResult, up: float) -> float | None:
    """Capacity of a replica of the only variant, in releases that do not log it.

    From what is required (then all replicas count, also pending ones), else from the supply.
    """
    if len(case.members) != 1:
        return None
    member = case.members[0]
    current, supply = member.current or 0, result.supply or 0.0
    if result.required and up > 0 and current:
        return ((result.demand or 0.0) / up - result.required) / current
    ready = current - (member.pending or 0)
    return supply / ready if ready > 0 else None


def _counts(
    case: Case,
    result: fc.AnalyzerResult,
    capacity: Mapping[str, float],
    supply: float,
    demand: float,
    up: float,
) -> tuple[dict[str, int], dict[str, int], bool]:
    """Ready and pending replicas by variant: as logged, else the ones that make the supply.

    Of several counts that make it, those that make the logged requirement, too, come first.
    """
    members = {m.name: m for m in case.members}
    names = list(capacity)
    first: tuple[dict[str, int], dict[str, int]] | None = None
    for ready in _solutions(members, capacity, supply):
        for pending in _pending(case, members, capacity, ready):
            first = first or (ready, pending)
            total = sum((ready[n] + pending[n]) * capacity[n] for n in names)
            if not says_capacity(case) or _near(
                required_capacity(demand, total, up), result.required or 0.0
            ):
                return ready, pending, True
    if first is not None:
        return (*first, True)
    now = {n: _current(members, n) for n in names}
    return now, dict.fromkeys(names, 0), not names


def _pending(
    case: Case,
    members: Mapping[str, Member],
    capacity: Mapping[str, float],
    ready: Mapping[str, int],
) -> Iterator[dict[str, int]]:
    """Replicas on their way by variant: as logged, else first those that are not in the supply.

    HEAD may count a replica that is in the supply again, see `saturation_v2.counted`.
    """
    names = list(capacity)
    known = {n: members[n].pending if n in members else None for n in names}
    plain = {n: max(0, _current(members, n) - ready[n]) for n in names}
    yield {
        n: plain[n]
        if (logged := known[n]) is None
        else counted(_current(members, n), logged, ready[n], case.version)[1]
        for n in names
    }
    if at_least(case.version, "v0.9"):
        ranges = [
            range(plain[n], min(_current(members, n), _MOST_OF_ONE) + 1)
            if known[n] is None
            else range(plain[n], plain[n] + 1)
            for n in names
        ]
        for counts in islice(product(*ranges), _MOST_COUNTS):
            yield dict(zip(names, counts, strict=True))


def _current(members: Mapping[str, Member], name: str) -> int:
    return members[name].current or 0 if name in members else 0


def _solutions(
    members: Mapping[str, Member], capacity: Mapping[str, float], supply: float
) -> Iterator[dict[str, int]]:
    """Whole replicas whose capacities add up to the supply: as logged, else nearest to the current
    ones first."""
    names = list(capacity)
    if names and all(n in members and members[n].pending is not None for n in names):
        ready = {n: max(0, _current(members, n) - (members[n].pending or 0)) for n in names}
        if _near(sum(ready[n] * capacity[n] for n in names), supply):
            yield ready
    if len(names) == 1:
        count = round(min(supply / capacity[names[0]], INT32_LIMIT))
        if _near(count * capacity[names[0]], supply):
            yield {names[0]: count}
        return
    tops = [max(_current(members, n), supply // capacity[n]) for n in names]
    ranges = [range(int(min(top, _MOST_OF_ONE)) + 1) for top in tops]
    found = [
        dict(zip(names, counts, strict=True))
        for counts in islice(product(*ranges), _MOST_COUNTS)
        if _near(sum(c * capacity[n] for c, n in zip(counts, names, strict=True)), supply)
    ]
    found.sort(key=lambda c: sum(abs(c[n] - _current(members, n)) for n in names))
    yield from found


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(1.0, abs(one), abs(other))


# --- the target ---------------------------------------------------------------------------


def _voted(case: Case, analyzers: Sequence[Weighed], taken: tuple[str, ...]) -> RecomputedV2:
    """One variant: the vote rule."""
    member = case.members[0]
    reports = [
        ReportedVote(a.name, a.required, a.spare, a.per_replica.get(member.name)) for a in analyzers
    ]
    if not at_least(case.version, "v0.9.0-rc1") and len(reports) == 1:
        ages: Mapping[str, int] = {}
    else:
        ages = case.ages
    outcome = decide(member.current or 0, reports, ages, low=member.min, high=member.max)
    return RecomputedV2(tuple(analyzers), outcome.votes, {member.name: outcome.target}, taken)


def _shared(
    case: Case, analyzers: Sequence[Weighed], version: str, taken: tuple[str, ...]
) -> RecomputedV2:
    """Several variants: the cost-aware optimiser shares out what is required or spare."""
    current = {m.name: m.current or 0 for m in case.members}
    moves = any(a.required > 0 for a in analyzers) or any(a.spare > 0 for a in analyzers)
    if not moves:
        return RecomputedV2(tuple(analyzers), (), current, taken)
    roles = {m.role or "both" for m in case.members} | {
        v.role or "both" for r in case.results for v in r.variants
    }
    if len(roles) > 1:
        return RecomputedV2(tuple(analyzers), missing=("the demand of each role",))
    if any(m.cost is None for m in case.members):
        lacking = tuple(f"cost of {m.name}" for m in case.members if m.cost is None)
        return RecomputedV2(tuple(analyzers), missing=lacking)
    role = next(iter(roles))
    ballots = [_ballot(case, a, role) for a in analyzers]
    states = [
        V2State(
            m.name,
            m.current or 0,
            pending=m.pending or 0,
            min=m.min,
            max=m.max,
            role="" if role == "both" else role,
            cost=m.cost or 0.0,
        )
        for m in case.members
    ]
    try:
        chosen = optimize(ballots, states, version)
    except ArithmeticError as error:
        return RecomputedV2(tuple(analyzers), missing=(f"a demand that can be met ({error})",))
    targets = {c.variant: c.target for c in chosen} if chosen else current
    return RecomputedV2(tuple(analyzers), (), targets, taken)


def _ballot(case: Case, one: Weighed, role: str) -> Ballot:
    sums = Sums(one.supply, one.anticipated, one.demand, one.required, one.spare)
    return Ballot(
        name=one.name,
        required=one.required,
        spare=one.spare,
        per_replica=one.per_replica,
        costs={m.name: m.cost or 0.0 for m in case.members},
        demand=one.demand,
        roles={} if role == "both" else {role: sums},
        live=one.live,
        variant_roles=dict.fromkeys(one.per_replica, "" if role == "both" else role),
    )
