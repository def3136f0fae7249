"""The cost-aware optimiser: the cheapest capacity comes first, the dearest goes first."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, inf

from wvatui.core.wva.ballot import Ballot, Choice, cost_of, reason_of, role_of
from wvatui.core.wva.releases import HEAD, at_least
from wvatui.core.wva.saturation_v2 import V2State

NAME = "cost-aware"
_ROUNDS = 10_000
"""More rounds than any real allocation; every round adds at least one replica."""


def optimize(
    ballots: Sequence[Ballot], states: Sequence[V2State], version: str = HEAD
) -> list[Choice]:
    """One choice a variant, sorted by name; none at all when no ballot binds.

    Replicas; `required` and `spare` in each ballot's own unit. v0.6.0 and v0.7.0 know one ballot
    (WVA v0.6.0 internal/engines/pipeline/cost_aware_optimizer.go), later releases several and
    roles (WVA v0.8.0 and HEAD, same file).
    """
    ordered = sorted(states, key=lambda s: s.name)
    binding = [b for b in ballots if b.votes]
    if not binding:
        return []
    targets = {s.name: s.current for s in ordered}
    costs = {s.name: cost_of(s.name, ballots, s.cost) for s in ordered}
    if at_least(version, "v0.9.0-rc1"):
        _joint(binding, ordered, costs, targets)
    elif binding[0].required > 0:
        _add_cheapest(binding[0], ordered, costs, targets)
    elif binding[0].spare > 0:
        _remove_dearest(binding[:1], {"": binding[0].spare}, ordered, costs, targets)
    first = binding[0]
    return [
        Choice(
            variant=s.name,
            current=s.current,
            target=targets[s.name],
            reason=reason_of(
                s.current, targets[s.name], NAME, first.required, first.spare, version
            ),
            role=s.role,
        )
        for s in ordered
    ]


def _room(state: V2State, target: int) -> float:
    """Replicas that may still be added."""
    return max(0, state.max - target) if state.max else inf


def _add_cheapest(
    ballot: Ballot,
    states: Sequence[V2State],
    costs: Mapping[str, float],
    targets: dict[str, int],
) -> None:
    """v0.6.0, v0.7.0: fill by cost per capacity, and spill over to the next variant."""
    remaining = ballot.required
    able = [s for s in states if ballot.per_replica.get(s.name, 0.0) > 0]
    able.sort(key=lambda s: (costs[s.name] / ballot.per_replica[s.name], s.name))
    for state in able:
        if remaining <= 0:
            return
        capacity = ballot.per_replica[state.name]
        count = int(min(ceil(remaining / capacity), _room(state, targets[state.name])))
        targets[state.name] += count
        remaining -= count * capacity


def _need(ballot: Ballot, role: str | None) -> float:
    if role is None or not ballot.roles:
        return ballot.required
    return ballot.roles[role].required if role in ballot.roles else 0.0


def _slack(ballot: Ballot, role: str | None) -> float:
    if role is None or not ballot.roles:
        return ballot.spare
    return ballot.roles[role].spare if role in ballot.roles else 0.0


def _demand(ballot: Ballot, role: str | None) -> float:
    if role is None or not ballot.roles:
        return ballot.demand
    return ballot.roles[role].demand if role in ballot.roles else 0.0


def _joint(
    ballots: Sequence[Ballot],
    states: Sequence[V2State],
    costs: Mapping[str, float],
    targets: dict[str, int],
) -> None:
    """From v0.9.0-rc1: all roles together, every analyzer heard."""
    split = any(b.roles for b in ballots)
    groups: dict[str | None, list[V2State]] = {}
    for state in states:
        groups.setdefault(role_of(state.name, ballots, state.role) if split else None, []).append(
            state
        )
    remaining = {role: [_need(b, role) for b in ballots] for role in groups}
    if any(need > 0 for needs in remaining.values() for need in needs):
        _grow(ballots, groups, remaining, costs, targets)
        return
    for role, members in groups.items():
        slack = {b.name: _slack(b, role) for b in ballots}
        if all(spare > 0 for spare in slack.values()):
            _remove_dearest(ballots, slack, members, costs, targets)


def _grow(
    ballots: Sequence[Ballot],
    groups: Mapping[str | None, Sequence[V2State]],
    remaining: Mapping[str | None, list[float]],
    costs: Mapping[str, float],
    targets: dict[str, int],
) -> None:
    """Rounds of joint commits until no role is in need or none can grow."""
    for _ in range(_ROUNDS):
        picks = [
            pick
            for role, members in groups.items()
            if (pick := _pick(ballots, role, members, remaining[role], costs, targets))
        ]
        if not picks:
            return
        delta = min(util for _, _, _, util, _ in picks)
        for role, state, count, _, (capacity, demand) in picks:
            fair = floor(delta * demand / capacity + 1e-9)
            added = min(max(fair, min(1, count)), count)
            targets[state.name] += added
            for index, ballot in enumerate(ballots):
                remaining[role][index] -= added * ballot.per_replica.get(state.name, 0.0)


def _pick(
    ballots: Sequence[Ballot],
    role: str | None,
    members: Sequence[V2State],
    needs: Sequence[float],
    costs: Mapping[str, float],
    targets: Mapping[str, int],
) -> tuple[str | None, V2State, int, float, tuple[float, float]] | None:
    """The cheapest variant of a role that helps, and how many of it the role could use."""
    if not any(need > 0 for need in needs):
        return None
    able = [s for s in members if _helps(ballots, needs, s) and _room(s, targets[s.name]) > 0]
    if not able:
        return None
    state = min(able, key=lambda s: (costs[s.name] / _weighted(ballots, s.name), s.name))
    wanted = [
        (ceil(need / capacity), capacity, _demand(ballot, role))
        for ballot, need in zip(ballots, needs, strict=True)
        if need > 0 and (capacity := ballot.per_replica.get(state.name, 0.0)) > 0
    ]
    most, capacity, demand = max(wanted)
    count = int(min(most, _room(state, targets[state.name])))
    util = count * capacity / demand if demand > 0 else 1.0
    return role, state, count, util, (capacity, demand)


def _helps(ballots: Sequence[Ballot], needs: Sequence[float], state: V2State) -> bool:
    """Would a replica of it lessen any analyzer's need?"""
    return any(
        need > 0 and ballot.per_replica.get(state.name, 0.0) > 0
        for ballot, need in zip(ballots, needs, strict=True)
    )


