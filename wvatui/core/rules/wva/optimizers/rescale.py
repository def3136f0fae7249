"""Rescaling (HEAD, enableRescale): models that contend for a pool give and get GPUs by priority."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TypeVar

from wvatui.core.rules.wva.optimizers.fair_share import ModelRequest
from wvatui.core.rules.wva.optimizers.gpu_budget import UNLIMITED, Budget
from wvatui.core.rules.wva.optimizers.joint import BOTH, Targets, dearest_first, shed
from wvatui.core.rules.wva.optimizers.offers import (
    Offer,
    binder,
    cheapest_first,
    of_role,
    offers,
    voting,
)
from wvatui.core.rules.wva.releases import at_least

NAME = "rescale"
_DUST = 1e-9
_Key = TypeVar("_Key", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Switch:
    """Where rescaling is on: the cluster's pools, and quotas of these namespaces."""

    cluster: bool = False
    namespaces: frozenset[str] = frozenset()

    @property
    def off(self) -> bool:
        """Whether rescaling is on nowhere."""
        return not self.cluster and not self.namespaces


OFF = Switch()


@dataclass(frozen=True, slots=True)
class Contender:
    """One model in a pool, in GPUs: the least that it keeps and the most that it may get."""

    key: tuple[str, str]
    weight: float
    floor: int
    cap: int


@dataclass(frozen=True, slots=True)
class _Member:
    request: ModelRequest
    variants: tuple[Offer, ...]


def targets(
    requests: Sequence[ModelRequest], budget: Budget, version: str, switch: Switch
) -> dict[tuple[str, str], Targets]:
    """Targets of the models in contended pools; others are left out. `budget` is reduced.

    A pool is one accelerator of the cluster, or of a namespace with a quota. It is contended when
    its models' demand, in GPUs, exceeds the GPUs that they hold plus the free ones. GPUs taken from
    a model are not free until the next cycle, so growth is limited to the GPUs that are free now.
    Source: WVA HEAD internal/engines/pipeline/rescale.go applyRescale.
    """
    if switch.off or not at_least(version, "v0.9"):
        return {}
    groups: dict[tuple[str, str], list[_Member]] = {}
    for request in requests:
        variants = offers(request.ballots, request.states, version)
        accelerators = {offer.accelerator for offer in variants or () if offer.accelerator}
        if not variants or len(accelerators) != 1:
            continue  # a model on several accelerators is not rescaled
        scope = request.namespace if request.namespace in budget.namespaces else ""
        if scope in switch.namespaces if scope else switch.cluster:
            group = groups.setdefault((accelerators.pop(), scope), [])
            group.append(_Member(request, variants))
    result: dict[tuple[str, str], Targets] = {}
    for accelerator, scope in sorted(groups):
        members = groups[accelerator, scope]
        result.update(_group(members, accelerator, scope, budget, version))
    return result


def _group(
    members: Sequence[_Member], accelerator: str, scope: str, budget: Budget, version: str
) -> dict[tuple[str, str], Targets]:
    purse = budget.namespaces[scope] if scope else budget.cluster
    free = purse.get(accelerator, 0)
    if free == UNLIMITED:
        return {}
    total = free + sum(_held(member.variants) for member in members)
    demands = {m.request.key: _demand_gpus(m, version) for m in members}
    if sum(demands.values()) <= total:
        return {}
    goals = water_fill(
        [_contender(m, demands[m.request.key], total, version) for m in members], total
    )
    fillable = min(free, budget.left(scope, accelerator)) if scope else free
    left, result = fillable, {}
    for member in sorted(members, key=lambda m: (-m.request.priority, m.request.key)):
        request = member.request
        result[request.key], spent = _drive(member, goals[request.key], left, version)
        left -= spent
    budget.take(scope, accelerator, fillable - left)
    return result


def _held(variants: Sequence[Offer]) -> int:
    return sum(offer.state.current * offer.gpus for offer in variants)


def _floor(variants: Sequence[Offer]) -> int:
    return sum(max(0, offer.state.min or 0) * offer.gpus for offer in variants)


def _demand_gpus(member: _Member, version: str) -> int:
    roles = {offer.role for offer in member.variants}
    return sum(_role_demand_gpus(member, role, version) for role in roles)


def _role_demand_gpus(member: _Member, role: str, version: str) -> int:
    """GPUs needed for a role's demand, at its cheapest variant's capacity."""
    ballot = binder(member.request.ballots, version)
    if ballot is None:
        return 0
    demand = ballot.demand
    if role != BOTH and role in ballot.roles:
        demand = ballot.roles[role].demand
    for offer in cheapest_first(of_role(member.variants, role)):
        if offer.capacity > 0:
            return max(0, ceil(demand / offer.capacity)) * offer.gpus
    return 0


