"""The demand of each role, which no line states: fitted so that the logged targets result.

V2 decides by role where a variant is prefill or decode, but logs the sum of the roles. Capacities
and replicas are logged by variant, so each role's supply is known, and with two roles the demand of
one gives that of the other. Source: WVA HEAD saturation_v2/analyzer.go aggregateByRole.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product

from wvatui.core.decisions.given import Case
from wvatui.core.explain.wva_v2.weighed import Weighed
from wvatui.core.rules.wva.saturation_v2 import Sums, required_capacity, spare_capacity

BOTH = "both"
_GRID = 64
"""Evenly spaced demands to try, beside one between any two at which a replica count changes."""
_MOST = 4_000
"""Most demands, over all analyzers, that are tried in one cycle."""

RoleTargets = Mapping[str, int]
RoleSums = Mapping[str, Sums]
RoleRule = Callable[[Sequence[RoleSums]], RoleTargets | None]
"""Targets by variant from the sums by role of each analyzer; None: the rule gives none."""


@dataclass(frozen=True, slots=True)
class RoleDemand:
    """Demand by analyzer and role, in the analyzer's unit: the lowest and highest that fit."""

    targets: RoleTargets
    spans: Mapping[str, Mapping[str, tuple[float, float]]]


def roles_of(case: Case) -> dict[str, str]:
    """The role of each variant: from an analyzer's line, else the variant's own."""
    roles = {m.name: m.role or BOTH for m in case.members}
    for result in case.results:
        roles |= {v.name: v.role for v in result.variants if v.role}
    return roles


def fitted_demand(
    analyzers: Sequence[Weighed], roles: Mapping[str, str], logged: RoleTargets, choose: RoleRule
) -> RoleDemand | None:
    """The demand of each of two roles with which the rule gives the logged targets.

    None: no demand does. `choose` is the rule.
    """
    names = sorted(set(roles.values()))
    if len(names) != 2:
        return None
    first, second = names
    seen: list[tuple[float, ...]] = []
    tried = product(*(list(_candidates(one, roles, first, second)) for one in analyzers))
    for demands in islice(tried, _MOST):
        sums = [
            {
                first: _sums(one, roles, first, demand),
                second: _sums(one, roles, second, one.demand - demand),
            }
            for one, demand in zip(analyzers, demands, strict=True)
        ]
        made = choose(sums)
        if made is not None and all(made.get(name) == target for name, target in logged.items()):
            seen.append(demands)
    if not seen:
        return None
    spans = {}
    for index, one in enumerate(analyzers):
        low, high = min(d[index] for d in seen), max(d[index] for d in seen)
        spans[one.name] = {first: (low, high), second: (one.demand - high, one.demand - low)}
    return RoleDemand(logged, spans)


def _capacities(one: Weighed, roles: Mapping[str, str], role: str) -> dict[str, float]:
    return {n: c for n, c in one.per_replica.items() if roles.get(n, BOTH) == role}


def _sums(one: Weighed, roles: Mapping[str, str], role: str, demand: float) -> Sums:
    each = _capacities(one, roles, role)
    supply = sum(one.ready.get(n, 0) * c for n, c in each.items())
    anticipated = supply + sum(one.pending.get(n, 0) * c for n, c in each.items())
    return Sums(
        supply,
        anticipated,
        demand,
        required_capacity(demand, anticipated, one.scale_up),
        spare_capacity(supply, demand, one.scale_down),
    )


def _candidates(one: Weighed, roles: Mapping[str, str], first: str, second: str) -> Iterator[float]:
    """Demands of the first role: one between any two at which a count of replicas changes."""
    total = one.demand
    edges = {total * n / _GRID for n in range(_GRID + 1)}
    edges |= {d for d in _edges(one, roles, first) if 0 < d < total}
    edges |= {total - d for d in _edges(one, roles, second) if 0 < d < total}
    ordered = sorted(edges)
    yield ordered[0]
    for low, high in pairwise(ordered):
        yield (low + high) / 2
    if len(ordered) > 1:
        yield ordered[-1]


def _edges(one: Weighed, roles: Mapping[str, str], role: str) -> Iterator[float]:
    none = _sums(one, roles, role, 0.0)
    needed = one.demand / one.scale_up if one.scale_up > 0 else one.demand
    for capacity in _capacities(one, roles, role).values():
        for step in range(int(min(needed / capacity, _GRID)) + 2):
            yield (none.anticipated + step * capacity) * one.scale_up
            yield (none.supply - step * capacity) * one.scale_down
