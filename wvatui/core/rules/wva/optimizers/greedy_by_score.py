"""The greedy-by-score optimiser: several models share the available GPUs."""

from collections.abc import Sequence
from math import ceil

from wvatui.core.rules.wva.ballot import Ballot, VariantChoice
from wvatui.core.rules.wva.optimizers import rescale
from wvatui.core.rules.wva.optimizers.cost_aware import choices, remove_dearest
from wvatui.core.rules.wva.optimizers.fair_share import ModelRequest, Work, share
from wvatui.core.rules.wva.optimizers.gpu_budget import Budget
from wvatui.core.rules.wva.optimizers.joint import BOTH, Standing, Targets, grow, shrink, standing
from wvatui.core.rules.wva.optimizers.offers import Offer, cheapest_first, of_role, offers, voting
from wvatui.core.rules.wva.optimizers.rescale import OFF, Switch
from wvatui.core.rules.wva.releases import HEAD, at_least

NAME = "greedy-by-score"
Handed = dict[tuple[str, str], list[VariantChoice]]
"""Choices by (namespace, model); without models for which no ballot counts."""


def optimize(
    requests: Sequence[ModelRequest],
    budget: Budget,
    version: str = HEAD,
    rescaling: Switch = OFF,
) -> Handed:
    """Targets of all models within `budget`, which is reduced accordingly.

    Models in need share by `fair_share.share`; the others shrink as with the cost-aware one.
    `rescaling` (HEAD, enableRescale) first moves GPUs between models of a contended pool.
    Source: WVA v0.6.0, v0.8.0 and HEAD internal/engines/pipeline/greedy_score_optimizer.go.
    """
    if not at_least(version, "v0.9.0-rc1"):
        return _decided(requests, _one_ballot_targets(requests, budget, version), version)
    moved = rescale.targets(requests, budget, version, rescaling)
    decided = _decided(requests, moved, version, rescale.NAME)
    rest = [request for request in requests if request.key not in moved]
    decided.update(_decided(rest, _targets(rest, budget, version), version))
    return decided


def _decided(
    requests: Sequence[ModelRequest],
    targets: dict[tuple[str, str], Targets],
    version: str,
    optimizer: str = NAME,
) -> Handed:
    return {
        r.key: choices(r.ballots, r.states, targets[r.key], optimizer, version)
        for r in requests
        if r.key in targets
    }


def _targets(
    requests: Sequence[ModelRequest], budget: Budget, version: str
) -> dict[tuple[str, str], Targets]:
    """Targets from v0.9.0-rc1 on, which consider all ballots and roles."""
    bound = [(r, offers(r.ballots, r.states, version)) for r in requests]
    growing: dict[tuple[str, str], tuple[Work, tuple[Offer, ...], Standing]] = {}
    result: dict[tuple[str, str], Targets] = {}
    for request, variants in bound:
        if variants is None:
            continue
        targets = {state.name: state.current for state in request.states}
        state = standing(voting(request.ballots, version))
        claimed = claim(request.priority, state)
        result[request.key] = targets
        if claimed > 0:
            growing[request.key] = Work(request, claimed, targets), variants, state
        else:
            shrink(state, variants, targets)

    def allocate(work: Work, target: float) -> bool:
        _, variants, state = growing[work.request.key]
        return _serve(work, target, variants, state, budget)

    share([work for work, _, _ in growing.values()], lambda: budget.spent, allocate)
    return result


def claim(priority: float, state: Standing) -> float:
    """How much a model lacks: priority * sum over ballots of score * its needs of all roles.

    If that is 0 (by a priority or score of 0), the largest single need.
    Source: WVA v0.8.0 internal/engines/pipeline/greedy_score_optimizer.go fairShareValue.
    """
    pairs: list[tuple[Ballot, dict[str, float]]] = list(
        zip(state.ballots, state.needs, strict=True)
    )
    weighted = priority * sum(ballot.score * sum(need.values()) for ballot, need in pairs)
    if weighted > 0:
        return weighted
    return max((amount for need in state.needs for amount in need.values()), default=0.0)


