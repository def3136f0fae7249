"""One analyzer of a V2 cycle: its sums, their consequences, and the replicas that give them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from operator import mul

from wvatui.core.decisions.given import Case, Member
from wvatui.core.decisions.memory import heard
from wvatui.core.decisions.releases import ZEROES
from wvatui.core.log import facts as fc
from wvatui.core.ranges import INT32_LIMIT
from wvatui.core.rules.wva.optimizers.votes import STALE_CYCLES
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v2 import counted, required_capacity, spare_capacity
from wvatui.core.rules.wva.thresholds import Settings

_MOST_OF_ONE = 200
"""Most replicas that are tried for one of several variants."""
_MOST_COUNTS = 20_000
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Weighed:
    """One analyzer: its inputs and results, in its own unit (tokens or tokens/s).

    `ready` and `pending`: replicas by variant, derived from the supply where no line states them.
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
    """Whether the supply is a sum of whole replicas."""
    taken: bool = False
    """Required and spare are used as logged, since the thresholds are not known."""


def says_capacity(case: Case) -> bool:
    """Whether the release logs required and spare; v0.9.0-rc1 always prints 0 for both."""
    return case.version != ZEROES


def weigh(case: Case, result: fc.AnalyzerResult, limits: Settings, *, own: bool) -> Weighed | None:
    """An analyzer's results from its sums; with `own`, thresholds of its own line take precedence.

    None: the log does not show the capacity of a replica.
    """
    up, down = limits.scale_up_threshold, limits.scale_down_boundary
    if own and result.scale_up_threshold is not None:
        up = result.scale_up_threshold
    if own and result.scale_down_boundary is not None:
        down = result.scale_down_boundary
    supply, demand = result.supply or 0.0, result.demand or 0.0
    capacity = {v.name: v.per_replica or 0.0 for v in result.variants if v.per_replica}
    if not capacity and supply > 0:
        lone = _lone_capacity(case, result, up)
        if lone is None:
            return None
        capacity = {case.members[0].name: lone}
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
    """Ready and pending replicas by variant: as logged, else those that give the supply.

    Of several solutions, those that also give the logged requirement come first.
    """
    members = {m.name: m for m in case.members}
    names = list(capacity)
    first: tuple[dict[str, int], dict[str, int]] | None = None
    for ready in _solutions(members, capacity, supply):
        for pending in _pending(case, members, capacity, ready):
            first = first or (ready, pending)
            total = sum((ready[n] + pending[n]) * capacity[n] for n in names)
            if not says_capacity(case) or near(
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
    """Possible pending replicas by variant: as logged, else first those that are not in the supply.

    HEAD may count a replica twice, in the supply and as pending: see `saturation_v2.counted`.
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
    """Whole replicas whose capacities add up to the supply: as logged, else closest to the current
    ones first."""
    names = list(capacity)
    if names and all(n in members and members[n].pending is not None for n in names):
        ready = {n: max(0, _current(members, n) - (members[n].pending or 0)) for n in names}
        if near(sum(ready[n] * capacity[n] for n in names), supply):
            yield ready
    if len(names) == 1:
        count = round(min(supply / capacity[names[0]], INT32_LIMIT))
        if near(count * capacity[names[0]], supply):
            yield {names[0]: count}
        return
    tops = [max(_current(members, n), supply // capacity[n]) for n in names]
    ranges = [range(int(min(top, _MOST_OF_ONE)) + 1) for top in tops]
    each = [capacity[n] for n in names]
    sums = [
        dict(zip(names, counts, strict=True))
        for counts in islice(product(*ranges), _MOST_COUNTS)
        if near(sum(map(mul, counts, each)), supply)
    ]
    sums.sort(key=lambda c: sum(abs(c[n] - _current(members, n)) for n in names))
    yield from sums


def near(one: float, other: float) -> bool:
    """Whether two sums are equal, apart from the order of addition."""
    return abs(one - other) <= _CLOSE * max(1.0, abs(one), abs(other))
