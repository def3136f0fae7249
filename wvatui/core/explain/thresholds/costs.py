"""Costs of variants that a log does not state: an order of costs that explains its decisions.

Scale-up takes the variant with the lowest cost per capacity first, scale-down the one with the
highest cost, so only these two orders matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from wvatui.core.decisions.given import Case
from wvatui.core.explain.thresholds.clamps import rule_targets

Costs = Mapping[str, float]
"""Costs by variant, without a unit: only their order matters."""
_GRID = (1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 8.0)
_MOST_TRIED = 2_500
_MOST_ORDERS = 60
_MOST_CASES = 60


def fitted_costs(cases: Sequence[Case], first: Costs) -> Costs:
    """The costs with which the rule gives most of the logged targets; `first` if none are better.
    Only the newest cases with a change count."""
    moved = [case for case in cases if case.costs_fitted and _moved(case)][-_MOST_CASES:]
    if not first or not moved:
        return first
    top = greatest_targets(cases)
    moved = [within_targets(case, top) for case in moved]
    best, most = first, _agreeing(moved, first)
    for costs in islice(_orders(moved, tuple(first)), _MOST_ORDERS):
        if most == len(moved):
            break
        count = _agreeing(moved, costs)
        if count > most:
            best, most = costs, count
    return best


def _moved(case: Case) -> bool:
    return any(o.current != o.target for o in case.outcomes.values())


def greatest_targets(cases: Sequence[Case]) -> Mapping[str, int]:
    """The greatest target of each variant."""
    top: dict[str, int] = {}
    for case in cases:
        for name, outcome in case.outcomes.items():
            top[name] = max(top.get(name, 0), outcome.target or 0)
    return top


def within_targets(case: Case, top: Mapping[str, int]) -> Case:
    """The case with assumed limits where none is stated and a target may be at one: the greatest
    target of its variant, and one replica."""
    members = []
    for member in case.members:
        outcome = case.outcomes.get(member.name)
        target = outcome.target if outcome is not None else None
        if target is not None and member.max is None and target == top.get(member.name):
            member = replace(member, max=target)
        if target == 1 and member.min is None:
            member = replace(member, min=1)
        members.append(member)
    return replace(case, members=tuple(members))


def _agreeing(cases: Sequence[Case], costs: Costs) -> int:
    """How many cases have their logged targets with these costs."""
    return sum(_agrees(case, costs) for case in cases)


def _agrees(case: Case, costs: Costs) -> bool:
    members = tuple(replace(m, cost=costs.get(m.name, m.cost)) for m in case.members)
    made = rule_targets(replace(case, members=members))
    return all(made.get(name) == o.target for name, o in case.outcomes.items())


def _orders(cases: Sequence[Case], names: Sequence[str]) -> Iterator[Costs]:
    """Costs that differ in their order, or in the order of cost per capacity."""
    capacity = {
        v.name: v.per_replica
        for case in cases
        for result in case.results
        for v in result.variants
        if v.per_replica and result.analyzer == case.results[0].analyzer
    }
    seen: set[tuple[int, ...]] = set()
    for values in islice(product(_GRID, repeat=len(names)), _MOST_TRIED):
        costs = dict(zip(names, values, strict=True))
        prices = {name: cost / capacity.get(name, 1.0) for name, cost in costs.items()}
        order = tuple(
            (by[a] > by[b]) - (by[a] < by[b])
            for by in (costs, prices)
            for a, b in combinations(names, 2)
        )
        if order not in seen:
            seen.add(order)
            yield costs