def _serve(
    work: Work, target: float, variants: Sequence[Offer], state: Standing, budget: Budget
) -> bool:
    """Give a model replicas worth `target`, as the pools allow; whether its claim became less."""
    namespace, before = work.request.namespace, work.claim
    state.again()
    for need in state.needs:
        for role, amount in need.items():
            need[role] = min(amount, target)

    def pick(role: str, targets: Targets) -> tuple[Offer, int] | None:
        for offer in cheapest_first(of_role(variants, role)):
            free = budget.left(namespace, offer.accelerator)
            if offer.capacity <= 0 or free < offer.gpus:
                continue
            most = min(ceil(target / offer.capacity), free // offer.gpus)
            room = offer.room(targets.get(offer.name, 0))
            if room is not None and room <= 0:
                continue
            most = most if room is None else min(most, room)
            if most > 0:
                return offer, most
        return None

    grow(
        state,
        work.targets,
        pick,
        lambda offer, count: budget.take(namespace, offer.accelerator, count * offer.gpus),
    )
    if state.roles == [BOTH]:
        state.again()  # the needs were cut to `target` above, and would read as served
    work.claim = claim(work.request.priority, state)
    return work.claim < before


def _one_ballot_targets(
    requests: Sequence[ModelRequest], budget: Budget, version: str
) -> dict[tuple[str, str], Targets]:
    """Targets by (namespace, model); `budget` is reduced accordingly.

    Source: WVA v0.6.0 internal/engines/pipeline/greedy_score_optimizer.go.
    """
    work: list[Work] = []
    variants: dict[tuple[str, str], tuple[Offer, ...]] = {}
    result: dict[tuple[str, str], Targets] = {}
    for request in requests:
        offered = offers(request.ballots, request.states, version)
        if offered is None:
            continue
        variants[request.key] = offered
        result[request.key] = {state.name: state.current for state in request.states}
        ballot = request.ballots[0]
        claim = request.score if request.score > 0 else ballot.required
        if claim > 0:
            work.append(Work(request, claim, result[request.key]))
        elif ballot.spare > 0:
            remove_dearest(ballot.spare, offered, result[request.key])
    share(
        work,
        lambda: budget.spent,
        lambda w, target: _serve_ballot(w, target, variants[w.request.key], budget),
    )
    return result


def _serve_ballot(work: Work, target: float, variants: Sequence[Offer], budget: Budget) -> bool:
    fractions = _fractions(work.request)
    if not fractions:
        return _allocate(work, target, variants, budget)
    allocated = False
    for role, fraction in sorted(fractions.items(), key=lambda pair: -pair[1]):
        before, part = work.claim, target * fraction
        members = list(variants) if role == BOTH else of_role(variants, role)
        if members:
            allocated = _allocate(work, part, members, budget) or allocated
        # The part that a role could not get must not go to another role.
        work.claim -= max(0.0, part - (before - work.claim))
    return allocated


def _fractions(request: ModelRequest) -> dict[str, float]:
    """Share of each role in a disaggregated model's need; empty: it has no roles."""
    if not request.disaggregated:
        return {}
    needs = {
        role: sums.required for role, sums in request.ballots[0].roles.items() if sums.required > 0
    }
    total = sum(needs.values())
    return {role: need / total for role, need in needs.items()}


def _allocate(work: Work, target: float, variants: Sequence[Offer], budget: Budget) -> bool:
    """Add ceil(target / capacity) of the cheapest, within pool and limit, then of the next."""
    namespace, allocated = work.request.namespace, False
    for offer in cheapest_first(variants):
        free = budget.left(namespace, offer.accelerator)
        if target <= 0:
            break
        if offer.capacity <= 0 or free < offer.gpus:
            continue
        count = min(ceil(target / offer.capacity), free // offer.gpus)
        room = offer.room(work.targets.get(offer.name, 0))
        count = count if room is None else min(count, room)
        if count <= 0:
            continue
        work.targets[offer.name] = work.targets.get(offer.name, 0) + count
        work.claim -= count * offer.capacity
        target -= count * offer.capacity
        budget.take(namespace, offer.accelerator, count * offer.gpus)
        allocated = True
    return allocated