def _contender(member: _Member, demand: int, total: int, version: str) -> Contender:
    bounds = [
        offer.state.max * offer.gpus if offer.state.max else None for offer in member.variants
    ]
    known = [bound for bound in bounds if bound is not None]
    cap = min(demand, sum(known) if len(known) == len(bounds) else total)
    low = _floor(member.variants)
    ballot = binder(member.request.ballots, version)
    weight = member.request.priority * (ballot.demand if ballot is not None else 0.0)
    return Contender(member.request.key, weight, low, max(cap, low))


def water_fill(contenders: Sequence[Contender], total: int) -> dict[tuple[str, str], int]:
    """GPUs for each: floor + (total - all floors) * weight / all weights, at most its cap.

    GPUs above a cap go to the others by the same weights; whole GPUs follow the largest remainders.
    Floors are kept even if they exceed the total; nothing is added then.
    Source: WVA HEAD internal/engines/pipeline/rescale.go computeRescaleTargets.
    """
    goals = {c.key: c.floor for c in contenders}
    left = float(total - sum(goals.values()))
    if left <= 0:
        return goals
    extra: dict[tuple[str, str], float] = {}
    hungry = [c for c in contenders if c.weight > 0 and c.cap > c.floor]
    while hungry and left > _DUST:
        weights = sum(c.weight for c in hungry)
        full = [c for c in hungry if left * c.weight / weights >= c.cap - c.floor - _DUST]
        if not full:
            extra.update({c.key: left * c.weight / weights for c in hungry})
            break
        extra.update({c.key: float(c.cap - c.floor) for c in full})
        left -= sum(c.cap - c.floor for c in full)
        hungry = [c for c in hungry if c not in full]
    caps = {c.key: c.cap for c in contenders}
    for key, gpus in whole(extra).items():
        goals[key] = min(goals[key] + gpus, caps[key])
    return goals


def whole(parts: Mapping[_Key, float]) -> dict[_Key, int]:
    """Parts in whole GPUs: each rounded down, the rest given to the largest remainders."""
    result = {key: floor(part) for key, part in parts.items()}
    left = floor(sum(parts.values()) + 0.5) - sum(result.values())
    for key in sorted(parts, key=lambda k: (result[k] - parts[k], k))[: max(0, left)]:
        result[key] += 1
    return result


def _drive(member: _Member, goal: int, free: int, version: str) -> tuple[Targets, int]:
    """Targets that bring a model to `goal` GPUs, and how many of the `free` GPUs they use."""
    reached = {state.name: state.current for state in member.request.states}
    roles = sorted({offer.role for offer in member.variants})
    parts = {role: of_role(member.variants, role) for role in roles}
    demands = {role: _role_demand_gpus(member, role, version) for role in roles}
    goals = split(
        goal,
        demands,
        {role: _held(part) for role, part in parts.items()},
        {role: _floor(part) for role, part in parts.items()},
    )
    spent = 0
    for role, part in parts.items():
        surplus = _held(part) - goals[role]
        if surplus > 0:
            ordered = dearest_first(part, voting(member.request.ballots, version))
            _reclaim(ordered, reached, surplus)
        elif surplus < 0:
            spent += _fill(part, reached, min(-surplus, free - spent))
    return reached, spent


def split(
    total: int, weights: Mapping[str, int], held: Mapping[str, int], floors: Mapping[str, int]
) -> dict[str, int]:
    """A model's GPUs split over its roles: floors first, the rest by demand (else by GPUs held).

    Source: WVA HEAD internal/engines/pipeline/rescale.go distributeGPUsByWeight.
    """
    roles = list(weights)
    if len(roles) == 1:
        return {roles[0]: total}
    result = dict(floors)
    left = total - sum(floors.values())
    if left <= 0:
        return result
    by = next((by for by in (weights, held) if sum(by.values()) > 0), None)
    if by is None:
        result[roles[0]] += left
        return result
    for role, gpus in whole({r: left * by[r] / sum(by.values()) for r in roles}).items():
        result[role] += gpus
    return result


def _reclaim(ordered: Sequence[Offer], targets: Targets, gpus: int) -> None:
    left = gpus

    def gone(offer: Offer, count: int) -> None:
        nonlocal left
        left -= count * offer.gpus

    shed(ordered, targets, lambda offer: max(0, left) // offer.gpus, gone)


def _fill(variants: Sequence[Offer], targets: Targets, gpus: int) -> int:
    spent = 0
    for offer in cheapest_first(variants):
        if offer.capacity <= 0:
            continue
        count = max(0, gpus - spent) // offer.gpus
        room = offer.room(targets.get(offer.name, 0))
        count = count if room is None else max(0, min(count, room))
        targets[offer.name] = targets.get(offer.name, 0) + count
        spent += count * offer.gpus
    return spent