def _weighted(ballots: Sequence[Ballot], name: str) -> float:
    """Capacity of a replica over all analyzers, by their scores."""
    plain = sum(b.per_replica.get(name, 0.0) for b in ballots)
    scored = sum(b.score * b.per_replica.get(name, 0.0) for b in ballots)
    return scored or plain


def _remove_dearest(
    ballots: Sequence[Ballot],
    slack: Mapping[str, float],
    members: Sequence[V2State],
    costs: Mapping[str, float],
    targets: dict[str, int],
) -> None:
    """Whole replicas that no analyzer needs, the dearest first; one is always left."""
    spare = list(slack.values())
    able = [s for s in members if any(b.per_replica.get(s.name, 0.0) > 0 for b in ballots)]
    able.sort(key=lambda s: (-costs[s.name], _weighted(ballots, s.name), s.name))
    for state in able:
        fits = [
            floor(left / capacity)
            for ballot, left in zip(ballots, spare, strict=True)
            if (capacity := ballot.per_replica.get(state.name, 0.0)) > 0
        ]
        low = state.min or 0
        others = sum(targets[s.name] for s in members if s.name != state.name)
        if state is able[-1] and others == 0:
            low = max(low, 1)
        count = max(0, min([*fits, targets[state.name] - low]))
        targets[state.name] -= count
        for index, ballot in enumerate(ballots):
            spare[index] -= count * ballot.per_replica.get(state.name, 0.0)
